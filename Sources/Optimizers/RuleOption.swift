public import OrderedCollections

/// A key that an optimizer takes in configuration files.
public struct RuleOption: Sendable, Hashable {
    /// What values are allowed.
    public enum Domain: Sendable, Hashable {
        /// A number from 0 up to but not including 1.
        case fraction
        /// A number of at least 0.
        case nonNegative
        /// A number above 0.
        case positive
        /// True or false.
        case flag
        /// One of these words.
        case word([String])
        /// Words of any kind.
        case words
    }

    /// The key, in kebab case.
    public var key: String
    /// What values are allowed.
    public var domain: Domain
    /// The value where none is given.
    public var defaultValue: OptionValue

    public init(_ key: String, _ domain: Domain, default defaultValue: OptionValue) {
        self.key = key
        self.domain = domain
        self.defaultValue = defaultValue
    }

    /// Why a value is not allowed; nil when it is.
    public func objection(to value: OptionValue) -> String? {
        switch (domain, value) {
        case (.fraction, .number(let number)):
            (0..<1).contains(number) ? nil : "\(number) is not in 0 ..< 1"
        case (.nonNegative, .number(let number)):
            number.isFinite && number >= 0 ? nil : "\(number) is not a number of at least 0.0"
        case (.positive, .number(let number)):
            number.isFinite && number > 0 ? nil : "\(number) is not a positive number"
        case (.flag, .flag), (.words, .words): nil
        case (.word(let allowed), .word(let word)):
            allowed.contains(word)
                ? nil : "\(word) is none of \(allowed.joined(separator: ", "))"
        default: "has the wrong kind"
        }
    }
}

/// The value of a ``RuleOption``.
public enum OptionValue: Sendable, Hashable {
    /// A number.
    case number(Double)
    /// True or false.
    case flag(Bool)
    /// A word.
    case word(String)
    /// Words.
    case words([String])
}

extension OptionValue: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral
{
    /// A number.
    public init(floatLiteral value: Double) { self = .number(value) }
    /// A number.
    public init(integerLiteral value: Int) { self = .number(Double(value)) }
    /// True or false.
    public init(booleanLiteral value: Bool) { self = .flag(value) }
    /// A word.
    public init(stringLiteral value: String) { self = .word(value) }
    /// Words.
    public init(arrayLiteral elements: String...) { self = .words(elements) }
}

/// The values of a rule's own keys.
public struct RuleOptions: Sendable, Hashable {
    /// Key -> value, in the order of the rule's ``ConfigurableRule/options``.
    public private(set) var values: OrderedDictionary<String, OptionValue>

    /// The defaults.
    public init(_ options: [RuleOption] = []) {
        values = [:]
        for option in options { values[option.key] = option.defaultValue }
    }

    /// The value of a key; nil when the rule does not take it.
    ///
    /// Setting a key that the rule does not take does nothing.
    public subscript(key: String) -> OptionValue? {
        get { values[key] }
        set { if values[key] != nil, let newValue { values[key] = newValue } }
    }

    /// A number.
    ///
    /// - Precondition: The rule takes a number under this key.
    public func number(_ key: String) -> Double {
        guard case .number(let value) = values[key] else { preconditionFailure("no number \(key)") }
        return value
    }

    /// True or false.
    ///
    /// - Precondition: The rule takes a truth value under this key.
    public func flag(_ key: String) -> Bool {
        guard case .flag(let value) = values[key] else { preconditionFailure("no flag \(key)") }
        return value
    }

    /// Words.
    ///
    /// - Precondition: The rule takes words under this key.
    public func words(_ key: String) -> [String] {
        guard case .words(let value) = values[key] else { preconditionFailure("no words \(key)") }
        return value
    }

    /// One of the cases of an enumeration of words.
    ///
    /// - Precondition: The rule takes a word under this key, which was checked to be one of the cases.
    public func choice<Choice: RawRepresentable<String>>(_ key: String) -> Choice {
        guard case .word(let word) = values[key], let choice = Choice(rawValue: word) else {
            preconditionFailure("no choice \(key)")
        }
        return choice
    }
}
