import Norms
public import Programs
import Tensors

/// Each vector along the last axis over its root mean square r.
///
/// Admissible inputs have a root mean square of at least one; smaller ones are stretched by more.
/// With u of length one along x and P the projection beside it:
///
/// ```
/// Df[a]    = P a / r                                                at most ‖a‖
/// D²f[a,b] = −((u·a) P b + (u·b) P a + (a·P b) u) / (r² √width)     at most 2/√3 ‖a‖ ‖b‖
/// ```
///
/// (for a = b at an angle θ to u its length is sin θ √(4 cos²θ + sin²θ), which is largest where
/// sin²θ = 2/3). Without ``epsilon``, vectors of zero stay zero.
public struct RMSDivide: EntrywiseBond {
    /// Added to the mean square.
    public var epsilon: Double

    public init(epsilon: Double = 0) { self.epsilon = epsilon }

    public var sensitivity: Bound { 1 }

    /// With an epsilon the second derivative has another form, which is not worked out.
    public var sharpness: Sharpness? {
        epsilon == 0 ? Sharpness(weights: 0, mixed: 0, inputs: 2 / 3.0.squareRoot()) : nil
    }

    public func apply(_ x: Value) -> Value {
        let last = x.shape.rank - 1
        let square = (x * x).sum(over: [last]) / Double(x.shape[last])
        let factor =
            epsilon == 0
            ? square.squareRoot().guardedReciprocal() : (square + epsilon).reciprocalSquareRoot()
        return x * factor.repeated(along: [last], of: x.shape)
    }
}
