import Formats
import Foundation
import OrderedCollections
import TensorFiles
import Tensors
import Testing

@Suite struct PyTorchArchiveTests {
    /// The elements that PyTorch and NumPy have.
    private static func expected(_ name: String) throws -> [String: [Double]] {
        let data = try Data(contentsOf: URL(fileURLWithPath: oracle + "/values.json"))
        let json = try JSONDecoder().decode([String: [String: [Double]]].self, from: data)
        return json[name] ?? [:]
    }

    private func compare(_ archive: TensorArchive, _ expected: [String: [Double]]) throws {
        #expect(Set(archive.tensors.keys) == Set(expected.keys))
        for (name, values) in expected {
            let tensor = try #require(archive.tensors[name], "\(name)")
            #expect(try archive.floats(of: tensor) == values.map { Float($0) }, "\(name)")
        }
    }

    @Test(arguments: ["state.pt", "legacy.pt"])
    func statesReadAsPyTorchHasThem(file: String) throws {
        let archive = try TensorArchive.open("\(oracle)/\(file)")
        #expect(archive.kind == .pytorch)
        try compare(archive, try Self.expected("state"))
        let shapes = ["transposed": [5, 6], "slice": [3, 3], "scalar": [], "empty": [0, 3]]
        for (name, shape) in shapes {
            #expect(archive.tensors[name]?.shape.dimensions == shape)
        }
    }

    @Test func theModelOfATrainingCheckpointIsRead() throws {
        let archive = try TensorArchive.open("\(oracle)/nanogpt.pt")
        try compare(archive, try Self.expected("nanogpt"))
        #expect(archive.metadata["n_head"] == "2" && archive.metadata["iter_num"] == "2000")
        #expect(archive.metadata["learning_rate"] == "0.0006")
        #expect(archive.notes.count == 1 && archive.notes[0].hasPrefix("only 'model' is read"))
    }

    @Test(arguments: ["arrays.npz", "compressed.npz"])
    func arraysReadAsNumPyHasThem(file: String) throws {
        let archive = try TensorArchive.open("\(oracle)/\(file)")
        #expect(archive.kind == .numpy)
        try compare(archive, try Self.expected("arrays"))
        #expect(archive.tensors["layers/0/kernel"]?.shape.dimensions == [2, 3, 4])
    }

    @Test func aSingleArrayHasTheNameOfItsFile() throws {
        let archive = try TensorArchive.open("\(oracle)/array.npy")
        try compare(archive, ["array": try #require(try Self.expected("arrays")["fortran"])])
    }

    @Test func whatTensorsDoNotNeedIsRefusedByNameAndNeverRun() throws {
        let error = #expect(throws: FormatError.self) {
            _ = try TensorArchive.open("\(oracle)/hostile.pt")
        }
        #expect(
            error?.description.contains(
                "it refers to 'posix.system', which tensors do not need; if you trust the file")
                == true, "\(error?.description ?? "")")
        #expect(!FileManager.default.fileExists(atPath: "/tmp/ballast-was-here"))
    }

    @Test func aViewLargerThanItsStorageIsRefused() throws {
        let error = #expect(throws: FormatError.self) {
            _ = try TensorArchive.open("\(oracle)/expanded.pt")
        }
        #expect(error?.description.contains("a view that shows elements several times") == true)
    }

    @Test func objectsAndForeignOrdersAreRefused() throws {
        let scratch = try Scratch()
        func file(_ type: String) throws -> String {
            let text = "{'descr': '\(type)', 'fortran_order': False, 'shape': (2,), }"
            let header =
                Array(text.utf8) + [UInt8](repeating: 0x20, count: 63 - text.count) + [0x0a]
            return try scratch.put(
                [0x93] + Array("NUMPY".utf8) + [1, 0, 64, 0] + header + [0, 0, 0, 0, 0, 0, 0, 0],
                "a.npy")
        }
        expectError(
            "DIR/a.npy: array 'a': elements of type '>f4'; store it with the least byte first: "
                + "array.astype(array.dtype.newbyteorder('<'))", in: scratch
        ) { _ = try TensorArchive.open(try file(">f4")) }
        expectError(
            "DIR/a.npy: array 'a': elements of type '|O'; store it as numbers: "
                + "array.astype('float32')", in: scratch
        ) { _ = try TensorArchive.open(try file("|O")) }
        #expect(try TensorArchive.open(try file("<f4")).tensors.count == 1)
    }

    /// Operations that make values without end, nest without end or refer to themselves.
    @Test func hostilePicklesEnd() throws {
        let scratch = try Scratch()
        let magic: [UInt8] = [0x80, 2, 0x8a, 10] + [UInt8](repeating: 0x6c, count: 10) + [0x2e]
        let small: [UInt8] = [0x80, 2, 0x4b, 1, 0x2e]
        let deep = [0x80, 2, 0x29] + [UInt8](repeating: 0x85, count: 1_000_000) + [0x2e]
        // ] q0 h0 a .: a list that holds itself.
        let own: [UInt8] = [0x80, 2, 0x5d, 0x71, 0, 0x68, 0, 0x61, 0x2e]
        // Lists of two of the list before, forty times.
        var laughs: [UInt8] = [0x80, 2, 0x5d, 0x71, 0]
        for place in 1...40 as ClosedRange<UInt8> {
            laughs += [0x5d, 0x28, 0x68, place - 1, 0x68, place - 1, 0x65, 0x71, place]
        }
        laughs += [0x2e]
        for pickle in [deep, own, laughs] {
            let path = try scratch.put(magic + small + small + pickle, "a.pt")
            #expect(throws: FormatError.self) { _ = try TensorArchive.open(path) }
        }
    }

    @Test(arguments: [
        ("state.pt", 2), ("legacy.pt", 3), ("nanogpt.pt", 4), ("arrays.npz", 5),
        ("compressed.npz", 6), ("array.npy", 7),
    ])
    func mutatedFilesAreRefusedOrRead(file: String, seed: Int) throws {
        let before = peakMemory()
        let refused = try fuzz(
            oracle + "/" + file, named: file, seed: UInt64(seed), rounds: 1000)
        #expect(refused > 200)
        // Other tests run beside this one; what a header may promise is terabytes.
        #expect(peakMemory() - before < 500_000)
    }
}
