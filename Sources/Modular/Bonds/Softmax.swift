public import Programs
import Tensors

/// Weights that sum to one along the last axis: `exp(scale · s)` over their sum.
///
/// The operand is measured by the largest magnitude, the result by the largest sum of magnitudes along
/// the last axis. With p the weights, and a bar for the mean over p,
///
/// ```
/// Σᵤ |Δpᵤ| = scale Σᵤ pᵤ |Δsᵤ − Δs̄| ≤ scale √Var(Δs) ≤ scale ‖Δs‖
/// ```
///
/// The sensitivity is the scale, and reached by two equal weights whose scores move apart. In the second
/// derivative stands the mean of |X − X̄| with X the product of two such deviations, which is at most
/// `2 |X|` and so `2 scale²`: a bound that is proven and not reached.
public struct Softmax: EntrywiseBond {
    /// The factor on the scores.
    public var scale: Double

    public init(scale: Double = 1) { self.scale = scale }

    public var sensitivity: Bound { .proven(scale) }
    public var sharpness: Sharpness? {
        Sharpness(weights: 0, mixed: 0, inputs: 2 * scale * scale)
    }

    public func apply(_ scores: Value) -> Value {
        let last = scores.shape.rank - 1
        let peak = scores.maximum(over: [last]).repeated(along: [last], of: scores.shape)
        let weights = ((scores - peak) * scale).exponential()
        return weights / weights.sum(over: [last]).repeated(along: [last], of: scores.shape)
    }
}
