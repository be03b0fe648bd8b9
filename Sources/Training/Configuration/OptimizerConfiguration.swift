public import Optimizers
import OrderedCollections

/// The optimizer, the keys that all rules share, and those of its own.
///
/// ```swift
/// var optimizer = OptimizerConfiguration(rule: "muon")
/// optimizer.learningRate = 0.02
/// optimizer["scale"] = "original"
/// ```
public struct OptimizerConfiguration: Sendable, Hashable {
    /// The rule's name in the catalog.
    ///
    /// Setting it puts the rule's own keys to their defaults, and those of the shared keys that the
    /// new rule does not take.
    public var rule: String {
        didSet { if rule != oldValue { adoptRule() } }
    }
    /// The peak learning rate; one for a rule that finds its own step.
    public var learningRate: Double
    /// The values of the rule's own keys.
    public internal(set) var options: RuleOptions
    /// The largest global norm of the gradients; 0 for no clipping.
    public var clip: Double
    /// Weight decay.
    public var weightDecay: WeightDecayConfiguration
    /// τ: after each update, queries and keys of a head whose largest attention logit S is above τ are
    /// multiplied by √(τ / S); 0 for no clipping (QK-clip, arXiv 2507.20534, section 2.1).
    public var qkClip = 0.0
    /// Whether the learning rate of each tensor is multiplied by max(RMS, 1e-3) of the tensor
    /// (arXiv 1804.04235; 2309.14322, appendix E.14); the decay is not.
    public var relativeRate = false
    /// β of the exponential average of weights that is evaluated in place of what trains, which starts as the
    /// weights do; 0 for none.
    public var average = 0.0

    /// The defaults of a rule.
    ///
    /// - Parameter rule: A name of the catalog; another one is an error of validation.
    public init(rule: String = AdamW.name) {
        self.rule = rule
        learningRate = 3e-3
        clip = 1
        options = RuleOptions()
        weightDecay = WeightDecayConfiguration()
        adoptRule()
    }

    private mutating func adoptRule() {
        guard let type else { return }
        options = RuleOptions(type.options)
        if type.unsupportedKeys["learning-rate"] != nil { learningRate = 1 }
        if type.unsupportedKeys["clip"] != nil { clip = 0 }
        if !type.decayForms.contains(weightDecay.form), let form = type.decayForms.first {
            weightDecay.form = form
        }
    }

    /// The value of a key of the rule's own; nil when the rule does not take it.
    ///
    /// Setting a key that the rule does not take does nothing.
    public subscript(key: String) -> OptionValue? {
        get { options[key] }
        set { options[key] = newValue }
    }

    /// The rule's type; nil when the catalog has no such name.
    var type: (any ConfigurableRule.Type)? { OptimizerCatalog.type(named: rule) }

    /// Why the rule does not take a key that others take; nil when it does.
    func refusal(of key: String) -> String? { type?.unsupportedKeys[key] }

    /// Why the rule does not take a key of another rule; nil when no rule takes it.
    func refusal(ofForeign key: String) -> String? {
        if let reason = refusal(of: key) { return reason }
        let others = OptimizerCatalog.all.map { Swift.type(of: $0) }
            .filter { $0.options.contains { $0.key == key } }.map { $0.name }
        guard !others.isEmpty, let type else { return nil }
        return "\(rule) does not take this key, which is of \(others.joined(separator: ", ")); its "
            + "own keys are " + (type.options.map(\.key)).joined(separator: ", ")
    }
}

extension OptimizerConfiguration: Codable {
    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Reads the rule, then the keys that it takes; what is missing has its default.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let rule = try container.decodeIfPresent(String.self, forKey: Key("rule")) ?? AdamW.name
        self.init(rule: rule)
        for (key, value) in options.values {
            let name = Key(key)
            guard container.contains(name) else { continue }
            options[key] =
                switch value {
                case .number: .number(try container.decode(Double.self, forKey: name))
                case .flag: .flag(try container.decode(Bool.self, forKey: name))
                case .word: .word(try container.decode(String.self, forKey: name))
                case .words: .words(try container.decode([String].self, forKey: name))
                }
        }
        if let value = try container.decodeIfPresent(Double.self, forKey: Key("learning-rate")) {
            learningRate = value
        }
        if let value = try container.decodeIfPresent(Double.self, forKey: Key("clip")) {
            clip = value
        }
        if let value = try container.decodeIfPresent(Double.self, forKey: Key("qk-clip")) {
            qkClip = value
        }
        if let value = try container.decodeIfPresent(Bool.self, forKey: Key("relative-rate")) {
            relativeRate = value
        }
        if let value = try container.decodeIfPresent(Double.self, forKey: Key("average")) {
            average = value
        }
        let decay = try container.decodeIfPresent(
            WeightDecayConfiguration.self, forKey: Key("weight-decay"))
        if let decay { weightDecay = decay }
    }

    /// Writes the keys that the rule takes.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(rule, forKey: Key("rule"))
        if refusal(of: "learning-rate") == nil {
            try container.encode(learningRate, forKey: Key("learning-rate"))
        }
        for (key, value) in options.values {
            switch value {
            case .number(let number): try container.encode(number, forKey: Key(key))
            case .flag(let flag): try container.encode(flag, forKey: Key(key))
            case .word(let word): try container.encode(word, forKey: Key(key))
            case .words(let words): try container.encode(words, forKey: Key(key))
            }
        }
        if refusal(of: "clip") == nil { try container.encode(clip, forKey: Key("clip")) }
        try container.encode(qkClip, forKey: Key("qk-clip"))
        try container.encode(relativeRate, forKey: Key("relative-rate"))
        try container.encode(average, forKey: Key("average"))
        if refusal(of: "weight-decay") == nil {
            try container.encode(weightDecay, forKey: Key("weight-decay"))
        }
    }
}
