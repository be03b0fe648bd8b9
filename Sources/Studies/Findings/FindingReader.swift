import RunTables
import Runs
import Statistics
import Sweeps
import Training
import Yams

/// A mapping of a study file that describes a part of a finding, read key by key.
public struct FindingReader {
    /// The file.
    let source: String
    /// The place in the file, for messages.
    let place: String
    private let mapping: Node.Mapping

    /// Takes a mapping.
    init(_ node: Node?, source: String, place: String) throws(ConfigurationError) {
        guard case .mapping(let mapping)? = node else {
            throw .malformed(source: source, key: place, reason: "is not a mapping")
        }
        self.source = source
        self.place = place
        self.mapping = mapping
    }

    /// An error about a key.
    func refusal(_ key: String, _ reason: String) -> ConfigurationError {
        .malformed(source: source, key: key.isEmpty ? place : place + "." + key, reason: reason)
    }

    /// Refuses keys that are not known.
    func requireKeys(_ known: [String]) throws(ConfigurationError) {
        for key in mapping.keys.compactMap(\.string) where !known.contains(key) {
            throw .unknownKey(
                source: source, key: place + "." + key, nearest: [], siblings: known)
        }
    }

    /// Whether a key is given.
    func has(_ key: String) -> Bool { mapping[key] != nil }

    /// The word of a key.
    func word(_ key: String) throws(ConfigurationError) -> String {
        guard let word = mapping[key]?.string, !word.isEmpty else {
            throw refusal(key, has(key) ? "is not a word" : "is missing")
        }
        return word
    }

    /// The word of a key that stands for a value; a fallback where the key is left out.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, _ fallback: Choice
    ) throws(ConfigurationError) -> Choice where Choice.RawValue == String {
        guard has(key) else { return fallback }
        let word = try word(key)
        guard let choice = Choice(rawValue: word) else {
            let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw refusal(key, "is none of \(names)")
        }
        return choice
    }

    /// The number of a key; nil where it is left out.
    func number(_ key: String) throws(ConfigurationError) -> Double? {
        guard let node = mapping[key] else { return nil }
        guard let number = node.float, number.isFinite else {
            throw refusal(key, "\(node.string ?? "a mapping") is not a number")
        }
        return number
    }

    /// A word or a list of words.
    func words(_ key: String) throws(ConfigurationError) -> [String] {
        let nodes = mapping[key]?.sequence.map { Array($0) } ?? [mapping[key]].compactMap(\.self)
        let words = nodes.compactMap(\.string)
        guard !words.isEmpty, words.count == nodes.count else {
            throw refusal(key, "is neither a word nor a list of words")
        }
        return words
    }

    /// The mapping of a key.
    func reader(_ key: String) throws(ConfigurationError) -> FindingReader {
        try FindingReader(mapping[key], source: source, place: place + "." + key)
    }

    /// A selection of runs; all of them where the key is left out.
    func selection(_ key: String) throws(ConfigurationError) -> FindingSelection {
        guard has(key) else { return FindingSelection() }
        let reader = try reader(key)
        var conditions: [String: [SettingValue]] = [:]
        for name in reader.mapping.keys.compactMap(\.string) {
            conditions[name] = try reader.words(name).map(Study.setting)
        }
        return FindingSelection(conditions)
    }

    /// What is measured: a name of ``FindingCatalog/measures``, alone or with its keys.
    func measure(_ key: String) throws(ConfigurationError) -> any FindingMeasure {
        let names = FindingCatalog.measures.map { $0.name }
        if let name = mapping[key]?.string {
            guard let type = FindingCatalog.measures.first(where: { $0.name == name }) else {
                throw refusal(
                    key, "unknown \(name); there are " + names.joined(separator: ", "))
            }
            return try type.init(
                FindingReader(.mapping(Node.Mapping([])), source: source, place: place))
        }
        let reader = try reader(key)
        let types = FindingCatalog.measures.filter { reader.has($0.name) }
        guard let type = types.first, types.count == 1 else {
            throw refusal(key, "names none of " + names.joined(separator: ", "))
        }
        return try type.init(reader)
    }

    /// What a curve is along.
    func axis(_ key: String) throws(ConfigurationError) -> FindingAxis {
        guard let name = mapping[key]?.string else {
            guard has("over") else {
                throw refusal("over", "is missing: the key that varies along \(key)")
            }
            return FindingAxis(keys: [try word("over")], place: .measure(try measure(key)))
        }
        if name == "parameters" {
            return FindingAxis(keys: ["model.width", "model.depth"], place: .parameters)
        }
        return FindingAxis(keys: [name], place: .setting(name))
    }

    /// Where the number should lie: `{above: 0}`, `{below: 0}` or `{from: 1, to: 2}`.
    func expectation(_ key: String) throws(ConfigurationError) -> FindingExpectation {
        let reader = try reader(key)
        try reader.requireKeys(["above", "below", "from", "to"])
        let numbers = (
            try reader.number("above"), try reader.number("below"), try reader.number("from"),
            try reader.number("to")
        )
        switch numbers {
        case (let limit?, nil, nil, nil): return .above(limit)
        case (nil, let limit?, nil, nil): return .below(limit)
        case (nil, nil, let low?, let high?) where low < high: return .within(low...high)
        default:
            throw refusal(key, "is none of {above: 0}, {below: 0}, {from: 1, to: 2}")
        }
    }
}
