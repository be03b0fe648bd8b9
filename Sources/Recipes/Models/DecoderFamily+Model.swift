import Modules
import Programs
import Training

extension DecoderFamily {
    /// The family that computes what a model computes.
    ///
    /// - Parameter model: The model, with what the parametrisation makes of its branches.
    /// - Returns: Llama where neither queries nor branches are normalised further.
    /// - Throws: ``Training/ConfigurationError`` that names the feature which no family has.
    static func of(_ model: ModelConfiguration) throws(ConfigurationError) -> DecoderFamily {
        try requireParts(model)
        let isForced = model.forcedLogits > 0
        switch (model.blockNorm, model.qkNorm, model.qkNormSpan) {
        case (.pre, false, _): return isForced ? .qwen3 : .llama
        case (.pre, true, .head): return .qwen3
        case (.output, true, .full): return .olmo2
        case (.pre, true, .full):
            throw refusal(
                "model.qk-norm-span", "full with model.block-norm pre",
                "Qwen 3 normalises each head, OLMo 2 after each branch")
        case (.output, _, _):
            throw refusal(
                "model.block-norm", "output without model.qk-norm and model.qk-norm-span full",
                "OLMo 2 has all three")
        case (.sandwich, _, _):
            throw refusal(
                "model.block-norm", "sandwich", "Gemma 2 has it, whose export is not supported")
        }
    }

    private static func refusal(
        _ key: String, _ value: String, _ why: String
    ) -> ConfigurationError {
        .impossible(
            key: key,
            reason: "\(value) cannot be exported with --format huggingface: \(why)")
    }

    /// Refuses what none of the families has.
    private static func requireParts(_ model: ModelConfiguration) throws(ConfigurationError) {
        let kinds = "Llama, Qwen 3 and OLMo 2 have"
        func require(
            _ holds: Bool, _ key: String, _ value: String, _ why: String
        ) throws(ConfigurationError) {
            if !holds { throw refusal(key, value, why) }
        }
        try require(
            model.normalization == .rmsNorm, "model.normalization", model.normalization.rawValue,
            "\(kinds) rms-norm")
        try require(
            !model.qkNorm || model.queryKeyNormalization == .rmsNorm, "model.qk-norm-kind",
            model.queryKeyNormalization.rawValue, "\(kinds) rms-norm")
        try require(
            model.mlp.isGated, "model.mlp", model.mlp.rawValue,
            "\(kinds) an MLP with a gate: swiglu or geglu")
        try require(
            model.attentionSoftcap == 0, "model.attention-softcap", "\(model.attentionSoftcap)",
            "Gemma 2 has one, whose export is not supported")
        try require(
            model.outputSoftcap == 0, "model.output-softcap", "\(model.outputSoftcap)",
            "Gemma 2 has one, whose export is not supported")
        try require(
            !model.embeddingNorm, "model.embedding-norm", "true",
            "\(kinds) none, and it is no factor of the embedding")
        try require(
            model.biases == .none, "model.biases", model.biases.rawValue,
            "the families that can be exported have none")
        try require(
            !model.normUnitOffset, "model.norm-unit-offset", "true",
            "Gemma 2 has it, whose export is not supported")
        try require(
            model.embeddingScale == .none, "model.embedding-scale", model.embeddingScale.rawValue,
            "Gemma 2 has it, whose export is not supported")
        try require(
            model.rotaryScaling.kind == .none, "model.rotary-scaling.kind",
            model.rotaryScaling.kind.rawValue, "wavelengths are exported as the base says")
        try require(
            model.window(of: 0, over: model.context) == nil, "model.attention-window",
            "\(model.attentionWindow)", "\(kinds) attention to all of the context")
        try require(
            model.attentionGate == .none, "model.attention-gate", model.attentionGate.rawValue,
            "\(kinds) none")
        try require(
            model.sigmaReparam == .none, "model.sigma-reparam", model.sigmaReparam.rawValue,
            "the largest singular value is computed in each forward pass, not stored")
        try require(
            model.forcedLogits == 0 || !model.qkNorm, "model.forced-logits",
            "\(model.forcedLogits) with model.qk-norm", "two norms in a row are in no family")
        try require(
            model.forcedLogits == 0 || model.blockNorm == .pre, "model.forced-logits",
            "\(model.forcedLogits) with model.block-norm \(model.blockNorm.rawValue)",
            "Qwen 3, whose norms of queries and keys say it, has norms before branches")
        try require(
            model.headDimension.isMultiple(of: 2), "model.head-dimension",
            "\(model.headDimension)", "rotary positions rotate pairs")
    }
}
