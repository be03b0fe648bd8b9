public import Norms
public import Programs
public import Tensors

/// A module with one weight and a norm of its own.
///
/// The norm is such that the output moves by at most the norm of the weight's change, and by at most
/// the input's change, for admissible inputs and weights: sensitivity one.
public protocol Atom: Module {
    /// The extents of the weight.
    var shape: Shape { get }

    /// How much the weight takes part in the change of the output, beside others.
    var mass: Double { get set }

    /// Applies the function to one entry of the input.
    func forward(_ input: Value, _ weight: Value) -> Value

    /// An admissible weight to start from.
    ///
    /// - Parameter key: The randomness.
    /// - Returns: A tensor of `f32`.
    func initialize(_ key: RandomKey) -> Tensor

    /// How large a change of the weight is, a scalar.
    func norm(_ change: Value) -> Value

    /// The change of norm one that is farthest along a gradient; zero for a gradient of zero.
    ///
    /// - Parameters:
    ///   - gradient: Of the weight's shape.
    ///   - orthogonalization: What orthogonalises, where that is needed.
    /// - Returns: A value of the gradient's type.
    func dualize(_ gradient: Value, by orthogonalization: NewtonSchulz) -> Value

    /// The admissible weight near this one.
    ///
    /// - Parameters:
    ///   - weight: Of any size.
    ///   - orthogonalization: What orthogonalises, where that is needed.
    /// - Returns: A value of the weight's type.
    func project(_ weight: Value, by orthogonalization: NewtonSchulz) -> Value
}

extension Atom {
    public var sensitivity: Bound { 1 }

    /// Linear in the weight and in the input.
    public var sharpness: Sharpness? { .bilinear }

    public var parameters: [Parameter] { [Parameter(path: "", atom: self, mass: mass, share: 1)] }

    public func forward(_ inputs: [Value], _ weights: Weights) -> [Value] {
        inputs.map { forward($0, weights[""]) }
    }

    public func tared(by factor: Double) -> Self {
        var copy = self
        copy.mass *= factor
        return copy
    }
}
