import Modules
import Optimizers

extension KeyTable {
    /// The keys of `optimizer` that a rule takes, in the order of configuration files.
    ///
    /// - Parameter type: A rule of the catalog.
    /// - Returns: The keys, of which the rule's own stand in the middle.
    static func optimizer(_ type: any ConfigurableRule.Type) -> [ConfigurationKey] {
        var keys: [ConfigurationKey] = [rule]
        if type.unsupportedKeys["learning-rate"] == nil { keys.append(learningRate) }
        keys += type.options.map(option)
        if type.unsupportedKeys["clip"] == nil { keys.append(clip) }
        keys += [qkClip, relativeRate, average]
        if type.unsupportedKeys["weight-decay"] == nil { keys += weightDecay }
        return keys
    }

    private static let rule = ConfigurationKey(
        "optimizer.rule", .word(OptimizerCatalog.names), unit: "", off: nil,
        "Update rule; it decides which other keys of optimizer there are.",
        read: { .word($0.optimizer.rule) },
        write: { if case .word(let word) = $0 { $1.optimizer.rule = word } })

    private static let learningRate = ConfigurationKey.number(
        "optimizer.learning-rate", \.optimizer.learningRate, .positive,
        "Peak learning rate.")

    private static let clip = ConfigurationKey.number(
        "optimizer.clip", \.optimizer.clip, .nonNegative, off: 0,
        "Largest global norm of the gradients; 0 for no clipping.")

    private static let qkClip = ConfigurationKey.number(
        "optimizer.qk-clip", \.optimizer.qkClip, .nonNegative, off: 0,
        "Largest attention logit, beyond which queries and keys are scaled down; 0 for none.")

    private static let relativeRate = ConfigurationKey.flag(
        "optimizer.relative-rate", \.optimizer.relativeRate,
        "Whether each tensor's learning rate is multiplied by its root mean square.")

    private static let average = ConfigurationKey.number(
        "optimizer.average", \.optimizer.average, .fraction, off: 0,
        "Decay of the mean of weights that is evaluated in their place; 0 for none.")

    private static let weightDecay: [ConfigurationKey] = [
        .word(
            "optimizer.weight-decay.form", \.optimizer.weightDecay.form, off: Decay.Form.none,
            "Formula of the weight decay."),
        .number(
            "optimizer.weight-decay.rate", \.optimizer.weightDecay.rate, .nonNegative, off: 0,
            "Rate of the weight decay, in units of its form."),
        .words(
            "optimizer.weight-decay.exclude", \.optimizer.weightDecay.exclude,
            "Roles of parameters that do not decay."),
        .whole(
            "optimizer.weight-decay.reference-steps", \.optimizer.weightDecay.referenceSteps,
            0...1_000_000_000, unit: "steps", off: 0,
            "Length of run the rate is for: it is scaled by this over steps; 0 for no scaling."),
        .flag(
            "optimizer.weight-decay.cautious", \.optimizer.weightDecay.cautious,
            "Whether only elements decay whose step points the same way."),
    ]

    /// The key of a rule's own option.
    static func option(_ option: RuleOption) -> ConfigurationKey {
        let name = option.key
        return ConfigurationKey(
            "optimizer.\(name)", domain(of: option), unit: "", off: nil, meanings[name] ?? "",
            read: { $0.optimizer[name].map(KeyValue.init) },
            write: { $1.optimizer[name] = OptionValue($0) })
    }

    private static func domain(of option: RuleOption) -> KeyDomain {
        switch option.domain {
        case .fraction: .number(.fraction)
        case .nonNegative: .number(.nonNegative)
        case .positive: .number(.positive)
        case .flag: .flag
        case .word(let words): .word(words)
        case .words: .words([])
        }
    }

    /// What the rules' own keys say; rules that share a key mean the same by it.
    private static let meanings = [
        "beta1": "Decay of Adam's mean of gradients.",
        "beta2": "Decay of Adam's mean of squared gradients.",
        "epsilon": "Added to the denominator of the step.",
        "momentum": "Decay of the mean of gradients.",
        "nesterov": "Whether the step looks one momentum step ahead.",
        "scale": "Size of the step: a factor for adam-atan2, a convention for muon.",
        "damping": "Factor on the second argument of the arctangent.",
        "radius": "Norm of the ball or sphere that matrices are kept on.",
        "embedding-radius": "Norm of the embedding's ball.",
        "head-radius": "Norm of the head's ball.",
        "constrained": "Whether weights are kept in their ball, or only steps are bounded.",
        "bound": "Largest singular value that a matrix keeps.",
        "gain": "Factor on the step that the rule finds.",
        "trust-coefficient": "Size of a step over that of the weights.",
        "matrices": "Roles, or parts of paths, of what the rule moves; AdamW moves the rest.",
        "auxiliary-rate": "Learning rate of what AdamW moves over that of the matrices.",
        "cautious": "Whether elements stay whose step disagrees with the gradient.",
        "split-heads": "Whether each head's block of attention's matrices is orthogonalized alone.",
        "row-decay": "Decay of the mean square of each row of the update.",
        "orthogonalization": "Coefficients of the Newton-Schulz iteration.",
        "orthogonalization-type": "Type that operands of its products are rounded to.",
    ]
}

extension KeyValue {
    /// The value of an optimizer's own key.
    fileprivate init(_ value: OptionValue) {
        self =
            switch value {
            case .number(let number): .number(number)
            case .flag(let flag): .flag(flag)
            case .word(let word): .word(word)
            case .words(let words): .words(words)
            }
    }
}

extension OptionValue {
    /// The value as an optimizer keeps it; nil for kinds that optimizers have no keys of.
    fileprivate init?(_ value: KeyValue) {
        switch value {
        case .number(let number): self = .number(number)
        case .flag(let flag): self = .flag(flag)
        case .word(let word): self = .word(word)
        case .words(let words): self = .words(words)
        case .whole, .seed: return nil
        }
    }
}
