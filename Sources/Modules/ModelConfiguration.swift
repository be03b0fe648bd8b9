public import Programs
public import Tensors

/// How vectors are brought to unit size.
public enum NormalizationKind: String, Sendable, Hashable, Codable, CaseIterable {
    /// Mean subtracted, variance one (arXiv 1607.06450), without bias.
    case layerNorm = "layer-norm"
    /// Mean square one (arXiv 1910.07467).
    case rmsNorm = "rms-norm"
}

/// The kind of the normalisation of queries and keys.
public enum QKNormKind: String, Sendable, Hashable, Codable, CaseIterable {
    /// That of all other normalisations.
    case model
    /// ``NormalizationKind/layerNorm``.
    case layerNorm = "layer-norm"
    /// ``NormalizationKind/rmsNorm``.
    case rmsNorm = "rms-norm"
}

/// Over how many elements queries and keys are normalised.
public enum QKNormSpan: String, Sendable, Hashable, Codable, CaseIterable {
    /// Over each head, with a gain that the heads share (arXiv 2309.14322, section 3.1.1).
    case head
    /// Over all heads together, with a gain of the model's width (arXiv 2501.00656).
    case full
}

/// Whether a normalisation has a gain that trains.
public enum NormGain: String, Sendable, Hashable, Codable, CaseIterable {
    /// It starts at one and trains.
    case learned
    /// One.
    case fixed
}

/// Where the normalisations of a block stand.
public enum BlockNorm: String, Sendable, Hashable, Codable, CaseIterable {
    /// Before attention and MLP: `h + f(norm h)`.
    case pre
    /// After them: `h + norm(f(h))` (arXiv 2501.00656).
    case output
    /// Before and after them: `h + norm(f(norm h))` (arXiv 2105.13290, section 2.4).
    case sandwich
}

/// A factor on the output of each branch from the depth L.
public enum ResidualScale: String, Sendable, Hashable, Codable, CaseIterable {
    /// 1.
    case constant
    /// 1/√(2L): the sum of 2L independent branches has the size of one.
    case inverseSquareRoot = "inverse-sqrt"
    /// 1/L.
    case inverse

    /// The factor for a depth.
    public func factor(depth: Int) -> Double {
        switch self {
        case .constant: 1
        case .inverseSquareRoot: 1 / Double(2 * depth).squareRoot()
        case .inverse: 1 / Double(depth)
        }
    }
}

/// Kind of the MLP.
public enum MLPKind: String, Sendable, Hashable, Codable, CaseIterable {
    /// GELU in its tanh form.
    case gelu
    /// The larger of x and zero.
    case relu
    /// A gate through SiLU.
    case swiglu
    /// A gate through GELU in its tanh form (arXiv 2002.05202).
    case geglu
    /// The square of the larger of x and zero (arXiv 2109.08668).
    case reluSquared = "relu-squared"

    /// Whether a third matrix makes a gate.
    public var isGated: Bool { self == .swiglu || self == .geglu }

    /// Matrices of an MLP.
    public var matrices: Int { isGated ? 3 : 2 }
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
    /// The width of a head.
    public var headDimension = 16
    /// The width of all heads together over ``width``, rounded to whole heads.
    public var attentionRatio = 1.0
    /// Heads of queries that share keys and values (arXiv 2305.13245): 1 for each its own.
    public var queryGroupSize = 1
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
    /// The kind of that normalisation.
    public var qkNormKind = QKNormKind.model
    /// What it is over.
    public var qkNormSpan = QKNormSpan.head
    /// Whether it has gains.
    public var qkNormGain = NormGain.learned
    /// κ: queries and keys are rescaled to a mean square of κ, so that an attention logit is
    /// κ √(head width) times their cosine; 0 for no rescaling (arXiv 2309.14322, figure 10).
    public var forcedLogits = 0.0
    /// c: attention logits s become c tanh(s / c); 0 for none (arXiv 2408.00118, section 2).
    public var attentionSoftcap = 0.0
    /// c: output logits z become c tanh(z / c); 0 for none (arXiv 2408.00118, section 2).
    public var outputSoftcap = 0.0
    /// Where the normalisations of a block stand.
    public var blockNorm = BlockNorm.pre
    /// Whether embedded tokens are normalised.
    public var embeddingNorm = false
    /// Which matrices are taken as γ W / σ(W) in place of W (arXiv 2303.06296).
    public var sigmaReparam = SigmaReparam.none
    /// Where their γ start.
    public var sigmaReparamGamma = GammaStart.one
    /// The base of the rotary wavelengths.
    public var rotaryBase = 10_000.0
    /// The kind of MLP.
    public var mlp = MLPKind.gelu
    /// The hidden width of the MLP over ``width``, rounded to a whole number.
    public var mlpRatio = 4.0
    /// The factor on attention logits.
    public var attentionScale = AttentionScale.inverseSquareRoot
    /// The type that operands of matrix products are rounded to.
    ///
    /// `f32`, or `bf16` for mixed precision: parameters, state, norms, exponentials and sums stay
    /// `f32`.
    public var elementType = ElementType.f32
    /// The factor on the output of each attention and MLP before it is added to the residual stream.
    public var branchScale = 1.0
    /// A further factor on them from the depth.
    public var residualScale = ResidualScale.constant
    /// Whether the head is the embedding.
    public var tiedHead = false
    /// The standard deviation at the start of the embedding and all matrices, at the base width where the
    /// parametrisation has one; 0 for one by width and fan-in.
    public var initDeviation = 0.0
    /// Factors on the standard deviations at the start.
    public var initGain = InitGain()
    /// Which products and normalisations add a bias.
    public var biases = Biases.none
    /// Whether the parameters of normalisations are gains less one (`1 + g`, as Gemma's).
    public var normUnitOffset = false
    /// The factor on embedded tokens.
    public var embeddingScale = EmbeddingScale.none
    /// How rotary wavelengths are stretched.
    public var rotaryScaling = RotaryScaling()
    /// The latest positions that a query attends to, its own among them; 0 for all.
    public var attentionWindow = 0
    /// Every so many blocks one attends to all positions, the last of them; 0 for none.
    public var globalEvery = 0
    /// What multiplies the outputs of heads.
    public var attentionGate = AttentionGate.none
    /// The factor on what a tied head multiplies; no key, but what the parametrisation makes of it.
    public var readoutScale = 1.0

