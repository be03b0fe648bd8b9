import Training

/// Reads the fields of a file one after another, and keeps what became of each.
struct FieldReader {
    /// A key of a recipe with its value, and the field that it is from.
    struct Setting {
        var key: String
        var value: String
        var source: String
    }

    /// The file.
    let path: String
    private let values: [String: SourceValue]
    private(set) var fields: [RecipeField] = []
    private(set) var settings: [Setting] = []
    private(set) var assumptions: [RecipeAssumption] = []

    init(_ path: String, _ values: [String: SourceValue]) {
        self.path = path
        self.values = values
    }

    /// The file without its folder.
    var name: String { path.split(separator: "/").last.map(String.init) ?? path }

    // MARK: - Values

    /// A value; nil where the key is missing or null.
    func value(_ key: String) -> SourceValue? {
        guard let value = values[key], value != .null else { return nil }
        return value
    }

    /// Whether the key is there, be it null.
    func has(_ key: String) -> Bool { values[key] != nil }

    private func wrongKind(_ key: String, _ value: SourceValue, _ kind: String)
        -> ConfigurationError
    {
        .malformed(source: path, key: key, reason: "\(value.shown) is not \(kind); correct it")
    }

    /// A whole number in a range; nil where there is none.
    func whole(
        _ key: String, _ range: ClosedRange<Int> = 1...1_000_000_000
    ) throws(ConfigurationError) -> Int? {
        guard let value = value(key) else { return nil }
        let whole: Int? =
            switch value {
            case .whole(let whole): whole
            case .number(let number): Int(exactly: number)
            default: nil
            }
        guard let whole else { throw wrongKind(key, value, "a whole number") }
        guard range.contains(whole) else {
            throw wrongKind(
                key, value, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return whole
    }

    /// A whole number that a model cannot do without.
    func needed(
        _ key: String, _ range: ClosedRange<Int> = 1...1_000_000_000
    ) throws(ConfigurationError) -> Int {
        guard let whole = try whole(key, range) else {
            throw .malformed(
                source: path, key: key,
                reason: "is missing, and there is no model without it; add it")
        }
        return whole
    }

    /// A finite number, or a text that is one; nil where there is none.
    func number(_ key: String) throws(ConfigurationError) -> Double? {
        guard let value = value(key) else { return nil }
        if let double = value.double, double.isFinite { return double }
        if case .text(let text) = value, let double = Double(text), double.isFinite {
            return double
        }
        throw wrongKind(key, value, "a number")
    }

    /// True or false; nil where there is none.
    func flag(_ key: String) throws(ConfigurationError) -> Bool? {
        guard let value = value(key) else { return nil }
        guard case .flag(let flag) = value else { throw wrongKind(key, value, "true or false") }
        return flag
    }

    /// Text; nil where there is none.
    func text(_ key: String) throws(ConfigurationError) -> String? {
        guard let value = value(key) else { return nil }
        guard case .text(let text) = value else { throw wrongKind(key, value, "text") }
        return text
    }

    // MARK: - Fates

    /// Whether a field has its fate.
    private func isRead(_ key: String) -> Bool { fields.contains { $0.source == key } }

    private mutating func record(
        _ key: String, _ fate: RecipeField.Fate, _ pairs: [(String, String)], _ note: String
    ) {
        guard has(key), !isRead(key) else { return }
        for (path, value) in pairs {
            settings.append(Setting(key: path, value: value, source: key))
        }
        fields.append(
            RecipeField(
                file: name, source: key, value: values[key]?.shown ?? "", fate: fate,
                settings: pairs.map { "\($0.0): \($0.1)" }, note: note))
    }

    /// The field is what some settings say.
    mutating func take(_ key: String, _ pairs: (String, String)..., note: String = "") {
        record(key, .taken, pairs, note)
    }

    /// The field is what these settings say.
    mutating func take(_ key: String, _ pairs: [(String, String)]) {
        record(key, .taken, pairs, "")
    }

    /// The field is near what these settings say, as with single ones.
    mutating func approximate(
        _ key: String, _ pairs: [(String, String)], how: String, cost: String = "unknown"
    ) {
        record(key, .approximated(cost: cost), pairs, how)
    }

    /// The field is near what some settings say.
    ///
    /// - Parameters:
    ///   - key: The field.
    ///   - pairs: The settings.
    ///   - how: What the difference is.
    ///   - cost: What it costs, measured or cited.
    mutating func approximate(
        _ key: String, _ pairs: (String, String)..., how: String, cost: String = "unknown"
    ) {
        record(key, .approximated(cost: cost), pairs, how)
    }

    /// No key says it.
    mutating func leave(_ keys: String..., why: String) {
        for key in keys { record(key, .withoutCounterpart, [], why) }
    }

    /// A setting that the file does not say.
    mutating func assume(_ key: String, _ value: String, _ reason: String) {
        settings.append(Setting(key: key, value: value, source: ""))
        assumptions.append(RecipeAssumption(setting: "\(key): \(value)", reason: reason))
    }

    /// Something that stands as it is and that the file does not say.
    mutating func note(_ setting: String, _ reason: String) {
        assumptions.append(RecipeAssumption(setting: setting, reason: reason))
    }

    /// Gives all other fields their fate.
    ///
    /// - Parameter known: Why fields that are known have no counterpart.
    mutating func leaveRest(_ known: [String: String]) {
        for key in values.keys.sorted() where !isRead(key) {
            let why = values[key] == .null ? RecipeField.idle : known[key]
            record(key, .withoutCounterpart, [], why ?? "not known to ballast recipe")
        }
    }

    /// Gives all other fields their fate.
    ///
    /// - Parameter sections: Those whose keys say nothing about training, as `job` of `job.description`.
    mutating func leaveRest(below sections: Set<String>) {
        leaveRest(
            Dictionary(
                uniqueKeysWithValues: values.keys.filter { key in
                    sections.contains(key.split(separator: ".").first.map(String.init) ?? "")
                }.map { ($0, RecipeField.idle) }))
    }
}
