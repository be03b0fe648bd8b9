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
    /// What is half written has another name and is not among them. Where they cannot be listed there are none:
    /// what decides by them asks ``listCheckpoints()``.
    public var checkpointSteps: [Int] {
        (try? listCheckpoints()) ?? []
    }

    /// The steps of the checkpoints that stand there, the earliest first; none where their folder is not.
    ///
    /// - Throws: `FormatError.system(path:operation:code:advice:)` where they cannot be listed, which does
    ///   not mean that there are none.
    public func listCheckpoints() throws(FormatError) -> [Int] {
        do throws(FormatError) {
            return try AtomicFile.names(in: checkpoints).compactMap(Self.step).sorted()
        } catch .system(_, _, let code, _) where code == ENOENT {
            return []
        }
    }

    /// The step in a checkpoint's name.
    private static func step(_ name: String) -> Int? {
        guard name.hasPrefix("step-"), name.hasSuffix(".safetensors") else { return nil }
        let digits = name.dropFirst(5).dropLast(12)
        return digits.allSatisfy { $0.isASCII && $0.isNumber } ? Int(digits) : nil
    }

    /// The result, when there is one.
    ///
    /// - Throws: ``RunError/damaged(file:reason:)`` for a file that does not parse,
    ///   ``RunError/system(path:operation:reason:)`` for one that cannot be read.
    public func readResult() throws(RunError) -> RunResult? {
        try FormatVersion.decode(RunResult.self, at: result, .result)
    }

    /// The manifest, when there is one.
    ///
    /// - Throws: ``RunError/damaged(file:reason:)`` for a file that does not parse,
    ///   ``RunError/system(path:operation:reason:)`` for one that cannot be read.
    public func readManifest() throws(RunError) -> Manifest? {
        try FormatVersion.decode(Manifest.self, at: manifest, .manifest)
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

    /// Creates the folder of checkpoints.
    public func createCheckpoints() throws(RunError) {
        do throws(FormatError) { try Directory.create(checkpoints) } catch { throw RunError(error) }
    }
}
