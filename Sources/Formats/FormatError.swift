/// What went wrong with a file, and what to do next.
///
/// Every case names the file. The description is one line: the file, the place in it or the operation,
/// what was found, and the next step.
public enum FormatError: Error, Sendable, Hashable {
    /// The system refused an operation; `code` is the value of `errno`.
    case system(path: String, operation: String, code: Int32, advice: String)
    /// The bytes at `place` are not what the format asks for: the file was damaged, or is another
    /// format.
    case corrupt(path: String, place: String, found: String, advice: String)
    /// The file is well-formed, but holds something that is not handled.
    case unsupported(path: String, place: String, found: String, advice: String)
    /// The file has no entry of that name.
    case missing(path: String, name: String, advice: String)
    /// The bytes of an entry are not those that were written.
    case digest(path: String, entry: String, expected: String, found: String)

    /// The file that the error is about.
    public var path: String {
        switch self {
        case .system(let path, _, _, _), .corrupt(let path, _, _, _),
            .unsupported(let path, _, _, _), .missing(let path, _, _), .digest(let path, _, _, _):
            path
        }
    }
}

extension FormatError: CustomStringConvertible {
    /// The file, the place, what was found, and the next step.
    public var description: String {
        switch self {
        case .system(let path, let operation, let code, let advice):
            "\(path): \(operation): \(systemMessage(code)); \(advice)"
        case .corrupt(let path, let place, let found, let advice),
            .unsupported(let path, let place, let found, let advice):
            "\(path): \(place): \(found); \(advice)"
        case .missing(let path, let name, let advice):
            "\(path): has no '\(name)'; \(advice)"
        case .digest(let path, let entry, let expected, let found):
            "\(path): \(entry): SHA-256 is \(found.prefix(16))..., the file promises "
                + "\(expected.prefix(16))...; the file was damaged or edited: use another checkpoint"
        }
    }
}
