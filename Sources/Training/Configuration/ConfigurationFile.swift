import Foundation
import Optimizers
public import Yams

/// Reads configurations from YAML: defaults, then a file, then `KEY.PATH=VALUE`.
///
/// The keys are those of the defaults, and `interventions`: a list of names of ``InterventionCatalog``,
/// which resolves to the keys that they set. Whatever else a file names is an error.
public enum ConfigurationFile {
    /// Reads a file and applies overrides.
    ///
    /// - Parameters:
    ///   - path: A YAML file.
    ///   - overrides: `optimizer.learning-rate=3e-3`, applied in order.
    /// - Returns: A configuration that is checked.
    /// - Throws: ``ConfigurationError``.
    public static func read(
        _ path: String, overrides: [String] = []
    ) throws(ConfigurationError) -> RunConfiguration {
        try configuration(from: yaml(at: path), source: path, overrides: overrides)
    }

    /// The YAML of a file.
    public static func yaml(at path: String) throws(ConfigurationError) -> Node {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            let exists = FileManager.default.fileExists(atPath: path)
            throw .unreadable(
                file: path, reason: exists ? "cannot be read as UTF-8 text" : "no such file")
        }
        return try yaml(of: text, source: path)
    }

    /// The YAML of a text; an empty text is an empty mapping.
    public static func yaml(of text: String, source: String) throws(ConfigurationError) -> Node {
        do {
            return try Yams.compose(yaml: text) ?? Node([:])
        } catch {
            throw .malformed(source: source, key: "", reason: "is not YAML: \(error)")
        }
    }

    /// The configuration that a mapping and overrides make of the defaults.
    ///
    /// For many configurations in a row keep a ``ConfigurationReader``.
    ///
    /// - Parameters:
    ///   - node: A mapping.
    ///   - source: What errors call it.
    ///   - overrides: `optimizer.learning-rate=3e-3`, applied in order.
    /// - Returns: A configuration that is checked.
    /// - Throws: ``ConfigurationError``.
    public static func configuration(
        from node: Node, source: String, overrides: [String] = []
    ) throws(ConfigurationError) -> RunConfiguration {
        var reader = ConfigurationReader()
        return try reader.configuration(from: node, source: source, overrides: overrides)
    }

    /// A configuration with overrides applied.
    ///
    /// - Parameters:
    ///   - base: The configuration.
    ///   - overrides: `optimizer.learning-rate=3e-3`, applied in order.
    /// - Returns: A configuration that is checked.
    /// - Throws: ``ConfigurationError``.
    public static func configuration(
        _ base: RunConfiguration, overrides: [String]
    ) throws(ConfigurationError) -> RunConfiguration {
        try configuration(
            from: yaml(of: text(of: base), source: "base"), source: "base", overrides: overrides)
    }

    /// The configuration as YAML, every key with its value.
    public static func text(of configuration: RunConfiguration) -> String {
        let encoder = YAMLEncoder()
        encoder.options.sortKeys = false
        return (try? encoder.encode(configuration)) ?? ""
    }

    static func defaults(_ rule: String = AdamW.name) throws(ConfigurationError) -> Node {
        try yaml(of: text(of: RunConfiguration(rule: rule)), source: "defaults")
    }

    /// Key paths whose last part is like `name`, the likest first.
    static func nearest(
        to name: String, at path: [String], rule: String
    ) -> [String] {
        guard let tree = try? defaults(rule) else { return [] }
        let candidates = leaves(of: tree).map { leaf in
            let last = leaf.last ?? ""
            let isSibling = leaf.dropLast().elementsEqual(path)
            let distance = editDistance(name, last)
            return (
                path: leaf.joined(separator: "."), cost: 2 * distance + (isSibling ? 0 : 1),
                distance: distance
            )
        }
        return candidates.filter { $0.distance <= max(name.count / 3, 2) }
            .sorted { ($0.cost, $0.path) < ($1.cost, $1.path) }.prefix(2).map(\.path)
    }

    private static func leaves(of node: Node) -> [[String]] {
        guard case .mapping(let mapping) = node else { return [[]] }
        return mapping.flatMap { key, value in
            let name = key.string ?? ""
            let below = leaves(of: value).map { [name] + $0 }
            if case .mapping = value { return [[name]] + below }
            return below
        }
    }

    /// Insertions, deletions and substitutions between two words.
    static func editDistance(_ a: String, _ b: String) -> Int {
        let b = Array(b)
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for j in b.indices {
                let substituted = diagonal + (x == b[j] ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substituted, diagonal + 1, row[j] + 1)
            }
        }
        return row[b.count]
    }

    static func reason(_ error: any Error, _ source: String) -> ConfigurationError {
        guard let error = error as? DecodingError else {
            return .malformed(source: source, key: "", reason: "\(error)")
        }
        func key(_ context: DecodingError.Context) -> String {
            context.codingPath.map(\.stringValue).joined(separator: ".")
        }
        switch error {
        case .typeMismatch(let type, let context):
            return .malformed(source: source, key: key(context), reason: "is not \(kind(type))")
        case .valueNotFound(let type, let context):
            return .malformed(
                source: source, key: key(context), reason: "is empty, not \(kind(type))")
        case .keyNotFound(let missing, let context):
            return .malformed(
                source: source, key: key(context),
                reason: "the key \(missing.stringValue) is missing")
        case .dataCorrupted(let context):
            return .malformed(
                source: source, key: key(context), reason: context.debugDescription)
        @unknown default:
            return .malformed(source: source, key: "", reason: "\(error)")
        }
    }

    private static func kind(_ type: Any.Type) -> String {
        switch type {
        case is Double.Type, is Float.Type: "a number"
        case is Int.Type, is UInt64.Type: "a whole number"
        case is Bool.Type: "true or false"
        case is String.Type: "a word"
        default: "a list"
        }
    }
}
