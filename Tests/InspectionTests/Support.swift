import Formats
import Foundation
import Inspection
import Tensors
import Testing

/// The files that the scripts beside the tests wrote.
let oracle = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Oracle"

/// A folder that is removed when the test ends.
final class Scratch {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "inspection-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes tensors as a safetensors file and returns its path.
    func put(_ tensors: ParameterTree, _ name: String = "model.safetensors") throws -> String {
        try Safetensors.write(tensors, to: path + "/" + name)
        return path + "/" + name
    }
}

/// Numbers about zero that are the same in each run.
struct Noise {
    var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> Float {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        z ^= z >> 31
        return Float(z >> 40) * 0x1p-23 - 1
    }

    mutating func tensor(_ shape: Shape, scale: Float = 1) -> Tensor {
        Tensor((0..<shape.count).map { _ in next() * scale }, shape: shape)
    }
}
