import Datasets
import Modules
import Optimizers

extension RunConfiguration {
    /// `the nearest widths are 48 and 64`.
    private var nearestWidths: String {
        let heads = model.width / model.headDimension
        let above = (heads + 1) * model.headDimension
        return heads == 0
            ? "the least width is \(above)"
            : "the nearest widths are \(heads * model.headDimension) and \(above)"
    }

    /// Checks that the values fit together.
    ///
    /// - Throws: ``ConfigurationError/impossible(key:reason:)`` for the first that does not.
    public func validate() throws(ConfigurationError) {
        func require(
            _ condition: Bool, _ key: String, _ reason: @autoclosure () -> String
        ) throws(ConfigurationError) {
            if !condition { throw .impossible(key: key, reason: reason()) }
        }
        try validateRanges()
        try require(
            model.attentionRatio != 1 || model.width % model.headDimension == 0, "model.width",
            "\(model.width) is not a multiple of model.head-dimension, \(model.headDimension); "
                + nearestWidths)
        try require(
            model.heads >= 1, "model.attention-ratio",
            "\(model.attentionRatio) of width \(model.width) is not half a head of "
                + "model.head-dimension, \(model.headDimension); raise it")
        try validateGroups()
        try require(
            model.headDimension % 2 == 0, "model.head-dimension",
            "\(model.headDimension) is odd, and rotary positions turn pairs")
        try validateSizes()
        try validateInterventions()
        try validateBaseModel()
        try validateModular()
        try validateOptimizer()
        try require(
            schedule.shape != .stable || schedule.warmup + schedule.cooldown <= 1,
            "schedule.cooldown",
            "\(schedule.cooldown) and schedule.warmup, \(schedule.warmup), are more than the run")
        try require(
            !data.text.isEmpty || !data.tokens.isEmpty, "data.text", "no text is named")
        try require(
            data.tokens.isEmpty || data.text.isEmpty || data.text == DataConfiguration().text,
            "data.tokens", "is named beside data.text; remove one of them")
        try require(
            !telemetry.spectrum || telemetry.spectralEvery > 0, "telemetry.spectrum",
            "is measured at the steps of telemetry.spectral-every, which is 0; set that too")
    }

    /// Checks each value against the table of keys.
    private func validateRanges() throws(ConfigurationError) {
        guard let table = KeyTable.shared(optimizer.rule) else {
            throw .impossible(
                key: "optimizer.rule",
                reason: "unknown optimizer \(optimizer.rule); there are "
                    + OptimizerCatalog.names.joined(separator: ", "))
        }
        if let (key, reason) = table.objection(to: self) {
            throw .impossible(key: key.path, reason: reason)
        }
        if data.batch % data.accumulation != 0 {
            throw .impossible(
                key: "data.accumulation",
                reason: "\(data.accumulation) micro-batches are no equal parts of "
                    + "\(data.batch) sequences; choose a divisor of data.batch")
        }
    }

    /// Checks that a model without a tokenizer has a token for each byte of a text, and none that no text has.
    ///
    /// - Throws: ``ConfigurationError`` that says what a text needs.
    package func requireByteTokens() throws(ConfigurationError) {
        guard model.vocabulary != 256, textSource.isBytes else { return }
        throw .impossible(
            key: "model.vocabulary",
            reason:
                "\(model.vocabulary) needs a tokenizer: without data.tokenizer text is read as "
                + "bytes, one token each, which need 256; set one, or this to 256")
    }

    /// Checks that heads divide into groups that share keys, in the base model too.
    private func validateGroups() throws(ConfigurationError) {
        let group = model.queryGroupSize
        guard group > 1 else { return }
        var base = model
        base.width = parametrization.baseWidth
        for (key, sized) in [
            ("model.query-group-size", model), ("parametrization.base-width", base),
        ]
        where sized.heads % group != 0 || sized.heads == 0 {
            guard key == "model.query-group-size" || parametrization.hasBaseModel else { continue }
            throw .impossible(
                key: key,
                reason: "\(sized.heads) heads of width \(sized.width) do not divide into groups of "
                    + "\(group) that share keys; choose a width of whole groups")
        }
        if optimizer.qkClip > 0 {
            throw .impossible(
                key: "optimizer.qk-clip",
                reason: "scales the keys of one head, which model.query-group-size gives to "
                    + "\(group); set one of them off")
        }
    }

