public import Programs

/// Mixes values by attention weights: `y(t) = Σᵤ p(t, u) v(u)`.
///
/// Operands: values (batch, time, head, head width), then weights (batch, head, time of query, time of
/// key), measured by the largest sum of magnitudes along the last axis. The result is as the values.
/// Admissible values have a root mean square of at most one in each head, and admissible weights sum to
/// one, for which `RMS(Δy) ≤ ‖Δp‖ + ‖Δv‖`: the sensitivity 1, reached by values that move together.
/// The product is linear in each: γ is 1.
public struct ValueMixture: Bond {
    public init() {}

    public var sensitivity: Bound { 1 }
    public var sharpness: Sharpness? { Sharpness(weights: 0, mixed: 0, inputs: 1) }

    public func apply(_ inputs: [Value]) -> [Value] {
        let (values, weights) = (inputs[0], inputs[1])
        let axes = DotAxes(batch: ([0, 1], [0, 2]), contracted: ([3], [1]))
        return [weights.dot(values, axes).transposed([0, 2, 1, 3])]
    }
}
