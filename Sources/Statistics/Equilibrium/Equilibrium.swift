/// Where a scale-invariant layer comes to rest under weight decay, when its gradients are noise.
///
/// A step is W ← a W − η u with a = 1 − δ; δ is the factor of decay of a step, `ηλ` where it is decoupled,
/// and u is Adam's mean of independent directions with decay β₁, of root mean square
/// U = √((1 − β₁)/(1 + β₁)):
///
/// ```
/// RMS(W)     = η U √((1 + aβ₁) / ((1 − a²)(1 − aβ₁)))     → √(η / 2λ)
/// ‖ηu‖/‖W‖   = √((1 − a²)(1 − aβ₁) / (1 + aβ₁))
/// angle      = √((1 − a²)(1 − β₁²)) / (1 + aβ₁)            → √(2ηλ (1 − β₁)/(1 + β₁))
/// cos(W, u)  = −β₁ √((1 − a²) / ((1 + aβ₁)(1 − aβ₁)))
/// ```
///
/// The arrows are for small δ. It takes about 1/(2δ) steps to come to rest, and a schedule that falls
/// faster leaves it behind.
///
/// Source: Kosson et al., arXiv 2305.17212, to first order; the exact forms are ours, and `EquilibriumTests`
/// simulates them.
public struct Equilibrium: Sendable, Hashable {
    /// The root mean square of the weight.
    public var weight: Double
    /// ‖ηu‖/‖W‖.
    public var updateOverWeight: Double
    /// The angle of a step, in radians.
    public var angle: Double
    /// The cosine of weight and direction.
    public var cosine: Double

    /// Where AdamW comes to rest; nil when η or δ is not above zero, or δ not below one.
    ///
    /// - Parameters:
    ///   - rate: η.
    ///   - decay: δ.
    ///   - beta1: β₁.
    public init?(rate: Double, decay: Double, beta1: Double) {
        guard rate > 0, decay > 0, decay < 1 else { return nil }
        let a = 1 - decay
        // 1 − a², without the loss of digits.
        let lost = decay * (2 - decay)
        let (sum, difference) = (1 + a * beta1, (1 - beta1) + decay * beta1)
        updateOverWeight = (lost * difference / sum).squareRoot()
        weight = rate * Self.directionRootMeanSquare(beta1: beta1) / updateOverWeight
        angle = (lost * (1 - beta1) * (1 + beta1)).squareRoot() / sum
        cosine = -beta1 * (lost / (sum * difference)).squareRoot()
    }

    /// U, the root mean square of Adam's direction on noise: `√((1 − β₁)/(1 + β₁))`.
    ///
    /// Signal in the gradients makes it larger, up to one; β₂ near β₁ makes it smaller by a percent or two.
    public static func directionRootMeanSquare(beta1: Double) -> Double {
        ((1 - beta1) / (1 + beta1)).squareRoot()
    }
}