    /// Checks that the base model has the heads of the model, where multipliers are relative to one.
    private func validateBaseModel() throws(ConfigurationError) {
        if model.tiedHead, parametrization.hasBaseModel, !parametrization.takesTiedHead {
            throw .impossible(
                key: "model.tied-head",
                reason: "one table cannot start and move as parametrization.kind "
                    + "\(parametrization.kind.rawValue) has embedding and head do; set it to "
                    + "false, or parametrization.kind to mup or completep")
        }
        guard parametrization.hasBaseModel, model.attentionRatio == 1,
            parametrization.baseWidth % model.headDimension != 0
        else { return }
        let heads = max(parametrization.baseWidth / model.headDimension, 1)
        throw .impossible(
            key: "parametrization.base-width",
            reason: "\(parametrization.baseWidth) is not a multiple of model.head-dimension, "
                + "\(model.headDimension), which the base model shares; set it to "
                + "\(heads * model.headDimension), or choose another model.head-dimension")
    }
}

extension RunConfiguration {
    /// Checks the rule's name, its own keys, and the parameters that it would move.
    private func validateOptimizer() throws(ConfigurationError) {
        guard let type = optimizer.type else {
            preconditionFailure("RunConfiguration: \(optimizer.rule) is in the table of keys")
        }
        if optimizer.learningRate != 1, let reason = type.unsupportedKeys["learning-rate"] {
            throw .impossible(key: "optimizer.learning-rate", reason: reason)
        }
        if optimizer.clip != 0, let reason = type.unsupportedKeys["clip"] {
            throw .impossible(key: "optimizer.clip", reason: reason)
        }
        guard type.decayForms.contains(optimizer.weightDecay.form) else {
            let forms = type.decayForms.map(\.rawValue).joined(separator: ", ")
            throw .impossible(
                key: "optimizer.weight-decay.form",
                reason: "\(optimizer.rule) knows no \(optimizer.weightDecay.form.rawValue) decay; "
                    + (type.unsupportedKeys["weight-decay"] ?? "choose one of \(forms)"))
        }
        try validateCautiousDecay(type)
        if schedule.shape != .constant, let reason = type.unsupportedKeys["schedule.shape"] {
            throw .impossible(key: "schedule.shape", reason: reason)
        }
        if optimizer.average > 0, let reason = type.unsupportedKeys["optimizer.average"] {
            throw .impossible(key: "optimizer.average", reason: reason)
        }
        if schedule.shape != .constant || schedule.warmup != 0,
            let reason = type.unsupportedKeys["schedule"]
        {
            throw .impossible(
                key: schedule.shape != .constant ? "schedule.shape" : "schedule.warmup",
                reason: reason)
        }
        try checkParameters(type.init(optimizer.options, decay: decay))
    }

    /// Checks that there is a decay which can leave elements out.
    private func validateCautiousDecay(
        _ type: any ConfigurableRule.Type
    ) throws(ConfigurationError) {
        guard optimizer.weightDecay.cautious else { return }
        let key = "optimizer.weight-decay.cautious"
        guard type.decaysCautiously else {
            let names = OptimizerCatalog.all.map { Swift.type(of: $0) }
                .filter { $0.decaysCautiously }.map { $0.name }
            throw .impossible(
                key: key,
                reason: "\(optimizer.rule) decays all elements; set it to false, or "
                    + "optimizer.rule to one of " + names.joined(separator: ", "))
        }
        guard optimizer.weightDecay.form != .coupled else {
            throw .impossible(
                key: key,
                reason: "coupled decay is part of the gradient, whose direction it changes; set "
                    + "optimizer.weight-decay.form to decoupled or independent")
        }
    }

    /// Checks that the rule can move the model's parameters.
    private func checkParameters(_ rule: any ConfigurableRule) throws(ConfigurationError) {
        guard rule is any MatrixRule || rule is ScheduleFree else { return }
        // A model that cannot be built is another error, which building it reports.
        guard let parameters = try? ProxyTransformer(model).parameters() else { return }
        do throws(RuleError) {
            try rule.check(parameters)
        } catch {
            throw .impossible(key: "optimizer.\(error.key)", reason: error.reason)
        }
    }

    /// Checks what a modular parametrisation needs.
    private func validateModular() throws(ConfigurationError) {
        guard parametrization.kind == .modular else { return }
        guard optimizer.type?.takesNormBudget ?? true else {
            let names = OptimizerCatalog.all.map { Swift.type(of: $0) }.filter {
                $0.takesNormBudget
            }
            throw .impossible(
                key: "parametrization.kind",
                reason:
                    "modular hands out shares of a step, which \(optimizer.rule) does not take; "
                    + "set optimizer.rule to "
                    + names.map { $0.name }.joined(separator: " or "))
        }
        guard !model.tiedHead else {
            throw .impossible(
                key: "model.tied-head",
                reason: "modular gives embedding and head norms of their own; set it to false, or "
                    + "choose another parametrization.kind")
        }
        guard model.initGain == InitGain() else {
            throw .impossible(
                key: "model.init-gain",
                reason:
                    "modular starts with matrices of norm one, whatever the gain; remove the key, "
                    + "or choose another parametrization.kind")
        }
    }
}
