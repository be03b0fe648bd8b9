/// What is wrong with a configuration, and what would be right.
public enum ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file cannot be read.
    case unreadable(file: String, reason: String)
    /// The file is no YAML, or a value has the wrong kind.
    case malformed(source: String, key: String, reason: String)
    /// No such key.
    case unknownKey(source: String, key: String, nearest: [String], siblings: [String])
    /// The values do not fit together.
    case impossible(key: String, reason: String)

    /// A sentence for the reader.
    public var description: String {
        switch self {
        case .unreadable(let file, let reason): return "\(file): \(reason)"
        case .malformed(let source, let key, let reason):
            return key.isEmpty ? "\(source): \(reason)" : "\(source): \(key): \(reason)"
        case .unknownKey(let source, let key, let nearest, let siblings):
            let guess =
                nearest.isEmpty ? "" : "; did you mean \(nearest.joined(separator: " or "))?"
            return "\(source): unknown key \(key)\(guess.isEmpty ? ";" : guess) keys there: "
                + siblings.joined(separator: ", ")
        case .impossible(let key, let reason): return "\(key): \(reason)"
        }
    }
}
