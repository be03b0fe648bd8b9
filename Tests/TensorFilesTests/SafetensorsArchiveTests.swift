import Formats
import Foundation
import OrderedCollections
import TensorFiles
import Tensors
import Testing

@Suite struct SafetensorsArchiveTests {
    /// The elements of each type as ml_dtypes has them.
    private func expected() throws -> [String: [Double]] {
        let data = try Data(contentsOf: URL(fileURLWithPath: oracle + "/types.json"))
        let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: [Any]])
        return json.mapValues { $0.map { ($0 as? Double) ?? Double($0 as? String ?? "") ?? .nan } }
    }

    @Test func everyElementTypeDecodesAsItsPackageHasIt() throws {
        let expected = try expected()
        var seen: Set<String> = []
        for file in ["types", "packed"] {
            let archive = try TensorArchive.open("\(oracle)/\(file).safetensors")
            for tensor in archive.tensors.values {
                let values = try archive.floats(of: tensor)
                let wanted = try #require(expected[tensor.name])
                seen.insert(tensor.type.rawValue)
                #expect(tensor.type.rawValue == tensor.name)
                try #require(values.count == wanted.count)
                for (value, want) in zip(values, wanted) {
                    #expect(
                        value == Float(want) && value.sign == Float(want).sign
                            || value.isNaN && want.isNaN, "\(tensor.name)")
                }
            }
        }
        #expect(seen.union(["C64"]) == Set(SafetensorsType.allCases.map(\.rawValue)))
    }

    @Test func shardsAreOneCheckpoint() throws {
        let whole = try TensorArchive.open("\(oracle)/types.safetensors")
        for path in ["\(oracle)/shards", "\(oracle)/shards/model.safetensors.index.json"] {
            let shards = try TensorArchive.open(path)
            #expect(shards.files.count == 2)
            #expect(Set(shards.tensors.keys) == Set(whole.tensors.keys))
            for tensor in whole.tensors.values {
                let other = try #require(shards.tensors[tensor.name])
                #expect(
                    try shards.rowMajorBytes(of: other) == whole.rowMajorBytes(of: tensor))
            }
        }
    }

    @Test func whatIsNotThereIsNamed() throws {
        let scratch = try Scratch()
        func index(_ map: String) throws -> String {
            try scratch.put(#"{"weight_map": \#(map)}"#, "m/model.safetensors.index.json")
        }
        _ = try index(#"{"a": "one.safetensors", "b": "two.safetensors"}"#)
        expectError(
            "DIR/m: has no 'one.safetensors'; 2 of the 2 shards that model.safetensors.index.json "
                + "names are not there: fetch them", in: scratch
        ) { _ = try TensorArchive.open(scratch.path + "/m") }
        _ = try index(#"{"a": "../../etc/passwd"}"#)
        expectError(
            "DIR/m/model.safetensors.index.json: index: a shard called '../../etc/passwd', which is "
                + "not beside the index; the file is damaged or no index: use another copy",
            in: scratch
        ) { _ = try TensorArchive.open(scratch.path + "/m") }
        _ = try index(#"{"TYPO": "types.safetensors"}"#)
        _ = try scratch.put(contents(oracle + "/packed.safetensors"), "m/types.safetensors")
        expectError(
            "DIR/m: has no 'TYPO'; the index promises 1 tensors that no shard holds: fetch the "
                + "shards and the index of one version", in: scratch
        ) { _ = try TensorArchive.open(scratch.path + "/m") }
        expectError("DIR/none: open: No such file or directory; check the path", in: scratch) {
            _ = try TensorArchive.open(scratch.path + "/none")
        }
    }

    @Test(arguments: [
        ("GGUF\0\0\0\0", "a GGUF file, whose tensors are quantised"),
        ("\u{89}HDF\r\n\u{1a}\n", "HDF"), ("{\"a\": 1, \"b\": 2}", "a JSON file"),
    ])
    func otherFormatsAreRefusedByName(start: String, found: String) throws {
        let scratch = try Scratch()
        let bytes = start.unicodeScalars.map { UInt8($0.value) } + [UInt8](repeating: 0, count: 64)
        let path = try scratch.put(bytes)
        let error = #expect(throws: FormatError.self) { _ = try TensorArchive.open(path) }
        #expect(error?.description.contains(found) == true, "\(error?.description ?? "")")
    }

    @Test func foldersOfOtherFormatsAreRefusedWithWhatConvertsThem() throws {
        let scratch = try Scratch()
        _ = try scratch.put("", "orbax/_CHECKPOINT_METADATA")
        _ = try scratch.put("", "zarr/zarr.json")
        for (folder, words) in [("orbax", "np.savez("), ("zarr", "zarr.open(")] {
            let error = #expect(throws: FormatError.self) {
                _ = try TensorArchive.open(scratch.path + "/" + folder)
            }
            #expect(error?.description.contains(words) == true)
        }
    }

    @Test func aFileCutShortWhileItIsReadIsAnError() throws {
        let scratch = try Scratch()
        let path = try scratch.put(contents(oracle + "/types.safetensors"), "a.safetensors")
        let archive = try TensorArchive.open(path)
        let size = try contents(path).count
        #expect(truncate(path, off_t(size / 2)) == 0)
        var messages: Set<String> = []
        for tensor in archive.tensors.values {
            do throws(FormatError) {
                _ = try archive.floats(of: tensor)
            } catch {
                messages.insert(error.description)
            }
        }
        #expect(!messages.isEmpty)
        #expect(
            messages.allSatisfy {
                $0.contains("the file ends here; it was longer when it was opened")
            })
    }

    @Test func mutatedFilesAreRefusedOrRead() throws {
        let before = peakMemory()
        let refused = try fuzz(
            oracle + "/types.safetensors", named: "a.safetensors", seed: 1, rounds: 3000)
        #expect(refused > 1500)
        // Other tests run beside this one; what a header may promise is terabytes.
        #expect(peakMemory() - before < 500_000)
    }
}
