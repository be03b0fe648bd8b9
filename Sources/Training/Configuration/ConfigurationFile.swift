import Datasets
import Formats
import Foundation
public import Yams

/// Reads configurations from YAML: defaults, then a file, then `KEY.PATH=VALUE`.
///
/// The keys are those of the defaults, and `interventions`: a list of names of ``InterventionCatalog``,
/// which resolves to the keys that they set. `tokens`, `tokens-per-parameter`, `schedule.warmup-steps`,
/// `schedule.warmup-tokens` and the same of the cooldown resolve to `steps` and to parts of the run. Whatever
/// else a file names is an error.
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
        let configuration = try configuration(
            from: yaml(at: path), source: path, overrides: overrides)
        try configuration.requireByteTokens()
        return configuration
    }

    /// The YAML of a file.
    public static func yaml(at path: String) throws(ConfigurationError) -> Node {
        let path = HomePath.expanded(path)
        let bytes: [UInt8]?
        do throws(FormatError) {
            bytes = try WholeFile.read(path)
        } catch {
            // What the system said, which tells nothing of what the file holds.
            let words = "\(error)"
            let own = path + ": "
            throw .unreadable(
                file: path,
                reason: words.hasPrefix(own) ? String(words.dropFirst(own.count)) : words)
        }
        guard let bytes else { throw .unreadable(file: path, reason: "no such file") }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .unreadable(file: path, reason: "cannot be read as UTF-8 text")
        }
        return try yaml(of: text, source: path)
    }

    /// The YAML of a text; an empty text is an empty mapping.
    public static func yaml(of text: String, source: String) throws(ConfigurationError) -> Node {
        do {
            return try Yams.compose(yaml: text) ?? Node([:])
        } catch YamlError.memory {
            throw .unreadable(file: source, reason: "cannot be read: no memory is left")
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
}
