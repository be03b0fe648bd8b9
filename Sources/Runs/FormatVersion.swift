import Formats
import Foundation

/// The versions of the files that runs and sweeps leave, each a whole number.
///
/// A version is raised when a reader of the version before would misread the file. Files without a
/// version are those of ballast 0.1 before there were any, and are read.
public enum FormatVersion: String, Sendable, Hashable, CaseIterable {
    /// `manifest.json`.
    case manifest
    /// `sweep.json`.
    case sweep
    /// `result.json`.
    case result
    /// `checkpoints/*.safetensors`.
    case checkpoint

    /// The version that is written, and the newest that is read.
    public var current: Int {
        switch self {
        case .manifest, .sweep, .result: 1
        case .checkpoint: 2
        }
    }

    /// Checks that a file can be read.
    ///
    /// - Parameters:
    ///   - version: What the file says; nil where it says nothing.
    ///   - file: Its path.
    /// - Throws: ``RunError/newerFormat(file:found:known:)``.
    public func check(_ version: Int?, of file: String) throws(RunError) {
        if let version, version > current {
            throw .newerFormat(file: file, found: version, known: current)
        }
    }

    /// Reads a JSON file that may say which version it has; nil where there is none.
    ///
    /// - Throws: ``RunError/system(path:operation:reason:)`` where it cannot be read, which says nothing about
    ///   what it holds, ``RunError/damaged(file:reason:)`` where it does not parse.
    static func decode<Value: Decodable>(
        _: Value.Type, at path: String, _ format: FormatVersion
    ) throws(RunError) -> Value? {
        let bytes: [UInt8]?
        do throws(FormatError) {
            bytes = try WholeFile.read(path)
        } catch {
            throw RunError(error)
        }
        guard let bytes else { return nil }
        let data = Data(bytes)
        let result = Result { try JSONDecoder().decode(Value.self, from: data) }
        // What a later version wrote is no damage, whether or not it parses.
        try format.check((try? JSONDecoder().decode(Stamp.self, from: data))?.format, of: path)
        do {
            return try result.get()
        } catch {
            throw .damaged(file: path, reason: "does not parse (\(error))")
        }
    }

    /// The version alone.
    private struct Stamp: Decodable {
        var format: Int?
    }
}
