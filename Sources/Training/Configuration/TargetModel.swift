public import Yams

/// What the model that a recipe is of has and its proxies have not: the keys of `target` in a configuration
/// file.
///
/// Training, studies and digests leave them out; `ballast export` reads them, so that code fits the model.
/// ```yaml
/// target: {family: llama, vocabulary: 128256}
/// ```
public struct TargetModel: Sendable, Hashable {
    /// Whose names the parameters have: a `model_type` of Hugging Face, or `nanogpt`.
    public var family: String
    /// Kinds of token; proxies have the 256 bytes.
    public var vocabulary: Int

    /// The key that holds these in a file.
    static let key = "target"
    /// The names of the keys below it.
    private static let names = ["family", "vocabulary"]

    /// Describes a model.
    public init(family: String, vocabulary: Int) {
        self.family = family
        self.vocabulary = vocabulary
    }

    /// Reads what stands under `target`.
    ///
    /// - Parameters:
    ///   - node: A mapping.
    ///   - source: What errors call the file.
    /// - Throws: ``ConfigurationError`` for a key that there is not, one that is missing and a value that
    ///   it does not take.
    public init(_ node: Node, source: String) throws(ConfigurationError) {
        guard case .mapping(let mapping) = node else {
            throw .malformed(
                source: source, key: Self.key,
                reason: "is not keys and values; write {family: llama, vocabulary: 128256}")
        }
        for key in mapping.keys where !Self.names.contains(key.string ?? "") {
            let name = key.string ?? ""
            throw .unknownKey(
                source: source, key: "\(Self.key).\(name)",
                nearest: Self.names.filter {
                    ConfigurationFile.editDistance(name, $0) <= max(name.count / 3, 2)
                }.map { "\(Self.key).\($0)" }, siblings: Self.names)
        }
        guard let family = mapping["family"]?.string, !family.isEmpty else {
            throw .malformed(
                source: source, key: "\(Self.key).family",
                reason: "is missing; it is the model_type of config.json, as llama, or nanogpt")
        }
        guard let text = mapping["vocabulary"] else {
            throw .malformed(
                source: source, key: "\(Self.key).vocabulary",
                reason: "is missing; it is the number of tokens of the model, as 128256")
        }
        do throws(ValueError) {
            guard case .whole(let vocabulary) = try KeyDomain.whole(1...1_048_576).value(of: text)
            else { preconditionFailure("TargetModel: a whole number is one") }
            self.init(family: family, vocabulary: vocabulary)
        } catch {
            throw .malformed(
                source: source, key: "\(Self.key).vocabulary", reason: error.reason)
        }
    }

    /// The lines of a configuration file.
    public var text: String {
        "\(Self.key):\n  family: \(family)\n  vocabulary: \(vocabulary)\n"
    }
}

extension ConfigurationFile {
    /// The model that a file's recipe is of.
    ///
    /// - Parameter path: A configuration in YAML.
    /// - Returns: Nil where the file does not say.
    /// - Throws: ``ConfigurationError``.
    public static func target(at path: String) throws(ConfigurationError) -> TargetModel? {
        guard let node = try yaml(at: path).mapping?[Node(TargetModel.key)] else { return nil }
        return try TargetModel(node, source: path)
    }
}
