public import Programs
import Tensors

/// The mean over all axes but the first and the last: of tokens, or of pixels.
///
/// The root mean square of a mean is at most the mean of the root mean squares; where all move
/// together, it is that.
public struct Mean: EntrywiseBond {
    public init() {}

    public var sensitivity: Bound { 1 }
    public var sharpness: Sharpness? { .linear }

    public func apply(_ x: Value) -> Value {
        let axes = Array(1..<x.shape.rank - 1)
        return x.sum(over: axes) / Double(axes.reduce(1) { $0 * x.shape[$1] })
    }
}
