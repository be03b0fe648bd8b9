public import Modular
public import Modules
public import Optimizers
public import OrderedCollections
import Tensors

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
        func requirePositive(_ value: Int, _ key: String) throws(ConfigurationError) {
            try require(value > 0, key, "\(value) is not positive")
        }
        func requireReal(_ value: Double, _ key: String, from low: Double)
            throws(ConfigurationError)
        {
            try require(
                value.isFinite && value >= low, key, "\(value) is not a number of at least \(low)")
        }
        try requirePositive(model.width, "model.width")
        try requirePositive(model.depth, "model.depth")
        try requirePositive(model.headDimension, "model.head-dimension")
        try requirePositive(model.context, "model.context")
        try requirePositive(model.vocabulary, "model.vocabulary")
        try requirePositive(model.mlpRatio, "model.mlp-ratio")
        try require(
            model.width % model.headDimension == 0, "model.width",
            "\(model.width) is not a multiple of model.head-dimension, \(model.headDimension); "
                + nearestWidths)
        try require(
            model.headDimension % 2 == 0, "model.head-dimension",
            "\(model.headDimension) is odd, and rotary positions turn pairs")
        try require(
            [.f32, .bf16].contains(model.elementType), "model.element-type",
            "\(model.elementType.rawValue) is not a type of matrix products; there are f32 and bf16"
        )
        try requireReal(model.branchScale, "model.branch-scale", from: 0)
        try validateInterventions()
        try requirePositive(parametrization.baseDepth, "parametrization.base-depth")
        try requirePositive(parametrization.baseWidth, "parametrization.base-width")
        try require(
            parametrization.kind == .standard || parametrization.kind == .modular
                || parametrization.baseWidth % model.headDimension == 0,
            "parametrization.base-width",
            "\(parametrization.baseWidth) is not a multiple of model.head-dimension, "
                + "\(model.headDimension), which the base model shares")
        try validateModular()
        try requireReal(model.normEpsilon, "model.norm-epsilon", from: 0)
        try require(model.rotaryBase > 1, "model.rotary-base", "\(model.rotaryBase) is not above 1")
        for (key, gain) in [
            ("embedding", model.initGain.embedding), ("hidden", model.initGain.hidden),
            ("head", model.initGain.head),
        ] {
            try requireReal(gain, "model.init-gain.\(key)", from: 0)
        }
        try validateOptimizer()
        try requireReal(optimizer.weightDecay.rate, "optimizer.weight-decay.rate", from: 0)
        try require(
            optimizer.weightDecay.referenceSteps >= 0, "optimizer.weight-decay.reference-steps",
            "\(optimizer.weightDecay.referenceSteps) is negative; 0 takes the rate as it stands")
        try require(
            (0..<1).contains(schedule.warmup), "schedule.warmup",
            "\(schedule.warmup) is not a fraction in 0 ..< 1")
        try require(
            (0...1).contains(schedule.floor), "schedule.floor",
            "\(schedule.floor) is not a fraction in 0 ... 1")
        try require(
            (0...1).contains(schedule.cooldown), "schedule.cooldown",
            "\(schedule.cooldown) is not a fraction in 0 ... 1")
        try require(
            schedule.shape != .stable || schedule.warmup + schedule.cooldown <= 1,
            "schedule.cooldown",
            "\(schedule.cooldown) and schedule.warmup, \(schedule.warmup), are more than the run")
        try requireReal(loss.zLoss, "loss.z-loss", from: 0)
        try require(!data.text.isEmpty, "data.text", "no text is named")
        try requirePositive(data.batch, "data.batch")
        try requirePositive(steps, "steps")
        try require(evaluation.every >= 0, "evaluation.every", "\(evaluation.every) is negative")
        try requirePositive(evaluation.batches, "evaluation.batches")
        try requirePositive(telemetry.every, "telemetry.every")
        try require(
            telemetry.spectralEvery >= 0, "telemetry.spectral-every",
            "\(telemetry.spectralEvery) is negative")
        try require(
            !telemetry.spectrum || telemetry.spectralEvery > 0, "telemetry.spectrum",
            "is measured at the steps of telemetry.spectral-every, which is 0; set that too")
        try require(checkpoints.every >= 0, "checkpoints.every", "\(checkpoints.every) is negative")
        try requirePositive(checkpoints.keep, "checkpoints.keep")
    }
}

