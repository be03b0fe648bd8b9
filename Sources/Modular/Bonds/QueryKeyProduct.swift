public import Programs

/// How well each query matches each key: `scale · q(t) · k(u)`.
///
/// Operands (batch, time, head, head width D); the result is (batch, head, time of query, time of key).
/// Its norm is the largest magnitude. Admissible queries and keys have a root mean square of at most
/// one in each head, for which
///
/// ```
/// |Δ(q · k)| / D ≤ RMS(Δq) RMS(k) + RMS(q) RMS(Δk) ≤ ‖Δq‖ + ‖Δk‖
/// ```
///
/// so that the sensitivity is 1 for the scale 1/D, and `scale · D` for another. It is reached by a
/// query that moves along its key. The product is linear in each: γ is the same number.
public struct QueryKeyProduct: Bond {
    /// The width of a head.
    public var width: Int
    /// The factor on the products.
    public var scale: Double

    /// Creates the bond for heads of `width`; the scale is 1/width unless another is given.
    public init(width: Int, scale: Double? = nil) {
        self.width = width
        self.scale = scale ?? 1 / Double(width)
    }

    public var sensitivity: Bound { .proven(scale * Double(width)) }
    public var sharpness: Sharpness? {
        Sharpness(weights: 0, mixed: 0, inputs: scale * Double(width))
    }

    public func apply(_ inputs: [Value]) -> [Value] {
        [
            inputs[0].dot(inputs[1], DotAxes(batch: ([0, 2], [0, 2]), contracted: ([3], [3])))
                * scale
        ]
    }
}
