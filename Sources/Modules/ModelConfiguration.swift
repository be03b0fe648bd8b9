public import Tensors

/// How vectors are brought to unit size.
public enum NormalizationKind: String, Sendable, Hashable, Codable, CaseIterable {
    /// Mean subtracted, variance one (arXiv 1607.06450), without bias.
    case layerNorm = "layer-norm"
    /// Mean square one (arXiv 1910.07467).
    case rmsNorm = "rms-norm"
}

/// What stands between the matrices of an MLP.
public enum MLPKind: String, Sendable, Hashable, Codable, CaseIterable {
    /// GELU in its tanh form.
    case gelu
    /// The larger of x and zero.
    case relu
    /// A gate through SiLU.
    case swiglu
}

/// The factor on attention logits, from the head's width D.
public enum AttentionScale: String, Sendable, Hashable, Codable, CaseIterable {
    /// 1/√D.
    case inverseSquareRoot = "inverse-sqrt"
    /// 1/D (muP).
    case inverse = "inverse"
}

/// Factors on the standard deviations at the start: 1/√width for the embedding, 1/√fan-in for
/// matrices.
public struct InitGain: Sendable, Hashable, Codable {
    /// Of the embedding.
    public var embedding = 1.0
    /// Of hidden matrices.
    public var hidden = 1.0
    /// Of the head.
    public var head = 1.0

    /// All factors one.
    public init() {}
}

/// Every choice of the proxy transformer, under the keys of configuration files.
public struct ModelConfiguration: Sendable, Hashable, Codable {
    /// The width of the residual stream.
    public var width = 64
    /// Blocks.
    public var depth = 3
    /// The width of a head; the number of heads is ``width`` over this.
    public var headDimension = 16
    /// Tokens in a sequence.
    public var context = 128
    /// Kinds of token.
    public var vocabulary = 256
    /// The kind of all normalisations.
    public var normalization = NormalizationKind.layerNorm
    /// Added to variances.
    public var normEpsilon = 1e-6
    /// Whether queries and keys are normalised.
    public var qkNorm = false
    /// The base of the rotary wavelengths.
    public var rotaryBase = 10_000.0
    /// The kind of MLP.
    public var mlp = MLPKind.gelu
    /// The hidden width of the MLP over ``width``.
    public var mlpRatio = 4
    /// The factor on attention logits.
    public var attentionScale = AttentionScale.inverseSquareRoot
    /// The type that operands of matrix products are rounded to.
    ///
    /// `f32`, or `bf16` for mixed precision: parameters, state, norms, exponentials and sums stay
    /// `f32`.
    public var elementType = ElementType.f32
    /// The factor on the output of each attention and MLP before it is added to the residual stream.
    public var branchScale = 1.0
    /// Whether the head is the embedding.
    public var tiedHead = false
    /// Factors on the standard deviations at the start.
    public var initGain = InitGain()

    /// The defaults of theory: a small model of bytes.
    public init() {}

    /// The number of heads.
    public var heads: Int { width / max(headDimension, 1) }

    private enum CodingKeys: String, CodingKey {
        case width, depth, context, vocabulary, normalization, mlp
        case headDimension = "head-dimension"
        case normEpsilon = "norm-epsilon"
        case qkNorm = "qk-norm"
        case branchScale = "branch-scale"
        case elementType = "element-type"
        case rotaryBase = "rotary-base"
        case mlpRatio = "mlp-ratio"
        case attentionScale = "attention-scale"
        case tiedHead = "tied-head"
        case initGain = "init-gain"
    }
}