extension RunConfiguration {
    /// Checks the rule's name, its own keys, and the parameters that it would move.
    private func validateOptimizer() throws(ConfigurationError) {
        guard let type = optimizer.type else {
            let names = OptimizerCatalog.names.joined(separator: ", ")
            throw .impossible(
                key: "optimizer.rule",
                reason: "no optimizer is called \(optimizer.rule); there are \(names)")
        }
        guard optimizer.learningRate.isFinite, optimizer.learningRate > 0 else {
            throw .impossible(
                key: "optimizer.learning-rate",
                reason: "\(optimizer.learningRate) is not a positive number")
        }
        guard optimizer.clip.isFinite, optimizer.clip >= 0 else {
            throw .impossible(
                key: "optimizer.clip",
                reason: "\(optimizer.clip) is not a number of at least 0.0")
        }
        for option in type.options {
            if let value = optimizer[option.key], let reason = option.objection(to: value) {
                throw .impossible(key: "optimizer.\(option.key)", reason: reason)
            }
        }
        if optimizer.learningRate != 1, let reason = type.refusals["learning-rate"] {
            throw .impossible(key: "optimizer.learning-rate", reason: reason)
        }
        if optimizer.clip != 0, let reason = type.refusals["clip"] {
            throw .impossible(key: "optimizer.clip", reason: reason)
        }
        guard type.decayForms.contains(optimizer.weightDecay.form) else {
            let forms = type.decayForms.map(\.rawValue).joined(separator: ", ")
            throw .impossible(
                key: "optimizer.weight-decay.form",
                reason: "\(optimizer.rule) knows no \(optimizer.weightDecay.form.rawValue) decay; "
                    + (type.refusals["weight-decay"] ?? "choose one of \(forms)"))
        }
        if schedule.shape != .constant || schedule.warmup != 0,
            let reason = type.refusals["schedule"]
        {
            throw .impossible(
                key: schedule.shape != .constant ? "schedule.shape" : "schedule.warmup",
                reason: reason)
        }
        try checkParameters(type.init(optimizer.options, decay: decay))
    }

    /// Checks that the rule can move the model's parameters.
    private func checkParameters(_ rule: any ConfigurableRule) throws(ConfigurationError) {
        guard rule is any MatrixRule else { return }
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
        let masses = parametrization.masses
        for (key, mass) in [
            ("embedding", masses.embedding), ("blocks", masses.blocks), ("head", masses.head),
        ] where !(mass.isFinite && mass > 0) {
            throw .impossible(
                key: "parametrization.masses.\(key)",
                reason:
                    "\(mass) is not a positive number; for a part that is to move little, take a "
                    + "small one")
        }
        guard parametrization.kind == .modular else { return }
        guard optimizer.type?.takesShares ?? true else {
            let names = OptimizerCatalog.all.map { Swift.type(of: $0) }.filter { $0.takesShares }
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

    /// The model in the modular algebra, for a modular parametrisation.
    ///
    /// - Returns: The algebra; nil for another parametrisation.
    public func algebra() -> ProxyAlgebra? {
        guard parametrization.kind == .modular else { return nil }
        return ProxyAlgebra(resolvedModel, masses: parametrization.masses)
    }

    /// The model with what the parametrisation makes of its branches.
    public var resolvedModel: ModelConfiguration {
        var model = model
        model.branchScale *= parametrization.branchScale(depth: model.depth)
        if model.residualScale != .constant {
            model.branchScale *= model.residualScale.factor(depth: model.depth)
        }
        return model
    }

    /// The factors of each parameter, by path.
    ///
    /// - Throws: ``ProgramError`` when the configuration does not fit together.
    public func multipliers() throws -> OrderedDictionary<String, Multipliers> {
        if let algebra = algebra() { return algebra.multipliers() }
        let model = ProxyTransformer(resolvedModel)
        let rule = rule
        let parameters = try model.parameters()
        var table: OrderedDictionary<String, Multipliers> = [:]
        var tables: [UpdateScale: OrderedDictionary<String, Multipliers>] = [:]
        for parameter in parameters {
            // A rule for matrices leaves the others to another rule.
            let mover = rule.plan(for: parameter, among: parameters.count).rule
            let scale = OptimizerCatalog.type(named: mover)?.updateScale ?? .elementwise
            let rows = try tables[scale] ?? model.multipliers(parametrization, scale)
            tables[scale] = rows
            table[parameter.path] = rows[parameter.path]
        }
        return table
    }

    /// The decay of each step: the scaled rate in the named form.
    public var decay: Decay {
        Decay(
            optimizer.weightDecay.form, rate: optimizer.weightDecay.scaledRate(steps: steps))
    }

    /// The optimizer's rule.
    ///
    /// - Precondition: ``validate()`` finds no fault with the optimizer.
    public var rule: any UpdateRule {
        guard let type = optimizer.type else {
            preconditionFailure("no optimizer is called \(optimizer.rule)")
        }
        return type.init(optimizer.options, decay: decay)
    }

    /// Where step `step`, from 1, stands in the schedule.
    public func stepSize(_ step: Int) -> StepSize {
        StepSize(
            step: step, peak: optimizer.learningRate, schedule: schedule.factor(step, of: steps))
    }
}
