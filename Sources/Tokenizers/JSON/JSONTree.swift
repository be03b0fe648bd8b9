/// A JSON text as a tree; objects keep the order of their keys.
package enum JSONTree: Sendable {
    case null
    case flag(Bool)
    /// A whole number that an `Int` holds.
    case whole(Int)
    /// Any other number.
    case number(Double)
    case text(String)
    case list([JSONTree])
    case object([(key: String, value: JSONTree)])

    /// What it is, for errors.
    var kind: String {
        switch self {
        case .null: "null"
        case .flag: "true or false"
        case .whole, .number: "a number"
        case .text: "a string"
        case .list: "a list"
        case .object: "an object"
        }
    }

    /// The keys of an object; none of anything else.
    package var keys: [String] {
        guard case .object(let members) = self else { return [] }
        return members.map(\.key)
    }

    /// The value of a key of an object; nil for null, and where there is none.
    package subscript(key: String) -> JSONTree? {
        guard case .object(let members) = self else { return nil }
        let value = members.first { $0.key == key }?.value
        if case .null = value { return nil }
        return value
    }
}
