/// A change of the recipe with a name: the configuration keys that it sets.
///
/// ```yaml
/// interventions: [qk-norm, z-loss=1e-4]
/// ```
///
/// Interventions are resolved to their keys when a configuration is read: two that set a key to
/// different values, or one beside a key that says otherwise, are an error. What is recorded, and what
/// cells of studies are shared by, is the resolved configuration.
public struct Intervention: Sendable, Hashable, Encodable {
    /// A key and its value.
    public struct Setting: Sendable, Hashable, Encodable {
        /// The key path, as `model.qk-norm`.
        public var key: String
        /// The value, in YAML.
        public var value: String
    }

    /// The name in configuration files.
    public var name: String
    /// What it does, in a line.
    public var summary: String
    /// Where it is described.
    public var source: String
    /// The keys that it sets, in order.
    public var settings: [Setting]
    /// The key whose value `NAME=VALUE` replaces; nil where there is none.
    public var valueKey: String?
    /// Whether a learning rate means something else with it, so that curves over the learning rate and
    /// their sensitivity cannot be laid over those without (arXiv 2309.14322, appendix B).
    public var changesLearningRate: Bool

    /// Creates an intervention.
    ///
    /// - Parameters:
    ///   - name: The name in configuration files.
    ///   - summary: What it does, in a line.
    ///   - source: Where it is described.
    ///   - settings: Key paths with their values, in YAML.
    ///   - valueKey: The key whose value `NAME=VALUE` replaces, one of `settings`.
    ///   - changesLearningRate: Whether a learning rate means something else with it.
    /// - Precondition: `valueKey` is a key of `settings`.
    public init(
        _ name: String, _ summary: String, source: String, _ settings: [(String, String)],
        valueKey: String? = nil, changesLearningRate: Bool = false
    ) {
        self.name = name
        self.summary = summary
        self.source = source
        self.settings = settings.map { Setting(key: $0.0, value: $0.1) }
        self.valueKey = valueKey
        self.changesLearningRate = changesLearningRate
        precondition(
            valueKey == nil || self.settings.contains { $0.key == valueKey },
            "\(name) sets no key \(valueKey ?? "")")
    }

    private enum CodingKeys: String, CodingKey {
        case name, summary, source, settings
        case valueKey = "value_key"
        case changesLearningRate = "changes_learning_rate"
    }
}
