public import Modules
public import OrderedCollections
import Tensors

/// The proxy transformer's layers in the modular algebra, under the same paths.
///
/// ```
/// head ∘ gain ∘ norm ∘ (mlp' ∘ attention')ᴸ ∘ embedding,   f' = x + branch-scale · f(gain ∘ norm(x))
/// ```
///
/// Three numbers are assumed, not proven. The residual stream is taken to keep a root mean square of at least
/// one, which is what the normalisations admit; an embedding of such rows starts it there. And
/// attention, from its input to the mixed values, is taken to move as its values do, with sensitivity
/// one, as Modula's does after division by three. The product of a gated MLP is taken for a sensitivity
/// of one, too. With branches of weight 1/(2 L) the stream's
/// sensitivity is then at most e for ReLU, at any depth.
public struct ProxyAlgebra: Compound {
    /// The keys of configurations that say something here; a model with another one set is another network.
    public static let keys: Set<String> = [
        "model.width", "model.depth", "model.context", "model.vocabulary", "model.normalization",
        "model.mlp", "model.mlp-ratio", "model.head-dimension", "model.norm-epsilon",
        "model.qk-norm", "model.attention-scale", "model.branch-scale", "model.rotary-base",
        "model.tied-head", "model.element-type", "model.init-deviation",
        "model.init-gain.embedding", "model.init-gain.hidden", "model.init-gain.head",
    ]

    public let body: Composition
    public var tare = 1.0

    /// Creates the module.
    ///
    /// - Parameters:
    ///   - c: The model's choices; a tied head counts as a head of its own.
    ///   - masses: Those of the embedding, of all blocks, and of the last gain and the head.
    public init(_ c: ModelConfiguration, masses: Masses = Masses()) {
        func norm(_ name: String, _ width: Int) -> Composition {
            let divide = RMSDivide(epsilon: c.normEpsilon)
            let normalize =
                c.normalization == .layerNorm ? divide ∘ MeanSubtract() : Composition([divide])
            return Gain(width).named(name) ∘ normalize
        }
        func branch(_ branch: any Module) -> Sum {
            Identity() + c.branchScale * Composition([branch])
        }
        func heads(_ name: String, _ normName: String? = nil) -> Composition {
            let split = SplitHeads(c.heads).assuming(sensitivity: 1)
            let projection = split ∘ Linear(c.width, from: c.width).named(name)
            guard c.qkNorm, let normName else { return projection }
            return norm(normName, c.headDimension) ∘ projection
        }
        let product = QueryKeyProduct(
            width: c.headDimension, scale: c.attentionScale.factor(c.headDimension))
        let scores =
            Softmax() ∘ CausalMask() ∘ product ∘ RotaryEmbedding(base: c.rotaryBase)
            ∘ (heads("query", "query_norm"), heads("key", "key_norm"))
        let mixed = ValueMixture() ∘ (heads("value"), scores)
        let attention =
            Linear(c.width, from: c.width).named("output") ∘ MergeHeads()
            ∘ mixed.assuming(sensitivity: 1)
        let block =
            branch(ProxyAlgebra.mlp(c).named("mlp") ∘ norm("mlp_norm", c.width))
            ∘ branch(attention.named("attention") ∘ norm("attention_norm", c.width))
        let head = Linear(c.vocabulary, from: c.width).named("head") ∘ norm("norm", c.width)
        body =
            head.tared(to: masses.head)
            ∘ (block ** c.depth).tared(to: masses.blocks).named("blocks")
            ∘ Embedding(c.width, vocabulary: c.vocabulary).tared(to: masses.embedding)
            .named("embedding")
    }

    /// The branch's MLP; a gate is taken for a sensitivity of one.
    private static func mlp(_ c: ModelConfiguration) -> Composition {
        let hidden = c.hiddenWidth
        let up = Linear(hidden, from: c.width).named("up")
        let down = Linear(c.width, from: hidden).named("down")
        switch c.mlp {
        case .relu: return down ∘ ReLU() ∘ up
        case .gelu: return down ∘ (ScaledGELU.steepestSlope * ScaledGELU()) ∘ up
        case .swiglu:
            let gate = SiLU() ∘ Linear(hidden, from: c.width).named("gate")
            return down ∘ Multiply().assuming(sensitivity: 1) ∘ (gate, up)
        case .geglu:
            let gelu = ScaledGELU.steepestSlope * ScaledGELU()
            let gate = gelu ∘ Linear(hidden, from: c.width).named("gate")
            return down ∘ Multiply().assuming(sensitivity: 1) ∘ (gate, up)
        case .reluSquared:
            preconditionFailure("ProxyAlgebra: the square of ReLU has no sensitivity")
        }
    }

    /// The start and the share of each parameter, by path.
    public func multipliers() -> OrderedDictionary<String, Multipliers> {
        var table: OrderedDictionary<String, Multipliers> = [:]
        for parameter in parameters {
            var row = Multipliers()
            guard let share = parameter.share.value else {
                preconditionFailure("ProxyAlgebra: \(parameter.path) has no share")
            }
            row.normBudget = share
            row.start = (parameter.atom as? any StartingAtom)?.start
            table[parameter.path] = row
        }
        return table
    }
}

/// An atom whose start a table of parameters can name.
private protocol StartingAtom: Atom {
    var start: Initialization { get }
}

extension Linear: StartingAtom {
    var start: Initialization {
        .orthogonal(scale: (Double(outputs) / Double(inputs)).squareRoot())
    }
}

extension Embedding: StartingAtom {
    var start: Initialization { .unitRows }
}

extension Gain: StartingAtom {
    var start: Initialization { .constant(1) }
}
