import Modules
import Optimizers

extension RunConfiguration {
    /// Checks the keys of interventions, and that none of them is without effect.
    func validateInterventions() throws(ConfigurationError) {
        for (key, value) in [
            ("model.forced-logits", model.forcedLogits),
            ("model.attention-softcap", model.attentionSoftcap),
            ("model.output-softcap", model.outputSoftcap), ("optimizer.qk-clip", optimizer.qkClip),
        ] where !(value.isFinite && value >= 0) {
            throw .impossible(
                key: key, reason: "\(value) is not a number of at least 0, which is none")
        }
        if !model.qkNorm {
            let defaults = ModelConfiguration()
            for (key, isSet) in [
                ("kind", model.qkNormKind != defaults.qkNormKind),
                ("span", model.qkNormSpan != defaults.qkNormSpan),
                ("gain", model.qkNormGain != defaults.qkNormGain),
            ] where isSet {
                throw .impossible(
                    key: "model.qk-norm-\(key)",
                    reason: "without a norm it does nothing; set model.qk-norm to true")
            }
        }
        if model.forcedLogits > 0, model.qkNorm {
            throw .impossible(
                key: "model.forced-logits",
                reason: "rescales what model.qk-norm has normalised; choose one of them")
        }
        try validateClip()
        try validateRelativeRate()
        try validatePlainModel()
    }

    private func validateClip() throws(ConfigurationError) {
        guard optimizer.qkClip > 0 else { return }
        if model.qkNorm || model.forcedLogits > 0 {
            throw .impossible(
                key: "optimizer.qk-clip",
                reason: "logits do not depend on the size of query and key weights with "
                    + (model.qkNorm ? "model.qk-norm" : "model.forced-logits")
                    + "; choose one of them")
        }
        // Another error names a rule or a model that cannot be built.
        guard optimizer.type != nil, let parameters = try? ProxyTransformer(model).parameters()
        else { return }
        let constrained = parameters.first {
            ($0.path.hasSuffix(".query") || $0.path.hasSuffix(".key")) && rule.constrains($0)
        }
        if let constrained {
            throw .impossible(
                key: "optimizer.qk-clip",
                reason: "\(optimizer.rule) keeps \(constrained.path) on a surface that clipping "
                    + "leaves; choose another optimizer.rule, or set it to 0")
        }
    }

    private func validateRelativeRate() throws(ConfigurationError) {
        guard optimizer.relativeRate else { return }
        if let reason = optimizer.refusal(of: "learning-rate") {
            throw .impossible(key: "optimizer.relative-rate", reason: reason)
        }
    }

    /// The algebra knows the plain transformer alone.
    private func validatePlainModel() throws(ConfigurationError) {
        guard parametrization.kind == .modular else { return }
        let plain = ModelConfiguration()
        for (key, isSet) in [
            ("qk-norm-kind", model.qkNormKind != plain.qkNormKind),
            ("qk-norm-span", model.qkNormSpan != plain.qkNormSpan),
            ("qk-norm-gain", model.qkNormGain != plain.qkNormGain),
            ("forced-logits", model.forcedLogits != 0),
            ("attention-softcap", model.attentionSoftcap != 0),
            ("output-softcap", model.outputSoftcap != 0),
            ("block-norm", model.blockNorm != plain.blockNorm),
            ("embedding-norm", model.embeddingNorm),
            ("residual-scale", model.residualScale != plain.residualScale),
        ] where isSet {
            throw .impossible(
                key: "model.\(key)",
                reason: "modular knows no sensitivity of a network with it; remove the key, or "
                    + "choose another parametrization.kind")
        }
    }
}
