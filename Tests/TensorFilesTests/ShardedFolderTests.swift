import Formats
import Foundation
import OrderedCollections
import TensorFiles
import Tensors
import Testing

/// Folders of the ranks that trained, beside the whole model that PyTorch had.
@Suite struct ShardedFolderTests {
    private static let folder = oracle + "/distributed"

    private static func expected(_ kind: String) throws -> [String: [Float]] {
        let data = try Data(contentsOf: URL(fileURLWithPath: folder + ".json"))
        let json = try JSONDecoder().decode([String: [String: [Double]]].self, from: data)
        return (json[kind] ?? [:]).mapValues { $0.map { Float($0) } }
    }

    /// A copy of the distributed checkpoint, one file of it changed or left out.
    private func copy(_ scratch: Scratch, _ name: String, _ contents: [UInt8]?) throws -> String {
        for file in [".metadata", "__0_0.distcp", "__1_0.distcp"] where file != name {
            _ = try scratch.put(try TensorFilesTests.contents("\(Self.folder)/dcp/\(file)"), file)
        }
        if let contents { _ = try scratch.put(contents, name) }
        return scratch.path
    }

    @Test func shardsOfADistributedCheckpointAreJoined() throws {
        let archive = try TensorArchive.open(Self.folder + "/dcp")
        let expected = try Self.expected("dcp")
        #expect(Set(archive.tensors.keys) == Set(expected.keys))
        for (name, values) in expected {
            let tensor = try #require(archive.tensors[name])
            #expect(try archive.floats(of: tensor) == values, "\(name)")
        }
        #expect(archive.tensors["layers.0.down.weight"]?.shape == [4, 6])
        #expect(archive.tensors["layers.0.experts"]?.type == .bf16)
        #expect(archive.files.count == 3)
        #expect(
            archive.notes == [
                "only the model is read; beside it stand 2 tensors of optimizer and loop"
            ])
    }

    @Test func anyPartOfAJoinedTensorIsThatOfTheWhole() throws {
        let archive = try TensorArchive.open(Self.folder + "/dcp")
        for name in ["layers.0.query.weight", "layers.0.down.weight", "layers.0.experts"] {
            let tensor = try #require(archive.tensors[name])
            let whole = try archive.rowMajorBytes(of: tensor)
            for start in 0..<whole.count {
                for end in start...whole.count {
                    var part = [UInt8](repeating: 0xaa, count: end - start)
                    try part.withUnsafeMutableBytes {
                        try archive.read(tensor, at: start, into: $0)
                    }
                    #expect(part == Array(whole[start..<end]))
                }
            }
        }
    }

    @Test(arguments: [
        ("beyond", "of __0_0.distcp, which has"), ("negative", "without file, offset and length"),
        ("elsewhere", "which is not beside the metadata"), ("absent", "__7_0.distcp: open"),
        ("unplaced", "no file holds its piece at [0, 0]"),
        ("short", "pieces of 9 elements together, of 15"),
        ("twice", "pieces of 24 elements together, of 15"),
        ("larger", "that overflows"), ("reaching", "no tensor of [9, 3]"),
        ("call", "it refers to 'posix.system', which tensors do not need"),
    ])
    func metadataThatPromisesWhatIsNotThereIsRefused(name: String, message: String) throws {
        let scratch = try Scratch()
        let path = try copy(
            scratch, ".metadata", try contents("\(Self.folder)/hostile/\(name).metadata"))
        let error = #expect(throws: FormatError.self) { _ = try TensorArchive.open(path) }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
        #expect(!FileManager.default.fileExists(atPath: "/tmp/ballast-was-here"))
    }

    @Test func metadataThatHoldsItselfEnds() throws {
        let scratch = try Scratch()
        let path = try copy(
            scratch, ".metadata", try contents(Self.folder + "/hostile/cycle.metadata"))
        // The dictionary in the place of a tensor is none; the others are read.
        let archive = try TensorArchive.open(path)
        #expect(archive.tensors["layers.0.query.weight"] == nil && archive.tensors.count == 5)
    }

    @Test func aRankThatIsMissingIsNamed() throws {
        let scratch = try Scratch()
        let path = try copy(scratch, "__1_0.distcp", nil)
        let error = #expect(throws: FormatError.self) { _ = try TensorArchive.open(path) }
        #expect(error?.description.contains("__1_0.distcp: open") == true)
    }

    @Test(arguments: [".metadata", "__0_0.distcp", "__1_0.distcp"])
    func mutatedShardsAreRefusedOrRead(file: String) throws {
        let before = peakMemory()
        let scratch = try Scratch()
        var random = Repeatable(state: UInt64(file.count))
        let original = try contents("\(Self.folder)/dcp/\(file)")
        _ = try copy(scratch, file, original)
        var refused = 0
        for _ in 0..<1000 {
            _ = try scratch.put(mutated(original, &random), file)
            do {
                let archive = try TensorArchive.open(scratch.path)
                for tensor in archive.tensors.values where ElementDecoder.isReadable(tensor.type) {
                    _ = try archive.floats(of: tensor)
                }
            } catch { refused += 1 }
        }
        #expect(refused > 200)
        #expect(peakMemory() - before < 500_000)
    }

    @Test func ranksOfMegatronAreJoined() throws {
        let expected = try Self.expected("megatron")
        for path in ["/megatron", "/megatron/iter_0000100"] {
            let archive = try TensorArchive.open(Self.folder + path)
            for (name, values) in expected where !name.contains("adapter") {
                let tensor = try #require(archive.tensors[name], "\(name)")
                #expect(try archive.floats(of: tensor) == values, "\(name)")
            }
            // How ranks share an adapter is not known: each is there by itself.
            for layer in 0..<2 {
                for rank in 0..<2 {
                    let name = "decoder.layers.\(layer).adapter.weight"
                    let tensor = try #require(archive.tensors["\(name)@tp\(rank)"])
                    let whole = try #require(expected[name])
                    #expect(try archive.floats(of: tensor) == whole.map { $0 + Float(rank) })
                }
            }
            #expect(archive.tensors.count == expected.count + 2)
            #expect(archive.metadata["num_layers"] == "2" && archive.metadata["swiglu"] == "true")
            #expect(
                archive.notes.last == "4 tensors of unknown split are listed a rank, as "
                    + "decoder.layers.0.adapter.weight@tp0")
        }
    }

    /// Stages of a virtual pipeline and experts over ranks have their place in the whole.
    @Test(arguments: [
        ("megatron-virtual", 10), ("megatron-experts", 20), ("megatron-stages", 20),
    ])
    func stagesAndExpertsAreCountedOverAllRanks(kind: String, count: Int) throws {
        let expected = try Self.expected(kind)
        #expect(expected.count == count)
        let archive = try TensorArchive.open("\(Self.folder)/\(kind)/iter_0000007")
        #expect(Set(archive.tensors.keys) == Set(expected.keys))
        for (name, values) in expected {
            let tensor = try #require(archive.tensors[name], "\(name)")
            #expect(try archive.floats(of: tensor) == values, "\(name)")
        }
        #expect(archive.metadata["num_layers"] == (kind == "megatron-virtual" ? "4" : "2"))
    }

    /// A rank of the pipeline is no rank of experts: without the arguments the folders would be read otherwise.
    @Test func theArgumentsSayWhatTheSecondNumberIs() throws {
        let scratch = try Scratch()
        let rank = "iter_0000007/mp_rank_00_000/model_optim_rng.pt"
        // The stages of one checkpoint among the experts of another: twice the layers, or the same ones.
        for (kind, layers) in [("megatron-experts", 2), ("megatron-virtual", 4)] {
            let archive = try TensorArchive.open("\(Self.folder)/\(kind)/iter_0000007")
            let names = archive.tensors.keys.compactMap { name in
                name.split(separator: ".").dropFirst(2).first.flatMap { Int($0) }
            }
            #expect((names.max() ?? -1) + 1 == layers)
        }
        _ = try scratch.put(try contents("\(Self.folder)/megatron-experts/\(rank)"), rank)
        expectError(
            "DIR/iter_0000007: has no 'rank'; 1 folders mp_rank_* are there, and the run had 2 ranks of "
                + "tensors, 1 of the pipeline and 2 of experts: fetch all", in: scratch
        ) { _ = try TensorArchive.open(scratch.path + "/iter_0000007") }
    }

    @Test func ranksAndIterationsThatAreMissingAreNamed() throws {
        let scratch = try Scratch()
        let one = "iter_0000100/mp_rank_00_000/model_optim_rng.pt"
        let other = "iter_0000100/mp_rank_01_001/model_optim_rng.pt"
        let bytes = try contents(Self.folder + "/megatron/" + one)
        _ = try scratch.put("200\n", "latest_checkpointed_iteration.txt")
        _ = try scratch.put(bytes, one)
        expectError(
            "DIR: has no 'iter_0000200'; latest_checkpointed_iteration.txt names it: give a folder "
                + "iter_* that is there", in: scratch
        ) { _ = try TensorArchive.open(scratch.path) }
        _ = try scratch.put(bytes, other)
        expectError(
            "DIR/iter_0000100: has no 'rank'; 2 folders mp_rank_* are there, and their names speak of "
                + "more: fetch all", in: scratch
        ) { _ = try TensorArchive.open(scratch.path + "/iter_0000100") }
        _ = try scratch.put(bytes, "iter_0000300/mp_rank_00_000_000_000/model_optim_rng.pt")
        let error = #expect(throws: FormatError.self) {
            _ = try TensorArchive.open(scratch.path + "/iter_0000300")
        }
        let text = error?.description ?? ""
        #expect(text.contains("ranks called 'mp_rank_00_000_000_000'"))
        #expect(text.contains("tools/checkpoint/convert.py --model-type GPT"))
    }

    @Test func whatTensorStoreWroteIsRefusedWithTheLinesThatConvertIt() throws {
        let scratch = try Scratch()
        _ = try scratch.put("{}", "orbax/manifest.ocdbt")
        _ = try scratch.put("{}", "megatron/metadata.json")
        _ = try scratch.put("x", "megatron/common.pt")
        for (folder, line) in [
            ("orbax", "ocp.StandardCheckpointer().restore("),
            ("megatron", "--ckpt-format torch_dist"),
        ] {
            let error = #expect(throws: FormatError.self) {
                _ = try TensorArchive.open(scratch.path + "/" + folder)
            }
            #expect(error?.description.contains(line) == true, "\(error?.description ?? "")")
        }
    }
}
