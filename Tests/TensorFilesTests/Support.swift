import Formats
import Foundation
import OrderedCollections
import TensorFiles
import Testing

/// The files that the scripts beside the tests wrote.
let oracle = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Oracle"

/// A folder that is removed when the test ends.
final class Scratch {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "tensor-files-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file and returns its path.
    func put(_ bytes: [UInt8], _ name: String = "file") throws -> String {
        let file = path + "/" + name
        try FileManager.default.createDirectory(
            atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return file
    }

    func put(_ text: String, _ name: String) throws -> String { try put(Array(text.utf8), name) }
}

func contents(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
}

/// Checks the description of what `body` throws, the scratch folder's path left out.
func expectError(
    _ message: String, in scratch: Scratch, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> Void
) {
    let error = #expect(throws: FormatError.self, sourceLocation: sourceLocation) { try body() }
    guard let error else { return }
    #expect(
        error.description.replacingOccurrences(of: scratch.path, with: "DIR") == message,
        sourceLocation: sourceLocation)
}

/// Numbers that are the same in each run (SplitMix64).
struct Repeatable: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}

/// Changes, removes, repeats or inserts bytes, one to four times; most of them near the start.
func mutated(_ original: [UInt8], _ random: inout Repeatable) -> [UInt8] {
    var bytes = original
    for _ in 0...Int.random(in: 0..<4, using: &random) {
        guard !bytes.isEmpty else { break }
        let end = Bool.random(using: &random) ? min(bytes.count, 1500) : bytes.count
        let place = Int.random(in: 0..<end, using: &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[place] = [0, 0x7f, 0x80, 0xff, 0x22, 0x7b].randomElement(using: &random) ?? 0
        case 2: bytes[place] = .random(in: 0x30...0x39, using: &random)
        case 3: bytes.removeSubrange(place...)
        case 4: bytes.remove(at: place)
        case 5: bytes.insert(.random(in: 0...255, using: &random), at: place)
        case 6:
            for index in place..<min(place + 8, bytes.count) {
                bytes[index] = .random(in: 0...255, using: &random)
            }
        default: bytes += bytes[place..<min(place + 40, bytes.count)]
        }
    }
    return bytes
}

/// The most memory that this process has had in use, in KiB.
func peakMemory() -> Int {
    var usage = rusage()
    _ = getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss
}

/// Opens mutated copies of a file and reads all that they promise; returns how many were refused.
func fuzz(_ file: String, named name: String, seed: UInt64, rounds: Int) throws -> Int {
    let scratch = try Scratch()
    let original = try contents(file)
    var random = Repeatable(state: seed)
    var refused = 0
    for _ in 0..<rounds {
        let path = try scratch.put(mutated(original, &random), name)
        do {
            let archive = try TensorArchive.open(path)
            for tensor in archive.tensors.values where ElementDecoder.isReadable(tensor.type) {
                _ = try archive.floats(of: tensor)
            }
        } catch {
            refused += 1
        }
    }
    return refused
}
