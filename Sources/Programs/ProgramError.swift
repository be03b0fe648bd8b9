/// What is wrong with a program or its text.
public enum ProgramError: Error, Sendable, Hashable {
    /// A numbered constraint of an operation does not hold.
    case constraint(String, of: String, found: String)
    /// The program as a whole is not well formed.
    case malformed(String)
    /// A value is asked for a gradient that does not exist.
    case gradient(String)
    /// The text does not parse.
    case text(line: Int, String)
}

extension ProgramError: CustomStringConvertible {
    /// A sentence for the reader: which operation, which constraint, what was found.
    public var description: String {
        switch self {
        case .constraint(let label, let operation, let found): "\(operation) (\(label)): \(found)"
        case .malformed(let reason): "malformed program: \(reason)"
        case .gradient(let reason): "no gradient: \(reason)"
        case .text(let line, let reason): "program text, line \(line): \(reason)"
        }
    }
}
