public import Programs
import Tensors

/// All axes but the first as one.
///
/// The root mean square of the whole is at most that of the largest part; where all parts are equally
/// large, it is that.
public struct Flatten: EntrywiseBond {
    public init() {}

    public var sensitivity: Bound { 1 }
    public var sharpness: Sharpness? { .linear }

    public func apply(_ x: Value) -> Value {
        x.reshaped([x.shape[0], x.shape.dimensions.dropFirst().reduce(1, *)])
    }
}
