import Formats
import Foundation
import OrderedCollections
import Tensors
import Testing

@Suite("safetensors")
struct SafetensorsTests {
    private static let tree: ParameterTree = [
        "mask": Tensor(rounding: [1, 0, 1], shape: [3], elementType: .bool),
        "blocks.0.attention.query": Tensor([1, -2, 3, 4, 5, .infinity], shape: [2, 3]),
        "half": Tensor(rounding: [1, 2, 3], shape: [3], elementType: .bf16),
        "double": Tensor(doubles: [.pi, -0.0], shape: [2, 1]),
        "empty": .zeros([0, 4]),
        "scalar": Tensor(scalar: 7),
        "count \"\\\u{1}é": Tensor(integers: [-5], shape: [1]),
    ]

    /// The bytes of a file with this header and this much data.
    private static func file(_ header: String, data: Int = 0, length: Int? = nil) -> [UInt8] {
        let length = length ?? header.utf8.count
        return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + Array(header.utf8)
            + [UInt8](repeating: 0, count: data)
    }

    @Test("what is written is read, in the tree's order, with digests that hold")
    func roundTrip() throws {
        let scratch = try Scratch()
        let path = scratch("a.safetensors")
        try Safetensors.write(Self.tree, metadata: ["step": "400", "note": "\n\"é"], to: path)
        let file = try SafetensorsFile(path: path)
        try file.verifyDigests()
        #expect(file.hasDigests)
        #expect(try file.tensors() == Self.tree)
        #expect(file.names == Array(Self.tree.keys))
        #expect(file.metadata["step"] == "400")
        #expect(file.metadata["note"] == "\n\"é")
        for entry in file.entries.values where entry.shape.count > 0 {
            #expect(entry.byteRange.lowerBound % (entry.type.bitCount / 8) == 0, "\(entry)")
        }
        let sum = try file.withBytes(of: "mask") { bytes in
            bytes.byteOffsets.reduce(0) {
                $0 + Int(bytes.unsafeLoad(fromByteOffset: $1, as: UInt8.self))
            }
        }
        #expect(sum == 2)
        #expect(try scratch.names == ["a.safetensors"])
    }

    @Test("equal trees are equal files, whatever the order of the metadata")
    func deterministic() throws {
        let scratch = try Scratch()
        let pairs = (0..<20).map { ("key\($0)", "value\($0)") }
        let forward = Dictionary(uniqueKeysWithValues: pairs)
        var backward: [String: String] = .init(minimumCapacity: 500)
        for (key, value) in pairs.reversed() { backward[key] = value }
        try Safetensors.write(Self.tree, metadata: forward, to: scratch("a"))
        try Safetensors.write(Self.tree, metadata: backward, to: scratch("b"))
        #expect(try contents(scratch("a")) == contents(scratch("b")))
    }

    @Test("a tree without tensors is a file")
    func noTensors() throws {
        let scratch = try Scratch()
        try Safetensors.write([:], to: scratch("a"))
        let file = try SafetensorsFile(path: scratch("a"))
        try file.verifyDigests()
        #expect(try file.tensors() == [:])
    }

    @Test("every type of the format is known by its size", arguments: SafetensorsType.allCases)
    func types(type: SafetensorsType) throws {
        let scratch = try Scratch()
        let header =
            #"{"a":{"dtype":"\#(type.rawValue)","shape":[4,2],"data_offsets":[0,\#(type.bitCount)]}}"#
        let file = try SafetensorsFile(path: scratch.put(Self.file(header, data: type.bitCount)))
        #expect(file.entry("a")?.type == type)
        #expect(!file.hasDigests)
        if let elementType = type.elementType {
            #expect(try file.tensor("a") == .zeros([4, 2], elementType))
        } else {
            expectError(
                "FILE: tensor 'a': dtype \(type.rawValue); "
                    + "convert it to one of F64, F32, BF16, I32, BOOL"
            ) { _ = try file.tensor("a") }
        }
    }

    private static func tensor(_ body: String) -> String { "{\"a\":{\(body)}}" }
    private static let advice = "the file is damaged or not safetensors: use another copy"

