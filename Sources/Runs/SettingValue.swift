/// A value of a swept setting.
public enum SettingValue: Sendable, Hashable, Codable {
    /// A truth value.
    case flag(Bool)
    /// A number.
    case number(Double)
    /// A word.
    case text(String)

    /// Reads a JSON value.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else {
            self = .text(try container.decode(String.self))
        }
    }

    /// Writes a JSON value.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .flag(let flag): try container.encode(flag)
        case .number(let number): try container.encode(number)
        case .text(let text): try container.encode(text)
        }
    }
}

/// What a folder says of one cell of a sweep.
public enum CellState: String, Sendable, Hashable, Codable {
    /// No process has begun it.
    case missing
    /// A process holds its lock.
    case running
    /// Begun, and nobody is at it.
    case interrupted
    /// Its process ended with an error.
    case failed
    /// It has a result, and its numbers left the finite ones.
    case diverged
    /// It has a result.
    case finished
}
