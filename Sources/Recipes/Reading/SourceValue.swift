import Foundation

/// A value in a file of another tool.
package enum SourceValue: Sendable, Hashable {
    /// None.
    case null
    /// True or false.
    case flag(Bool)
    /// A whole number.
    case whole(Int)
    /// Another number.
    case number(Double)
    /// Text.
    case text(String)
    /// A list.
    case list([SourceValue])
    /// Keys and values.
    case mapping([String: SourceValue])
    /// Code that is not executed, as it stands.
    case expression(String)

    /// The value in a few words, for people.
    package var shown: String {
        let text =
            switch self {
            case .null: "null"
            case .flag(let value): "\(value)"
            case .whole(let value): "\(value)"
            case .number(let value): "\(value)"
            case .text(let value), .expression(let value): value
            case .list(let values): "[\(values.prefix(8).map(\.shown).joined(separator: ", "))]"
            case .mapping(let values):
                "{"
                    + values.sorted { $0.key < $1.key }.prefix(8)
                    .map { "\($0.key): \($0.value.shown)" }.joined(separator: ", ") + "}"
            }
        let line = text.map { $0.isNewline ? " " : $0 }
        return line.count > 60 ? String(line.prefix(57)) + "..." : String(line)
    }

    /// The number that it is; nil for what is none.
    package var double: Double? {
        switch self {
        case .whole(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}

extension SourceValue: Decodable {
    /// Reads JSON.
    package init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let flag = try? value.decode(Bool.self) {
            self = .flag(flag)
        } else if let whole = try? value.decode(Int.self) {
            self = .whole(whole)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([SourceValue].self) {
            self = .list(list)
        } else {
            self = .mapping(try value.decode([String: SourceValue].self))
        }
    }
}
