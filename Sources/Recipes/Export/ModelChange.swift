package import Inspection
import Modules
import Optimizers
import Training

/// What a recipe has that its family's own model and optimizer have not.
package struct ModelChange: Sendable {
    /// The intervention or the parametrisation.
    package let name: String
    /// What it does, in a line.
    package let summary: String
    /// Where it is published, by its arXiv id.
    package let source: String
    /// How code has it.
    package let form: Form
    /// Parameters that it adds.
    package var names: [(name: String, kind: TensorRole.Kind)] = []

    /// How code has a change.
    package enum Form: Sendable, Hashable {
        /// It is in the groups, the schedule or the loss.
        case included
        /// These lines of Python, the body of a function of `model`.
        case python(String)
        /// It has to be made by hand.
        case byHand
    }

    /// A change as the catalog of interventions describes it.
    private init(
        _ intervention: String, _ form: Form,
        names: [(name: String, kind: TensorRole.Kind)] = []
    ) {
        let known = InterventionCatalog.named(intervention)
        self.init(
            intervention, known?.summary ?? "", source: known?.source ?? "", form, names: names)
    }

    private init(
        _ name: String, _ summary: String, source: String, _ form: Form,
        names: [(name: String, kind: TensorRole.Kind)] = []
    ) {
        self.name = name
        self.summary = summary
        self.source = source
        self.form = form
        self.names = names
    }

    /// The changes of a recipe at the sizes of its model.
    ///
    /// - Parameters:
    ///   - configuration: The recipe.
    ///   - family: A `model_type`.
    ///   - own: Whose names the parameters have.
    /// - Returns: Those of the model, then those of training.
    static func of(
        _ configuration: RunConfiguration, family: String, own: ExportFamily
    ) -> [ModelChange] {
        let model = configuration.resolvedModel
        let plain = ModelConfiguration()
        var changes: [ModelChange] = []
        func add(_ isThere: Bool, _ change: @autoclosure () -> ModelChange) {
            if isThere { changes.append(change()) }
        }
        let isGemma = family == "gemma2"
        add(
            model.qkNorm && family != "qwen3" && !family.hasPrefix("olmo2"),
            queryKeyNorm(model, own))
        add(model.attentionSoftcap > 0 && !isGemma, ModelChange("attention-softcap", .byHand))
        add(
            model.outputSoftcap > 0 && !isGemma,
            ModelChange("output-softcap", .python(softcap(model.outputSoftcap))))
        add(
            model.attentionScale == .inverse,
            ModelChange("attention-scale-inverse", .python(scale(model, own))))
        let norms: BlockNorm = isGemma ? .sandwich : family.hasPrefix("olmo2") ? .output : .pre
        add(
            model.blockNorm != norms,
            ModelChange(
                "block-norm", "norms of blocks stand at: \(model.blockNorm.rawValue)",
                source: "arXiv 2501.00656; 2105.13290, section 2.4", .byHand))
        add(model.embeddingNorm, ModelChange("embedding-norm", .byHand))
        add(
            model.embeddingScale == .squareRootOfWidth && !isGemma,
            ModelChange(
                "embedding-scale", "multiplies embedded tokens by √width",
                source: "arXiv 1706.03762, section 3.4",
                .python(embedded(Double(model.width).squareRoot()))))
        add(
            model.attentionGate != .none,
            ModelChange(
                "attention-gate",
                "multiplies the outputs of heads by a logistic of the block's input, one a "
                    + model.attentionGate.rawValue, source: "arXiv 2505.06708", .byHand))
        add(model.forcedLogits > 0, ModelChange("forced-logits", .byHand))
        add(model.sigmaReparam != plain.sigmaReparam, ModelChange("sigma-reparam", .byHand))
        add(
            model.branchScale != 1,
            ModelChange(
                "branch-scale", "multiplies what attention and MLP add by \(model.branchScale)",
                source: configuration.parametrization.kind.source ?? "arXiv 2310.02244",
                norms == .pre ? .python(branches(model, own)) : .byHand))
        add(
            model.tiedHead && model.readoutScale != 1,
            ModelChange(
                "readout-scale", "multiplies what the tied head reads by \(model.readoutScale)",
                source: "arXiv 2203.03466, section B.1", .python(readout(model.readoutScale))))
        return changes + training(configuration)
    }

    /// What is in the groups, the schedule or the loss.
    private static func training(_ configuration: RunConfiguration) -> [ModelChange] {
        let (optimizer, kind) = (configuration.optimizer, configuration.parametrization.kind)
        var changes: [ModelChange] = []
        if configuration.loss.zLoss > 0 { changes.append(ModelChange("z-loss", .included)) }
        if optimizer.clip > 0 { changes.append(ModelChange("clip", .included)) }
        if optimizer.qkClip > 0 { changes.append(ModelChange("qk-clip", .byHand)) }
        if optimizer.weightDecay.form == .independent, optimizer.weightDecay.rate > 0 {
            changes.append(ModelChange("decay-independent", .included))
        }
        if optimizer.weightDecay.form == .corrected, optimizer.weightDecay.rate > 0 {
            changes.append(ModelChange("adamc", .included))
        }
        if kind != .standard, let source = kind.source {
            changes.append(
                ModelChange(
                    kind.rawValue,
                    "learning rates and initialisation by width and depth, from base width "
                        + "\(configuration.parametrization.baseWidth)", source: source, .included))
        }
        return changes
    }

    // MARK: - Python

    private static func templates(
        _ kinds: [TensorRole.Kind], _ own: ExportFamily
    ) -> String? {
        let names = own.names.filter { kinds.contains($0.kind) }.map { "\"\($0.name)\"" }
        return names.isEmpty ? nil : names.joined(separator: ", ")
    }

    private static func queryKeyNorm(
        _ model: ModelConfiguration, _ own: ExportFamily
    ) -> ModelChange {
        guard let templates = templates([.query, .key], own), model.qkNormSpan == .head else {
            return ModelChange("qk-norm", .byHand)
        }
        let affine = model.qkNormGain == .learned ? "True" : "False"
        let norm =
            model.queryKeyNormalization == .rmsNorm
            ? "torch.nn.RMSNorm(head, eps=\(model.normEpsilon), elementwise_affine=\(affine))"
            : "torch.nn.LayerNorm(head, eps=\(model.normEpsilon), elementwise_affine=\(affine), "
                + "bias=False)"
        let names = own.names.filter { $0.kind == .query || $0.kind == .key }.map { name, kind in
            (name: name + ".head_norm", kind: kind == .query ? TensorRole.Kind.queryNorm : .keyNorm)
        }
        return ModelChange(
            "qk-norm",
            .python(
                """
                head = \(model.headDimension)
                for module in modules(model, \(templates)):
                    norm = \(norm)
                    module.head_norm = norm.to(module.weight.device)
                    module.register_forward_hook(
                        lambda m, _, y: m.head_norm(y.unflatten(-1, (-1, head))).flatten(-2)
                    )
                """), names: model.qkNormGain == .learned ? names : [])
    }

    private static func softcap(_ cap: Double) -> String {
        """
        cap = \(cap)
        model.get_output_embeddings().register_forward_hook(
            lambda m, _, y: cap * torch.tanh(y / cap)
        )
        """
    }

    private static func scale(_ model: ModelConfiguration, _ own: ExportFamily) -> String {
        """
        found = [m for m in model.modules() if isinstance(getattr(m, "scaling", None), float)]
        if not found:
            raise ValueError("no attention of this model has a factor called scaling; set it by hand")
        for module in found:
            module.scaling = \(model.attentionScale.factor(model.headDimension))
        """
    }

    private static func branches(_ model: ModelConfiguration, _ own: ExportFamily) -> String {
        """
        for module in modules(model, \(templates([.attentionOutput, .down], own) ?? "")):
            module.register_forward_hook(lambda m, _, y: \(model.branchScale) * y)
        """
    }

    private static func embedded(_ scale: Double) -> String {
        """
        model.get_input_embeddings().register_forward_hook(lambda m, _, y: \(scale) * y)
        """
    }

    private static func readout(_ scale: Double) -> String {
        """
        model.get_output_embeddings().register_forward_pre_hook(
            lambda m, x: (\(scale) * x[0], *x[1:])
        )
        """
    }
}

extension Parametrization.Kind {
    /// Where it is published; nil for the standard one.
    fileprivate var source: String? {
        switch self {
        case .standard: nil
        case .muPSimple: "arXiv 2309.14322, section 3.3"
        case .muP: "arXiv 2203.03466, table 3; 2309.14322, appendix E"
        case .spectral: "arXiv 2310.17813, parametrisation 1"
        case .completeP: "arXiv 2505.01618"
        case .unitScaledMuP: "arXiv 2407.17465, table 2"
        case .modular: "arXiv 2405.14813; 2410.21265"
        }
    }
}
