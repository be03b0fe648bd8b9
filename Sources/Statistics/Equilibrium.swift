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
        let (sum, difference) = (1 + a * beta1, 1 - a * beta1)
        updateOverWeight = (lost * difference / sum).squareRoot()
        weight = rate * ((1 - beta1) / (1 + beta1)).squareRoot() / updateOverWeight
        angle = (lost * (1 - beta1 * beta1)).squareRoot() / sum
        cosine = -beta1 * (lost / (sum * difference)).squareRoot()
    }

    /// Where ‖g‖/‖W‖ of SGD with heavy-ball momentum μ comes to rest.
    ///
    /// `√(2λ(1 − μ)/γ)` where λW is in the gradient, `(1 − μ) √(2δ)/γ` where δW is subtracted, which for
    /// δ = γλ and no momentum is the `√(2λ/γ)` of arXiv 2506.02285, equation 2.
    ///
    /// - Parameters:
    ///   - rate: γ.
    ///   - decay: δ, zero where λ is in the gradient.
    ///   - coupledRate: λ, zero where it is not in the gradient.
    ///   - momentum: μ.
    /// - Returns: nil without decay.
    public static func gradientOverWeight(
        rate: Double, decay: Double, coupledRate: Double = 0, momentum: Double = 0
    ) -> Double? {
        if coupledRate > 0 { return (2 * coupledRate * (1 - momentum) / rate).squareRoot() }
        return decay > 0 ? (1 - momentum) * (2 * decay).squareRoot() / rate : nil
    }
}
