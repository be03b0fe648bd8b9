public import Norms
public import Programs
public import Tensors

/// A learned factor on each element of the last axis, `y = g ⊙ x`: a diagonal matrix.
///
/// | | |
/// |---|---|
/// | weight | `g` (width) |
/// | norm | `max |g|`, the largest gain in root mean square |
/// | dualize | `sign(g)` |
/// | admissible weights | elements from −1 to 1 |
/// | admissible inputs | (…, width), of root mean square at most one along the last axis |
///
/// Starts at one.
public struct Gain: Atom {
    /// Elements.
    public var width: Int
    public var mass = 1.0

    /// Factors for `width` elements, of mass one.
    public init(_ width: Int) { self.width = width }

    public var shape: Shape { [width] }

    public func forward(_ x: Value, _ g: Value) -> Value {
        x * g.broadcast(to: x.shape, axes: [x.shape.rank - 1])
    }

    public func initialize(_ key: RandomKey) -> Tensor {
        Tensor([Float](repeating: 1, count: width), shape: shape)
    }

    public func norm(_ change: Value) -> Value { change.absolute().maximum() }

    public func dualize(_ gradient: Value, by orthogonalization: NewtonSchulz) -> Value {
        WeightNorm.largestMagnitude.dualized(gradient)
    }

    public func project(_ weight: Value, by orthogonalization: NewtonSchulz) -> Value {
        weight.minimum(weight.filled(with: 1)).maximum(weight.filled(with: -1))
    }

    /// `Gain(64)`.
    public var description: String { "Gain(\(width))" }
}
