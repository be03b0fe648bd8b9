import Modules
import Programs
import Tensors

extension KeyTable {
    /// The keys of `model`, in the order of configuration files.
    static let model = plainModel + denseModel + rotaryScaling + attention

    private static let plainModel: [ConfigurationKey] = [
        .whole(
            "model.width", \.model.width, 1...65_536, unit: "elements",
            "Width of the residual stream, a multiple of model.head-dimension unless "
                + "model.attention-ratio says otherwise."),
        .whole("model.depth", \.model.depth, 1...1_024, unit: "blocks", "Number of blocks."),
        .whole(
            "model.context", \.model.context, 1...1_048_576, unit: "tokens",
            "Tokens in a sequence."),
        .whole(
            "model.vocabulary", \.model.vocabulary, 1...1_048_576, unit: "tokens",
            "Number of distinct tokens; bytes need 256, and a tokenizer sets it where it is not given."
        ),
        .word(
            "model.normalization", \.model.normalization,
            "Kind of all normalizations."),
        .word("model.mlp", \.model.mlp, "Kind of the MLP."),
        .whole(
            "model.head-dimension", \.model.headDimension, 1...65_536, unit: "elements",
            "Width of an attention head, an even number."),
        .number(
            "model.attention-ratio", \.model.attentionRatio,
            NumberRange(0, 64, excludesLower: true), unit: "of the width",
            "Width of all heads together over the model's width; the number of heads is rounded."),
        .whole(
            "model.query-group-size", \.model.queryGroupSize, 1...1_024, unit: "heads", off: 1,
            "Heads of queries that share keys and values; 1 for each its own."),
        .number(
            "model.norm-epsilon", \.model.normEpsilon, NumberRange(0, 1),
            "Added to the variance in normalizations."),
        .flag("model.qk-norm", \.model.qkNorm, "Whether queries and keys are normalized."),
        .word("model.qk-norm-kind", \.model.qkNormKind, "Kind of the qk-norm."),
        .word(
            "model.qk-norm-span", \.model.qkNormSpan,
            "Whether the qk-norm is over each head or over all together."),
        .word("model.qk-norm-gain", \.model.qkNormGain, "Whether the qk-norm has a trained gain."),
        .number(
            "model.forced-logits", \.model.forcedLogits, .nonNegative, off: 0,
            "Mean square that queries and keys are rescaled to; 0 for no rescaling."),
        .number(
            "model.attention-softcap", \.model.attentionSoftcap, .nonNegative, off: 0,
            "Soft cap c of attention logits, c tanh(s/c); 0 for none."),
        .number(
            "model.output-softcap", \.model.outputSoftcap, .nonNegative, off: 0,
            "Soft cap c of output logits, c tanh(z/c); 0 for none."),
        .word(
            "model.block-norm", \.model.blockNorm,
            "Whether blocks normalize before, after, or before and after each branch."),
        .flag(
            "model.embedding-norm", \.model.embeddingNorm, "Whether embedded tokens are normalized."
        ),
        .word(
            "model.sigma-reparam", \.model.sigmaReparam, off: SigmaReparam.none,
            "Which matrices are taken as gamma W / sigma(W)."),
        .word(
            "model.sigma-reparam-gamma", \.model.sigmaReparamGamma,
            "Where the gamma of sigma-reparam start."),
        .word(
            "model.residual-scale", \.model.residualScale,
            "Factor on the output of each branch from the depth L."),
        .number(
            "model.branch-scale", \.model.branchScale, .nonNegative,
            "Factor on the output of each attention and MLP."),
        .word(
            "model.element-type", \.model.elementType, among: [.f32, .bf16],
            "Type that operands of matrix products are rounded to."),
        .number(
            "model.rotary-base", \.model.rotaryBase,
            NumberRange(1, 1e12, excludesLower: true), "Base of the rotary wavelengths."),
        .number(
            "model.mlp-ratio", \.model.mlpRatio, NumberRange(0, 64, excludesLower: true),
            unit: "of the width", "Hidden width of the MLP over the model's width."),
        .word(
            "model.attention-scale", \.model.attentionScale,
            "Factor on attention logits from the head's width."),
        .flag("model.tied-head", \.model.tiedHead, "Whether the head is the embedding."),
        .number(
            "model.init-deviation", \.model.initDeviation, NumberRange(0, 1e6), off: 0,
            "Standard deviation of embedding and matrices at the start, at the base width; 0 for "
                + "one by fan-in."),
        .number(
            "model.init-gain.embedding", \.model.initGain.embedding, .nonNegative,
            "Factor on the embedding's standard deviation at the start."),
        .number(
            "model.init-gain.hidden", \.model.initGain.hidden, .nonNegative,
            "Factor on the standard deviation of hidden matrices at the start."),
        .number(
            "model.init-gain.head", \.model.initGain.head, .nonNegative,
            "Factor on the head's standard deviation at the start."),
    ]

    private static let denseModel: [ConfigurationKey] = [
        .word(
            "model.biases", \.model.biases, off: Biases.none,
            "Which products and normalizations add a bias."),
        .flag(
            "model.norm-unit-offset", \.model.normUnitOffset,
            "Whether parameters of normalizations are gains less one."),
        .word(
            "model.embedding-scale", \.model.embeddingScale, off: EmbeddingScale.none,
            "Factor on embedded tokens."),
    ]

    private static let rotaryScaling: [ConfigurationKey] = [
        .word(
            "model.rotary-scaling.kind", \.model.rotaryScaling.kind, off: RotaryScaling.Kind.none,
            "How rotary wavelengths are stretched."),
        .number(
            "model.rotary-scaling.factor", \.model.rotaryScaling.factor, NumberRange(1, 1e6),
            "How much longer wavelengths become."),
        .whole(
            "model.rotary-scaling.original-context", \.model.rotaryScaling.originalContext,
            1...1_048_576, unit: "tokens",
            "Context that the base is for, with yarn and llama3."),
        .number(
            "model.rotary-scaling.low-frequency-factor",
            \.model.rotaryScaling.lowFrequencyFactor, .positive,
            "Turns in that context up to which wavelengths are stretched whole, with llama3."),
        .number(
            "model.rotary-scaling.high-frequency-factor",
            \.model.rotaryScaling.highFrequencyFactor, .positive,
            "Turns in that context from which wavelengths stay, with llama3."),
        .number(
            "model.rotary-scaling.beta-fast", \.model.rotaryScaling.betaFast, .positive,
            "Turns in that context from which wavelengths stay, with yarn."),
        .number(
            "model.rotary-scaling.beta-slow", \.model.rotaryScaling.betaSlow, .positive,
            "Turns in that context up to which wavelengths are stretched whole, with yarn."),
        .number(
            "model.rotary-scaling.attention-factor", \.model.rotaryScaling.attentionFactor,
            .nonNegative, off: 0,
            "Factor on sines and cosines with yarn; 0 for 0.1 ln(factor) + 1."),
    ]

    private static let attention: [ConfigurationKey] = [
        .whole(
            "model.attention-window", \.model.attentionWindow, 0...1_048_576, unit: "tokens",
            off: 0, "Latest tokens that a query attends to, its own among them; 0 for all."),
        .whole(
            "model.global-every", \.model.globalEvery, 0...1_024, unit: "blocks", off: 0,
            "Every so many blocks one attends to all tokens despite the window; 0 for none."),
        .word(
            "model.attention-gate", \.model.attentionGate, off: AttentionGate.none,
            "What the outputs of heads are multiplied with, a logistic of the block's input."),
    ]
}
