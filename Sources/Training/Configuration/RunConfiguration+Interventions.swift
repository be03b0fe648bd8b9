import Modular
import Modules
import Optimizers
import Programs

extension RunConfiguration {
    /// Checks the keys of interventions, and that none of them is without effect.
    func validateInterventions() throws(ConfigurationError) {
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
        try validateDense()
        try validateSigmaReparam()
        try validateClip()
        try validateRelativeRate()
        try validatePlainModel()
        try validateDeviation()
    }

    /// Rotary scaling and windows whose parts belong together.
    private func validateDense() throws(ConfigurationError) {
        if model.globalEvery > 0, model.attentionWindow == 0 {
            throw .impossible(
                key: "model.global-every",
                reason: "without a window all blocks attend to all tokens; set "
                    + "model.attention-window")
        }
        let (scaling, plain) = (model.rotaryScaling, RotaryScaling())
        if scaling.kind == .none, scaling.factor != plain.factor {
            throw .impossible(
                key: "model.rotary-scaling.factor",
                reason: "without model.rotary-scaling.kind it does nothing; set that to linear, "
                    + "ntk, yarn or llama3")
        }
        if scaling.kind == .llama3, scaling.highFrequencyFactor <= scaling.lowFrequencyFactor {
            throw .impossible(
                key: "model.rotary-scaling.high-frequency-factor",
                reason: "\(scaling.highFrequencyFactor) is not above low-frequency-factor, "
                    + "\(scaling.lowFrequencyFactor); raise it")
        }
        if scaling.kind == .yarn, scaling.betaFast <= scaling.betaSlow {
            throw .impossible(
                key: "model.rotary-scaling.beta-fast",
                reason: "\(scaling.betaFast) is not above beta-slow, \(scaling.betaSlow); raise it")
        }
    }

    /// One deviation for all takes a parametrisation whose starts are relative to the base model's.
    private func validateDeviation() throws(ConfigurationError) {
        guard model.initDeviation > 0 else { return }
        switch parametrization.kind {
        case .standard, .muPSimple, .muP, .completeP: return
        case .spectral, .unitScaledMuP, .modular:
            throw .impossible(
                key: "model.init-deviation",
                reason: "\(parametrization.kind.rawValue) says itself where matrices start; remove "
                    + "the key, or set parametrization.kind to standard, mup-simple, mup or "
                    + "completep")
        }
    }

    /// What σ(W) divides has a direction, and γ a size that fits every width.
    private func validateSigmaReparam() throws(ConfigurationError) {
        guard model.sigmaReparam != .none else {
            guard model.sigmaReparamGamma == ModelConfiguration().sigmaReparamGamma else {
                throw .impossible(
                    key: "model.sigma-reparam-gamma",
                    reason: "without model.sigma-reparam there is no γ; set that to attention, "
                        + "hidden or all")
            }
            return
        }
        for (key, gain, part) in [
            ("hidden", model.initGain.hidden, SigmaReparam.attention),
            ("head", model.initGain.head, .all),
        ] where gain == 0 && model.sigmaReparam.includes(part) {
            throw .impossible(
                key: "model.init-gain.\(key)",
                reason:
                    "a matrix of zeros has no direction that model.sigma-reparam could keep; set "
                    + "it above 0")
        }
        let kind = parametrization.kind
        if kind == .muP || kind == .completeP {
            throw .impossible(
                key: "model.sigma-reparam",
                reason: "\(kind.rawValue) starts queries at zero, which have no direction to keep; "
                    + "choose mup-simple or spectral as parametrization.kind")
        }
        guard model.sigmaReparam.includes(.all) else { return }
        if model.tiedHead {
            throw .impossible(
                key: "model.sigma-reparam",
                reason: "all takes in the head, which model.tied-head makes the table of the "
                    + "embedding; set it to hidden")
        }
        if kind != .standard && kind != .muPSimple && kind != .modular {
            throw .impossible(
                key: "model.sigma-reparam",
                reason:
                    "all gives the head one spectral norm at every width, which \(kind.rawValue) "
                    + "scales; set it to hidden")
        }
    }

    private func validateClip() throws(ConfigurationError) {
        guard optimizer.qkClip > 0 else { return }
        if model.sigmaReparam != .none {
            throw .impossible(
                key: "optimizer.qk-clip",
                reason: "logits do not depend on the size of query and key weights with "
                    + "model.sigma-reparam; choose one of them")
        }
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

    /// The algebra knows the plain transformer alone: any key that it does not read is left at its default.
    private func validatePlainModel() throws(ConfigurationError) {
        guard parametrization.kind == .modular else { return }
        let plain = RunConfiguration()
        for key in KeyTable.model {
            let isExpressed =
                ProxyAlgebra.keys.contains(key.path)
                && !(key.path == "model.mlp" && model.mlp == .reluSquared)
            if isExpressed || key.value(in: self) == key.value(in: plain) { continue }
            throw .impossible(
                key: key.path,
                reason: "modular knows no sensitivity of a network with it; remove the key, or "
                    + "choose another parametrization.kind")
        }
    }
}
