public import Formats
import Foundation
public import OrderedCollections
public import Runs
public import Tensors
import Yams

/// All that a run needs to go on: parameters, optimizer state and a few numbers.
///
/// A checkpoint says which run it is of, and holds no time, no host, no number of threads and no name of a
/// file, so that equal runs have equal files.
public struct Checkpoint: Sendable {
    /// Steps taken.
    public var step: Int
    /// The validation loss before the first step.
    public var initialLoss: Double
    /// The largest attention logit so far; nil before the first step.
    public var largestLogit: Double?
    /// The resolved configuration as YAML; in a file without the names of texts.
    public var configuration: String
    /// SHA-256 of the text; nil where it is not known.
    public var data: String?
    /// What computed, as `Runs.RunIdentity.facts(of:)` has it; nil where it is not known.
    public var engine: [String: String]?
    /// The numerics version; nil where it is not known.
    public var numerics: Int?
    /// `parameter/PATH` and `state/SLOT/PATH`.
    public var tensors: ParameterTree

    /// Creates a checkpoint.
    ///
    /// - Parameters:
    ///   - step: Steps taken.
    ///   - initialLoss: The validation loss before the first step.
    ///   - largestLogit: The largest attention logit so far.
    ///   - configuration: The resolved configuration as YAML.
    ///   - identity: The run's, of which all but the configuration is kept.
    ///   - tensors: Parameters and state.
    public init(
        step: Int, initialLoss: Double, largestLogit: Double?, configuration: String,
        identity: RunIdentity = RunIdentity(), tensors: ParameterTree
    ) {
        self.step = step
        self.initialLoss = initialLoss
        self.largestLogit = largestLogit
        self.configuration = configuration
        (data, engine, numerics) = (identity.data, identity.engine, identity.numerics)
        self.tensors = tensors
    }

    private static let format = "ballast-checkpoint-"

    /// What the checkpoint says of its run.
    ///
    /// - Parameter path: Its path, for errors.
    /// - Returns: The identity; without a configuration where the checkpoint has none.
    /// - Throws: ``ConfigurationError`` for a configuration that this version cannot read.
    public func identity(at path: String) throws(ConfigurationError) -> RunIdentity {
        var identity = RunIdentity(data: data, engine: engine, numerics: numerics)
        if !configuration.isEmpty {
            identity.configuration = RunIdentity.values(of: try resolvedConfiguration(at: path))
        }
        return identity
    }

    /// The configuration, whose text has the default names.
    func resolvedConfiguration(at path: String) throws(ConfigurationError) -> RunConfiguration {
        try ConfigurationFile.configuration(
            from: ConfigurationFile.yaml(of: configuration, source: path), source: path)
    }

    /// The configuration without the names of texts.
    private var namelessConfiguration: String {
        let node: Node?
        do {
            node = try Yams.compose(yaml: configuration)
        } catch YamlError.memory {
            fatalError("a configuration cannot be read: no memory is left")
        } catch {
            return configuration
        }
        guard case .mapping(var keys)? = node, case .mapping(var data)? = keys["data"],
            data["text"] != nil
        else { return configuration }
        data["text"] = nil
        keys["data"] = .mapping(data)
        return ConfigurationFile.serialize(.mapping(keys))
    }

    /// Writes a safetensors file, whole or not at all.
    public func write(to path: String) throws(FormatError) {
        var metadata = [
            "format": Self.format + "\(FormatVersion.checkpoint.current)", "step": "\(step)",
            "initial_loss": "\(initialLoss)", "configuration": namelessConfiguration,
        ]
        if let data { metadata["text_digest"] = data }
        if let numerics { metadata["numerics"] = "\(numerics)" }
        for (key, value) in engine ?? [:] { metadata["engine." + key] = value }
        if let largestLogit { metadata["largest_attention_logit"] = "\(largestLogit)" }
        try Safetensors.write(tensors, metadata: metadata, to: path)
    }

    /// Reads a file and checks the digest of each tensor.
    ///
    /// - Throws: `FormatError` for a file that is damaged or no checkpoint of ours.
    public init(path: String) throws(FormatError) {
        let file = try SafetensorsFile(path: path)
        func entry(_ name: String) throws(FormatError) -> String {
            guard let value = file.metadata[name] else {
                throw .missing(
                    path: path, name: "metadata entry \(name)",
                    advice: "this safetensors file is not a checkpoint that ballast wrote")
            }
            return value
        }
        func number(_ name: String) throws(FormatError) -> Double {
            let text = try entry(name)
            guard let value = Double(text) else {
                throw .corrupt(
                    path: path, place: "metadata entry \(name)", found: "\"\(text)\"",
                    advice: "delete the file to resume from the checkpoint before it")
            }
            return value
        }
        let format = try entry("format")
        let known = FormatVersion.checkpoint.current
        guard format.hasPrefix(Self.format), let version = Int(format.dropFirst(Self.format.count)),
            1...known ~= version
        else {
            throw .unsupported(
                path: path, place: "metadata entry format", found: "\"\(format)\"",
                advice: "this version reads \(Self.format)1 to \(known)")
        }
        try file.verifyDigests()
        guard let step = Int(exactly: try number("step")), step >= 0 else {
            throw .corrupt(
                path: path, place: "metadata entry step", found: "\"\(try entry("step"))\"",
                advice: "delete the file to resume from the checkpoint before it")
        }
        self.step = step
        initialLoss = try number("initial_loss")
        largestLogit =
            file.metadata["largest_attention_logit"] == nil
            ? nil : try number("largest_attention_logit")
        configuration = try entry("configuration")
        data = file.metadata["text_digest"]
        numerics = file.metadata["numerics"].flatMap { Int($0) }
        let facts = file.metadata.filter { $0.key.hasPrefix("engine.") }
        engine =
            facts.isEmpty
            ? nil
            : Dictionary(
                uniqueKeysWithValues: facts.map {
                    (String($0.key.dropFirst("engine.".count)), $0.value)
                })
        tensors = try file.tensors()
    }
}
