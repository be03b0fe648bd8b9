import Foundation

/// A folder that is removed when the test ends.
final class Scratch {
    let path = NSTemporaryDirectory() + "import-" + UUID().uuidString

    init() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func put(_ bytes: [UInt8], _ name: String) throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + name))
        return path + "/" + name
    }

    func put(_ text: String, _ name: String = "run.log") throws -> String {
        try put([UInt8](text.utf8), name)
    }
}
