import Modules
import Tensors

/// What a rule does with one parameter, before any gradient is known: for people who check a
/// configuration.
public struct UpdatePlan: Sendable, Hashable {
    /// The rule that moves the parameter: AdamW for what a rule for matrices leaves out.
    public var rule: String
    /// The change of a step in words and symbols, but for the learning rate and the decay.
    public var convention: String
    /// The factor on the learning rate.
    public var rate: Double
    /// The form of the weight decay, where it applies.
    public var decay: Decay.Form
    /// The root mean square of the change per unit of learning rate; nil where it depends on the
    /// gradient's size.
    ///
    /// It is that of gradients which are independent noise from step to step; gradients that agree
    /// make Adam's steps larger, up to one.
    public var rootMeanSquare: Double?
    /// The spectral norm of the change of a matrix per unit of learning rate; nil where it depends on
    /// the gradient, and for tables and vectors.
    public var spectralNorm: Double?

    /// How gradients become the direction, where theory says what noise makes of it.
    public var momentum: Momentum?
    /// Adam's ε, added to the root of the mean square; nil where the rule has none.
    public var epsilon: Double?

    /// A mean or a sum of the gradients that came.
    public enum Momentum: Sendable, Hashable {
        /// Adam's: the mean with decay β₁ over the root of the mean square.
        case adam(beta1: Double)
        /// `m ← μ m + g`.
        case heavyBall(Double)
    }

    /// Creates a plan.
    ///
    /// - Parameters:
    ///   - rule: What moves the parameter.
    ///   - convention: The change in words and symbols.
    ///   - rate: The factor on the learning rate.
    ///   - decay: The form of the weight decay.
    ///   - rootMeanSquare: That of the change per unit of the parameter's own learning rate.
    ///   - spectralNorm: That of the change per unit of the parameter's own learning rate.
    ///   - momentum: How gradients become the direction, where it is one of the named ways.
    ///   - epsilon: Adam's ε.
    public init(
        _ rule: any UpdateRule, _ convention: String, rate: Double = 1, decay: Decay.Form,
        rootMeanSquare: Double? = nil, spectralNorm: Double? = nil, momentum: Momentum? = nil,
        epsilon: Double? = nil
    ) {
        self.momentum = momentum
        self.epsilon = epsilon
        self.rule = type(of: rule).name
        self.convention = convention
        self.rate = rate
        self.decay = decay
        self.rootMeanSquare = rootMeanSquare.map { $0 * rate }
        self.spectralNorm = spectralNorm.map { $0 * rate }
    }
}

extension ParameterSpecification {
    /// The root mean square at the start.
    var initialRootMeanSquare: Double {
        switch initialization {
        case .orthogonal(let scale): scale * orthogonalRootMeanSquare
        case .unitRows: 1
        case .constant(let value): Double(value.magnitude)
        case .spectralNorm(_, let size): size
        case .normal(let deviation), .truncatedNormal(let deviation): deviation
        }
    }

    /// The spectral norm of a matrix of independent elements of root mean square one: √m + √n; nil
    /// for tables and vectors.
    ///
    /// It is the limit for large extents (arXiv 1011.3027, theorem 5.31).
    var noiseSpectralNorm: Double? {
        guard shape.rank == 2, role != .embedding else { return nil }
        return Double(shape[0]).squareRoot() + Double(shape[1]).squareRoot()
    }

    /// The root mean square of a matrix whose singular values are all one: 1/√max(m, n).
    var orthogonalRootMeanSquare: Double {
        1 / Double(shape.dimensions.max() ?? 1).squareRoot()
    }
}

extension AdamW {
    /// What Adam's steps come to when gradients are noise: √((1 − β₁)/(1 + β₁)), 0.2294 for β₁ = 0.9.
    ///
    /// The mean of independent numbers of size one with weights (1 − β₁) β₁ⁱ has this size; the root
    /// of the mean square is one (arXiv 2305.17212, section 3).
    static func noiseRootMeanSquare(beta1: Double) -> Double {
        ((1 - beta1) / (1 + beta1)).squareRoot()
    }
}