    /// The defaults of theory: a small model of bytes.
    public init() {}

    /// The kind of the normalisation of queries and keys.
    public var queryKeyNormalization: NormalizationKind {
        switch qkNormKind {
        case .model: normalization
        case .layerNorm: .layerNorm
        case .rmsNorm: .rmsNorm
        }
    }

    /// Where γ starts of the matrices that `part` adds to those before it; nil where W is taken as it is.
    public func gamma(_ part: SigmaReparam) -> GammaStart? {
        sigmaReparam.includes(part) ? sigmaReparamGamma : nil
    }

    /// The number of heads.
    public var heads: Int {
        let divisor = max(headDimension, 1)
        guard attentionRatio != 1 else { return width / divisor }
        return Int((attentionRatio * Double(width) / Double(divisor)).rounded())
    }

    /// The heads of keys and values.
    public var keyHeads: Int { heads / max(queryGroupSize, 1) }

    /// The width of all queries together.
    public var attentionWidth: Int {
        attentionRatio == 1 ? width : heads * headDimension
    }

    /// The width of all keys together.
    public var keyWidth: Int {
        queryGroupSize == 1 ? attentionWidth : keyHeads * headDimension
    }

    /// The hidden width of the MLP.
    public var hiddenWidth: Int { max(Int((mlpRatio * Double(width)).rounded()), 1) }

    /// The elements of a block's matrices over the square of the width, but for rounding.
    public var blockShare: Double {
        2 * attentionRatio * (1 + 1 / Double(max(queryGroupSize, 1)))
            + Double(mlp.matrices) * mlpRatio + Double(gateWidth) / Double(max(width, 1))
    }

    /// The elements of a block's matrices.
    public var blockElements: Int {
        width * (2 * (attentionWidth + keyWidth) + mlp.matrices * hiddenWidth + gateWidth)
    }

    /// The standard deviation at the start of a matrix; nil for one by its fan-in.
    func deviation(_ gain: Double) -> Double? {
        initDeviation > 0 ? initDeviation * gain : nil
    }

    private enum CodingKeys: String, CodingKey {
        case width, depth, context, vocabulary, normalization, mlp
        case headDimension = "head-dimension"
        case attentionRatio = "attention-ratio"
        case queryGroupSize = "query-group-size"
        case normEpsilon = "norm-epsilon"
        case qkNorm = "qk-norm"
        case qkNormKind = "qk-norm-kind"
        case qkNormSpan = "qk-norm-span"
        case qkNormGain = "qk-norm-gain"
        case forcedLogits = "forced-logits"
        case attentionSoftcap = "attention-softcap"
        case outputSoftcap = "output-softcap"
        case blockNorm = "block-norm"
        case embeddingNorm = "embedding-norm"
        case sigmaReparam = "sigma-reparam"
        case sigmaReparamGamma = "sigma-reparam-gamma"
        case residualScale = "residual-scale"
        case branchScale = "branch-scale"
        case elementType = "element-type"
        case rotaryBase = "rotary-base"
        case mlpRatio = "mlp-ratio"
        case attentionScale = "attention-scale"
        case tiedHead = "tied-head"
        case initDeviation = "init-deviation"
        case initGain = "init-gain"
        case biases
        case normUnitOffset = "norm-unit-offset"
        case embeddingScale = "embedding-scale"
        case rotaryScaling = "rotary-scaling"
        case attentionWindow = "attention-window"
        case globalEvery = "global-every"
        case attentionGate = "attention-gate"
    }
}

extension ModelConfiguration {
    /// The number of parameters N: elements of attention and MLP matrices, all blocks together.
    ///
    /// The one count that studies, forecasts, prescriptions and reports compare sizes by. Without embedding
    /// and head as in arXiv 2309.14322, and without gains: what an intervention adds to a model leaves its
    /// size as it is.
    public var matrixParameters: Int { depth * blockElements }
}