    /// Header, bytes of data, what the error says.
    private static let headerFaults: [(String, Int, String)] = [
        ("", 0, "header, byte 8: header does not begin with '{'"),
        (" {}", 0, "header, byte 8: header does not begin with '{'"),
        ("{", 0, "header, byte 9: expected a key in quotes"),
        ("{}x", 0, "header, byte 10: text after the header's last '}'"),
        ("{\"a\"}", 0, "header, byte 12: expected ':'"),
        ("{\"a\":1}", 0, "header, byte 13: expected '{'"),
        ("{\"a", 0, "header, byte 11: a string without its closing quote"),
        ("{\"\u{1}\":{}}", 0, "header, byte 11: a control character in a string"),
        ("{\"\\x\":{}}", 0, "header, byte 12: an unknown escape in a string"),
        ("{\"\\u12g4\":{}}", 0, "header, byte 12: an escape without four hexadecimal digits"),
        ("{\"\\ud800\":{}}", 0, "header, byte 16: half of a surrogate pair"),
        (
            "{\"__metadata__\":{\"k\":1}}", 0,
            "header, byte 29: expected a string for 'k' of __metadata__"
        ),
        (
            "{\"__metadata__\":{\"k\":\"\",\"k\":\"\"}}", 0,
            "header, byte 38: duplicate key 'k' in __metadata__"
        ),
        (tensor(""), 0, "header, byte 15: tensor 'a' lacks dtype, shape or two data_offsets"),
        (tensor("\"x\":1"), 0, "header, byte 18: unknown key 'x' in tensor 'a'"),
        (
            tensor("\"shape\":[1],\"shape\":[1]"), 0,
            "header, byte 37: duplicate key 'shape' in tensor 'a'"
        ),
        (tensor("\"shape\":[-1]"), 0, "header, byte 23: expected an integer from 0"),
        (tensor("\"shape\":[01]"), 0, "header, byte 25: expected an integer from 0"),
        (tensor("\"shape\":[1.5]"), 0, "header, byte 24: expected ']'"),
        (
            tensor("\"shape\":[9223372036854775808]"), 0,
            "header, byte 41: an integer above 2^63 - 1"
        ),
        (
            tensor(#""dtype":"F32","shape":[4],"data_offsets":[0,16]"#), 12,
            "tensor 'a': data_offsets [0, 16] of 12 bytes of data"
        ),
        (
            tensor(#""dtype":"F32","shape":[4],"data_offsets":[16,0]"#), 16,
            "tensor 'a': data_offsets [16, 0] of 16 bytes of data"
        ),
        (
            tensor(#""dtype":"F32","shape":[4],"data_offsets":[0,12]"#), 12,
            "tensor 'a': 12 bytes for F32 of shape [4]"
        ),
        (
            tensor(#""dtype":"F4","shape":[3],"data_offsets":[0,1]"#), 1,
            "tensor 'a': 1 bytes for F4 of shape [3]"
        ),
        (
            tensor(#""dtype":"F32","shape":[4294967296,0,4294967296],"data_offsets":[0,0]"#), 0,
            "tensor 'a': shape [4294967296, 0, 4294967296] overflows"
        ),
        (
            tensor(#""dtype":"F32","shape":[1],"data_offsets":[4,8]"#), 8,
            "tensor 'a': begins at byte 66, the one before ends at 62"
        ),
        (
            #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"#
                + #""b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#, 3,
            "tensor 'b': begins at byte 114, the one before ends at 115"
        ),
        (
            #"{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"#
                + #""a":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}"#, 1,
            "header, byte 64: duplicate key 'a'"
        ),
        (
            tensor(#""dtype":"U8","shape":[1],"data_offsets":[0,1]"#), 3,
            "end: 2 bytes belong to no tensor"
        ),
        ("{}        ", 5, "end: 5 bytes belong to no tensor"),
    ]

    @Test("each fault of a header is named", arguments: headerFaults)
    func faults(header: String, data: Int, message: String) throws {
        let scratch = try Scratch()
        let path = try scratch.put(Self.file(header, data: data))
        expectError("FILE: \(message); \(Self.advice)") { _ = try SafetensorsFile(path: path) }
    }

    @Test("each fault of a file is named")
    func fileFaults() throws {
        let scratch = try Scratch()
        func open(_ bytes: [UInt8]) throws { _ = try SafetensorsFile(path: scratch.put(bytes)) }
        expectError(
            "FILE: header: the file has 0 bytes, the header's length alone 8; \(Self.advice)"
        ) { try open([]) }
        expectError("FILE: header: length 100000001 is above 100000000 bytes; \(Self.advice)") {
            try open(Self.file("{}", length: 100_000_001))
        }
        expectError("FILE: header: length 3 is above the 2 bytes that follow; \(Self.advice)") {
            try open(Self.file("{}", length: 3))
        }
        expectError("FILE: header, byte 12: a string that is not UTF-8; \(Self.advice)") {
            try open([4, 0, 0, 0, 0, 0, 0, 0] + Array("{\"".utf8) + [0xff] + Array("\"".utf8))
        }
        expectError(
            "FILE: tensor 'a': unknown dtype 'F31'; convert it to one of F64, F32, BF16, I32, BOOL"
        ) {
            try open(
                Self.file(
                    Self.tensor(#""dtype":"F31","shape":[1],"data_offsets":[0,4]"#), data: 4))
        }
        expectError("FILE: open: No such file or directory; check the path") {
            _ = try SafetensorsFile(path: scratch("absent"))
        }
        expectError("FILE: open: not a regular file; check the path") {
            _ = try SafetensorsFile(path: scratch.path)
        }
        try Safetensors.write(Self.tree, to: scratch("a"))
        expectError("FILE: has no 'b'; list what it has with: inspect") {
            _ = try SafetensorsFile(path: scratch("a")).tensor("b")
        }
        let bool = Self.tensor(#""dtype":"BOOL","shape":[1],"data_offsets":[0,1]"#)
        expectError("FILE: tensor 'a': a BOOL that is neither 0 nor 1; \(Self.advice)") {
            let path = try scratch.put(Self.file(bool) + [2])
            _ = try SafetensorsFile(path: path).tensor("a")
        }
    }

    @Test("a digest that does not hold names the tensor, and one that lacks is said")
    func digests() throws {
        let scratch = try Scratch()
        try Safetensors.write(
            ["weight": Tensor(scalar: 1)], metadata: ["step": "7"], to: scratch("a"))
        let good = try contents(scratch("a"))
        var bad = good
        bad[bad.count - 1] ^= 1
        let path = try scratch.put(bad)
        #expect(throws: Never.self) { try SafetensorsFile(path: path).tensors() }
        // SHA-256 of 00 00 80 3f and of 00 00 80 3e, by sha256sum.
        expectError(
            "FILE: tensor 'weight': SHA-256 is 75e253f50979177e..., the file promises "
                + "e00e5eb9444182f3...; the file was damaged or edited: use another checkpoint"
        ) { try SafetensorsFile(path: path).verifyDigests() }

        var edited = good
        let step = try #require(good.firstRange(of: Array(#""step":"7""#.utf8)))
        edited[step.upperBound - 2] = UInt8(ascii: "8")
        let editedPath = try scratch.put(edited)
        let error = #expect(throws: FormatError.self) {
            try SafetensorsFile(path: editedPath).verifyDigests()
        }
        guard case .digest(_, "header", _, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        expectError(
            "FILE: has no 'sha256'; without digests damage cannot be seen: skip the check if "
                + "another tool wrote the file"
        ) { try SafetensorsFile(path: scratch.put(Self.file("{}"))).verifyDigests() }
    }

    @Test("a mutated file is refused or says the same, and no memory is taken on its word")
    func mutations() async {
        // In a process of its own: what other tests take is not its memory.
        await #expect(processExitsWith: .success) { try SafetensorsTests().mutate() }
    }

    private func mutate() throws {
        let scratch = try Scratch()
        let metadata = ["step": "400"]
        try Safetensors.write(Self.tree, metadata: metadata, to: scratch("a"))
        let good = try contents(scratch("a"))
        let digests = try SafetensorsFile(path: scratch("a")).metadata
        let before = peakMemory()
        var random = Repeatable(state: 1)
        var refused = 0
        var seenByDigestsAlone = 0
        for index in 0..<5000 {
            let bytes = mutated(good, &random)
            let path = try scratch.put(bytes)
            do {
                let file = try SafetensorsFile(path: path)
                let tensors = try file.tensors()
                do {
                    try file.verifyDigests()
                } catch {
                    if tensors != Self.tree || file.metadata != digests { seenByDigestsAlone += 1 }
                    throw error
                }
                #expect(tensors == Self.tree, "mutation \(index)")
                #expect(file.metadata == digests, "mutation \(index)")
            } catch let error as FormatError {
                #expect(error.path == path)
                refused += 1
            }
        }
        #expect(refused > 4500)
        // Without the digests this check would fail.
        #expect(seenByDigestsAlone > 100)
        #expect(peakMemory() - before < 100_000)
    }

    @Test("a tensor name or metadata key that the format reserves stops the program")
    func reserved() async {
        await #expect(processExitsWith: .failure) {
            try Safetensors.write([:], metadata: ["sha256.a": ""], to: "/dev/null")
        }
        await #expect(processExitsWith: .failure) {
            try Safetensors.write(["__metadata__": Tensor(scalar: 1)], to: "/dev/null")
        }
    }
}
