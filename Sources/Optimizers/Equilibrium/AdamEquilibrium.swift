/// Where AdamW carries a scale-invariant layer whose gradients are noise.
///
/// With `a = 1 − ηλ`, for learning rate η and decay λ per unit of it:
///
/// ```
/// update RMS u = √((1 − β₁)/(1 + β₁))
/// weight RMS   = √(η / 2λ)
/// angle a step = √((1 − a²)(1 − β₁²)) / (1 + a β₁)  ≈  √(2ηλ (1 − β₁)/(1 + β₁))
/// cos(W, u)    = −β₁ √((1 − a²) / ((1 + a β₁)(1 − a β₁)))
/// ```
///
/// Signal in the gradients makes updates larger, up to one; β₂ near β₁ makes them smaller by a percent
/// or two.
///
/// Source: Kosson et al., arXiv 2305.17212; the same algebra without their approximations.
public struct AdamEquilibrium: Sendable, Hashable {
    /// η.
    public var learningRate: Double
    /// λ.
    public var decay: Double
    /// β₁.
    public var beta1: Double

    /// Creates an equilibrium.
    public init(learningRate: Double, decay: Double, beta1: Double) {
        self.learningRate = learningRate
        self.decay = decay
        self.beta1 = beta1
    }

    private var a: Double { 1 - learningRate * decay }

    /// The root mean square of an update per unit of learning rate.
    public var updateRootMeanSquare: Double { ((1 - beta1) / (1 + beta1)).squareRoot() }

    /// The root mean square of the weights.
    public var weightRootMeanSquare: Double { (learningRate / (2 * decay)).squareRoot() }

    /// The angle between the weights before and after a step, in radians.
    public var angle: Double {
        ((1 - a * a) * (1 - beta1 * beta1)).squareRoot() / (1 + a * beta1)
    }

    /// The cosine between the weights and the direction that is subtracted.
    public var cosine: Double {
        -beta1 * ((1 - a * a) / ((1 + a * beta1) * (1 - a * beta1))).squareRoot()
    }

    /// Steps in which the distance of the squared norm from rest falls by a factor of e: `1/(2ηλ)`.
    public var settlingSteps: Double { 1 / (2 * learningRate * decay) }
}
