public import Formats
import Foundation

extension RunFolder {
    /// Whether a run has begun there.
    public var exists: Bool { FileManager.default.fileExists(atPath: configuration) }

    /// Whether the run is done.
    public var isDone: Bool { FileManager.default.fileExists(atPath: result) }

    /// The path of the checkpoint after `step` steps.
    public func checkpoint(_ step: Int) -> String {
        let digits = String(step)
        let padding = String(repeating: "0", count: max(8 - digits.count, 0))
        return "\(checkpoints)/step-\(padding)\(digits).safetensors"
    }

    /// The steps of the checkpoints that stand there, the earliest first.
    ///
    /// What is half written has another name and is not among them.
    public var checkpointSteps: [Int] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: checkpoints)) ?? []
        return names.compactMap { name in
            guard name.hasPrefix("step-"), name.hasSuffix(".safetensors") else { return nil }
            return Int(name.dropFirst(5).dropLast(12))
        }.sorted()
    }

    /// The result, when there is one.
    ///
    /// - Throws: ``RunError/damaged(file:reason:)`` for a file that does not parse.
    public func readResult() throws(RunError) -> RunResult? {
        isDone ? try decode(RunResult.self, result, .result) : nil
    }

    /// The manifest, when there is one.
    ///
    /// - Throws: ``RunError/damaged(file:reason:)`` for a file that does not parse.
    public func readManifest() throws(RunError) -> Manifest? {
        FileManager.default.fileExists(atPath: manifest)
            ? try decode(Manifest.self, manifest, .manifest) : nil
    }

    /// Writes a value as JSON, whole or not at all.
    public func write(_ value: some Encodable, to path: String) throws(FormatError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else {
            throw .unsupported(
                path: path, place: "value", found: "a number that is not finite",
                advice: "report this as a bug of ballast")
        }
        try AtomicFile.write([UInt8](data) + [UInt8(ascii: "\n")], to: path)
    }

    private func decode<Value: Decodable>(
        _: Value.Type, _ path: String, _ format: FormatVersion
    ) throws(RunError) -> Value {
        try FormatVersion.decode(Value.self, at: path, format)
    }

    /// Creates the folder of checkpoints.
    public func createCheckpoints() throws(RunError) {
        do {
            try FileManager.default.createDirectory(
                atPath: checkpoints, withIntermediateDirectories: true)
        } catch {
            throw .system(
                path: checkpoints, operation: "create the folder",
                reason: error.localizedDescription)
        }
    }
}
