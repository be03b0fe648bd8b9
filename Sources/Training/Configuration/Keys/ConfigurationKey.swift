import Yams

/// A key of configurations: what values it takes and where they stand.
///
/// Reading, validation, advice and `ballast config --keys` all use these.
public struct ConfigurationKey: Sendable {
    /// The path, as `model.init-gain.head`.
    public let path: String
    /// What values it takes.
    public let domain: KeyDomain
    /// What one of it is, as `steps`; empty for a pure number and for words.
    public let unit: String
    /// What it says, in a sentence.
    public let meaning: String
    /// The value that null stands for, which is that of something switched off; nil where nothing is.
    public let off: KeyValue?

    private let read: @Sendable (RunConfiguration) -> KeyValue?
    private let write: @Sendable (KeyValue, inout RunConfiguration) -> Void

    init(
        _ path: String, _ domain: KeyDomain, unit: String, off: KeyValue?, _ meaning: String,
        read: @escaping @Sendable (RunConfiguration) -> KeyValue?,
        write: @escaping @Sendable (KeyValue, inout RunConfiguration) -> Void
    ) {
        (self.path, self.domain, self.unit, self.off) = (path, domain, unit, off)
        self.meaning = meaning
        self.read = read
        self.write = write
    }

    /// The first part of the path: `model`; the path itself where it has one part.
    public var section: String { String(path.prefix { $0 != "." }) }

    /// The value in a configuration; nil where its optimizer does not take the key.
    public func value(in configuration: RunConfiguration) -> KeyValue? { read(configuration) }

    /// Puts a value into a configuration.
    ///
    /// - Precondition: The value is of the kind of ``domain``.
    func set(_ value: KeyValue, in configuration: inout RunConfiguration) {
        write(value, &configuration)
    }

    /// Reads what a file gives the key.
    ///
    /// - Parameter node: A value; null is ``off``.
    /// - Returns: The value.
    /// - Throws: What is wrong with it.
    func value(of node: Node) throws(ValueError) -> KeyValue {
        guard node.isNull else { return try domain.value(of: node) }
        guard let off else {
            throw ValueError(
                reason: "is empty, and null does not switch it off; give a \(domain.type)"
                    + (domain.range.isEmpty ? "" : ": \(domain.range)") + ", or remove the key")
        }
        return off
    }
}

// MARK: - Where values stand

extension ConfigurationKey {
    static func whole(
        _ path: String, _ field: any WritableKeyPath<RunConfiguration, Int> & Sendable,
        _ range: ClosedRange<Int>, unit: String = "", off: Int? = nil, _ meaning: String
    ) -> ConfigurationKey {
        ConfigurationKey(
            path, .whole(range), unit: unit, off: off.map { .whole($0) }, meaning,
            read: { .whole($0[keyPath: field]) },
            write: { if case .whole(let value) = $0 { $1[keyPath: field] = value } })
    }

    static func seed(
        _ path: String, _ field: any WritableKeyPath<RunConfiguration, UInt64> & Sendable,
        _ meaning: String
    ) -> ConfigurationKey {
        ConfigurationKey(
            path, .seed, unit: "", off: nil, meaning, read: { .seed($0[keyPath: field]) },
            write: { if case .seed(let value) = $0 { $1[keyPath: field] = value } })
    }

    static func number(
        _ path: String, _ field: any WritableKeyPath<RunConfiguration, Double> & Sendable,
        _ range: NumberRange, unit: String = "", off: Double? = nil, _ meaning: String
    ) -> ConfigurationKey {
        ConfigurationKey(
            path, .number(range), unit: unit, off: off.map { .number($0) }, meaning,
            read: { .number($0[keyPath: field]) },
            write: { if case .number(let value) = $0 { $1[keyPath: field] = value } })
    }

    static func flag(
        _ path: String, _ field: any WritableKeyPath<RunConfiguration, Bool> & Sendable,
        _ meaning: String
    ) -> ConfigurationKey {
        ConfigurationKey(
            path, .flag, unit: "", off: .flag(false), meaning,
            read: { .flag($0[keyPath: field]) },
            write: { if case .flag(let value) = $0 { $1[keyPath: field] = value } })
    }

    /// Any text, which null makes empty.
    static func text(
        _ path: String, _ field: any WritableKeyPath<RunConfiguration, String> & Sendable,
        _ meaning: String
    ) -> ConfigurationKey {
        ConfigurationKey(
            path, .word([]), unit: "", off: .word(""), meaning,
            read: { .word($0[keyPath: field]) },
            write: { if case .word(let text) = $0 { $1[keyPath: field] = text } })
    }

    /// One of the words of an enumeration.
    static func word<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
        _ path: String, _ field: any WritableKeyPath<RunConfiguration, Choice> & Sendable,
        among choices: [Choice] = Array(Choice.allCases), off: Choice? = nil, _ meaning: String
    ) -> ConfigurationKey {
        ConfigurationKey(
            path, .word(choices.map(\.rawValue)), unit: "", off: off.map { .word($0.rawValue) },
            meaning, read: { .word($0[keyPath: field].rawValue) },
            write: {
                if case .word(let word) = $0, let choice = Choice(rawValue: word) {
                    $1[keyPath: field] = choice
                }
            })
    }

    /// A list of words of an enumeration.
    static func words<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
        _ path: String, _ field: any WritableKeyPath<RunConfiguration, [Choice]> & Sendable,
        _ meaning: String
    ) -> ConfigurationKey {
        ConfigurationKey(
            path, .words(Choice.allCases.map(\.rawValue)), unit: "", off: .words([]), meaning,
            read: { .words($0[keyPath: field].map(\.rawValue)) },
            write: {
                if case .words(let words) = $0 {
                    $1[keyPath: field] = words.compactMap { Choice(rawValue: $0) }
                }
            })
    }
}
