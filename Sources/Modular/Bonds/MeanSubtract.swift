public import Programs
import Tensors

/// Each vector along the last axis minus its mean: a projection.
///
/// The sensitivity 1 is reached by changes whose mean is zero.
public struct MeanSubtract: EntrywiseBond {
    public init() {}

    public var sensitivity: Bound { 1 }
    public var sharpness: Sharpness? { .linear }

    public func apply(_ x: Value) -> Value {
        let last = x.shape.rank - 1
        let mean = x.sum(over: [last]) / Double(x.shape[last])
        return x - mean.repeated(along: [last], of: x.shape)
    }
}
