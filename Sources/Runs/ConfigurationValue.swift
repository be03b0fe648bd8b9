/// A value of a resolved configuration, compared as what it is and not as it is spelled.
///
/// `1e-3` and `0.001` are one value, and so are `64` and `64.0`.
public enum ConfigurationValue: Sendable, Hashable {
    /// A truth value.
    case flag(Bool)
    /// A whole number.
    case integer(Int64)
    /// A whole number beyond those of ``integer(_:)``.
    case unsigned(UInt64)
    /// Any other number.
    case number(Double)
    /// A word.
    case text(String)
    /// Values in their order.
    case list([ConfigurationValue])
    /// No value.
    case null

    /// Whole numbers up to here are exact in double precision.
    private static let exact = 0x1p53

    /// A number.
    public init(_ number: Double) {
        if number.magnitude < Self.exact, let whole = Int64(exactly: number) {
            self = .integer(whole)
        } else {
            self = .number(number)
        }
    }

    /// The number; nil for what is none.
    public var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .unsigned(let value): Double(value)
        case .number(let value): value
        case .flag, .text, .list, .null: nil
        }
    }
}

extension ConfigurationValue: Codable {
    /// Reads a JSON value.
    public init(from decoder: any Decoder) throws {
        // Most are numbers, and what throws takes its time.
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Double.self) {
            self.init(number)
            guard number.magnitude >= Self.exact else { return }
            if let whole = try? container.decode(Int64.self) {
                self = .integer(whole)
            } else if let whole = try? container.decode(UInt64.self) {
                self = .unsigned(whole)
            }
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if container.decodeNil() {
            self = .null
        } else {
            self = .list(try container.decode([ConfigurationValue].self))
        }
    }

    /// Writes a JSON value.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .flag(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .unsigned(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        case .list(let values): try container.encode(values)
        case .null: try container.encodeNil()
        }
    }
}

extension ConfigurationValue: CustomStringConvertible {
    /// The value as a configuration file may have it, the same for equal values.
    public var description: String {
        switch self {
        case .flag(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .unsigned(let value): "\(value)"
        case .number(let value): "\(value)"
        case .text(let value): value
        case .list(let values): "[" + values.map(\.description).joined(separator: ", ") + "]"
        case .null: "null"
        }
    }
}
