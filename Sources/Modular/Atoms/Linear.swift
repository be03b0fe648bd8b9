public import Norms
public import Programs
public import Tensors

/// `y = x Wᵀ` along the last axis, without bias.
///
/// | | |
/// |---|---|
/// | weight | `W` (outputs m, inputs n) |
/// | norm | `√(n/m) ‖W‖₂`, the largest gain in root mean square |
/// | dualize | `√(m/n) U Vᵀ` for `G = U Σ Vᵀ` |
/// | admissible weights | `√(m/n)` times a matrix with orthonormal rows or columns |
/// | admissible inputs | (…, n), of root mean square at most one along the last axis |
///
/// For an admissible input, `RMS(ΔW x) ≤ norm(ΔW) RMS(x) ≤ norm(ΔW)`.
///
/// Source: arXiv 2410.21265, section 4.1; the scale stands in the weight, as in Modula's second version.
public struct Linear: Atom {
    /// The extent of the last axis of the result.
    public var outputs: Int
    /// The extent of the last axis of the operand.
    public var inputs: Int
    public var mass = 1.0

    /// A matrix to `outputs` from `inputs`, of mass one.
    public init(_ outputs: Int, from inputs: Int) {
        (self.outputs, self.inputs) = (outputs, inputs)
    }

    public var shape: Shape { [outputs, inputs] }

    /// √(m/n), the spectral norm of a matrix of norm one.
    private var scale: Double { (Double(outputs) / Double(inputs)).squareRoot() }

    public func forward(_ x: Value, _ w: Value) -> Value {
        x.dot(w, DotAxes(contracted: ([x.shape.rank - 1], [1])))
    }

    public func initialize(_ key: RandomKey) -> Tensor {
        .orthogonal(rows: outputs, columns: inputs, scale: scale, key)
    }

    public func norm(_ change: Value) -> Value { change.spectralNorm() / scale }

    public func dualize(_ gradient: Value, by orthogonalization: NewtonSchulz) -> Value {
        orthogonalization.orthogonalized(gradient) * scale
    }

    public func project(_ weight: Value, by orthogonalization: NewtonSchulz) -> Value {
        orthogonalization.orthogonalized(weight) * scale
    }

    /// `Linear(10, from: 256)`.
    public var description: String { "Linear(\(outputs), from: \(inputs))" }
}
