public import Programs
import Tensors

/// Multiplies the last axis with a matrix: `y = x Wᵀ`, or `y = x Wᵀ + b`.
///
/// `W` is (outputs, inputs), as in PyTorch, and stands at `NAME` of the scope. `x` is (…, inputs), the
/// result (…, outputs), `f32`. Where the scope's products are `bf16`, `x` and `W` are rounded to it
/// before the product and the result after it; that of a head is not rounded.
///
/// With a ``gamma`` the product is with `γ W / σ(W)`; γ stands at `NAME_gamma` of the scope. A bias stands at
/// `NAME_bias`, starts at zero, and is a gain to optimizers and parametrisations: a vector beside the matrices.
public struct Linear: Layer {
    /// The name of the matrix in its scope.
    public var name: String
    /// The extent of the last axis of the operand.
    public var inputs: Int
    /// The extent of the last axis of the result.
    public var outputs: Int
    /// What the matrix is for.
    public var role: Role
    /// The standard deviation at the start is this over √inputs, where ``deviation`` gives none.
    public var gain: Double
    /// The standard deviation at the start; nil for one by the inputs.
    public var deviation: Double?
    /// Where γ starts; nil where W is taken as it is.
    public var gamma: GammaStart?
    /// How the matrix divides into heads; nil where it is none of attention.
    public var heads: HeadSplit?
    /// Whether a bias is added.
    public var hasBias: Bool

    public init(
        _ name: String, from inputs: Int, to outputs: Int, role: Role = .hidden, gain: Double = 1,
        deviation: Double? = nil, gamma: GammaStart? = nil, heads: HeadSplit? = nil,
        hasBias: Bool = false
    ) {
        self.hasBias = hasBias
        self.heads = heads
        self.deviation = deviation
        self.name = name
        self.inputs = inputs
        self.outputs = outputs
        self.role = role
        self.gain = gain
        self.gamma = gamma
    }

    public func callAsFunction(_ x: Value, _ scope: Scope) -> Value {
        let deviation = deviation ?? gain / Double(inputs).squareRoot()
        var weight = scope.parameter(
            name, [outputs, inputs], role, .truncatedNormal(deviation: deviation), heads: heads)
        if let gamma {
            weight = weight.reparametrized(
                by: gamma.parameter(of: name, [outputs, inputs], deviation: deviation, scope))
        }
        let y = Self.apply(weight, to: x, scope.productType, isHead: role == .head)
        scope.product(name, weight, x, y)
        return hasBias ? y.biased(name, scope) : y
    }

    /// `x Wᵀ` for a matrix that is at hand.
    static func apply(
        _ weight: Value, to x: Value, _ type: ElementType, isHead: Bool
    ) -> Value {
        let result: ElementType? = isHead && type == .bf16 ? .f32 : nil
        return x.converted(to: type).dot(
            weight.converted(to: type),
            DotAxes(contracted: ([x.shape.rank - 1], [1]), result: result)
        ).converted(to: .f32)
    }
}
