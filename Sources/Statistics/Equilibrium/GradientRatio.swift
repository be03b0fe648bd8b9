/// Where the gradient of a layer that a normalisation follows comes to rest, over the layer's norm.
///
/// Such a layer's gradient is orthogonal to it, so a step adds to its norm what decay takes away, until
/// ‖g‖/‖x‖ has a value that learning rate η, decay λ and momentum μ decide alone:
///
/// | momentum | decay | ‖g‖/‖x‖ |
/// |---|---|---|
/// | heavy ball `m ← μ m + g` | coupled | √(2λ(1 − μ)/η) |
/// | heavy ball | beside the step | (1 − μ) √(2λ/η) |
/// | average `m ← μ m + (1 − μ) g` | beside the step | √(2λ/η) |
///
/// λ is the decay of a step over its learning rate: λ itself where it is decoupled, `λ η/η_max` where
/// it is corrected, so that the ratio stays as the learning rate falls. For Adam the ratio is taken in
/// its preconditioner's norm, `‖g‖` with `1/(√v̂ + ε)` and `‖x‖` with `√v̂ + ε`.
///
/// Source: Defazio, arXiv 2506.02285, equations 1 and 2; the momentum forms by the same algebra.
public enum GradientRatio: String, Sendable, Hashable, Codable, CaseIterable {
    /// Heavy ball with λθ in the gradient: PyTorch's SGD.
    case heavyBallCoupled = "heavy-ball, coupled"
    /// Heavy ball with decay beside the step.
    case heavyBall = "heavy-ball"
    /// A running mean with decay beside the step: Adam.
    case average

    /// The ratio at rest, to first order in ηλ.
    ///
    /// - Parameters:
    ///   - learningRate: η, above zero.
    ///   - decay: λ per unit of learning rate.
    ///   - momentum: μ.
    /// - Returns: ‖g‖/‖x‖.
    public func steadyState(learningRate: Double, decay: Double, momentum: Double) -> Double {
        let plain = (2 * decay / learningRate).squareRoot()
        return switch self {
        case .heavyBallCoupled: plain * (1 - momentum).squareRoot()
        case .heavyBall: plain * (1 - momentum)
        case .average: plain
        }
    }
}
