/// A constant that belongs to an operation and not to its operands.
public enum Attribute: Sendable, Hashable {
    /// An integer.
    case integer(Int)
    /// A list of integers, as axes or extents.
    case integers([Int])
    /// A real number.
    case number(Double)
    /// A truth value.
    case flag(Bool)
    /// A word.
    case word(String)
    /// The type of a value.
    case type(ValueType)
}

/// The attributes of an operation by name, in the order of its text.
public struct Attributes: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// Names and constants; no name appears twice.
    public private(set) var entries: [Entry] = []

    /// A name and its constant.
    public struct Entry: Sendable, Hashable {
        /// The name.
        public var name: String
        /// The constant.
        public var value: Attribute
    }

    /// Creates attributes from a literal.
    public init(dictionaryLiteral elements: (String, Attribute)...) {
        for (name, value) in elements { insert(value, as: name) }
    }

    /// Adds or replaces a constant.
    ///
    /// - Returns: Whether the name is new.
    @discardableResult
    public mutating func insert(_ value: Attribute, as name: String) -> Bool {
        if let index = entries.firstIndex(where: { $0.name == name }) {
            entries[index].value = value
            return false
        }
        entries.append(Entry(name: name, value: value))
        return true
    }

    /// The constant called `name`.
    public subscript(name: String) -> Attribute? { entries.first { $0.name == name }?.value }

    /// The integer called `name`.
    public func integer(_ name: String, of operation: String) throws(ProgramError) -> Int {
        guard case .integer(let value) = self[name] else {
            throw missing(name, "an integer", operation)
        }
        return value
    }

    /// The list of integers called `name`.
    public func integers(_ name: String, of operation: String) throws(ProgramError) -> [Int] {
        guard case .integers(let value) = self[name] else {
            throw missing(name, "a list of integers", operation)
        }
        return value
    }

    /// The number called `name`; an integer will do.
    public func number(_ name: String, of operation: String) throws(ProgramError) -> Double {
        switch self[name] {
        case .number(let value): return value
        case .integer(let value): return Double(value)
        default: throw missing(name, "a number", operation)
        }
    }

    /// The truth value called `name`.
    public func flag(_ name: String, of operation: String) throws(ProgramError) -> Bool {
        guard case .flag(let value) = self[name] else {
            throw missing(name, "true or false", operation)
        }
        return value
    }

    /// The word called `name`.
    public func word(_ name: String, of operation: String) throws(ProgramError) -> String {
        guard case .word(let value) = self[name] else { throw missing(name, "a word", operation) }
        return value
    }

    /// The type called `name`.
    public func type(_ name: String, of operation: String) throws(ProgramError) -> ValueType {
        guard case .type(let value) = self[name] else { throw missing(name, "a type", operation) }
        return value
    }

    private func missing(_ name: String, _ kind: String, _ operation: String) -> ProgramError {
        .malformed("\(operation) needs the attribute \(name), \(kind)")
    }
}
