public import Programs

/// A function of each element between the matrices of an MLP, without parameters.
public enum Activation: Sendable, Hashable {
    /// The tanh form of GELU, arXiv 1606.08415.
    case gelu
    /// The larger of x and zero.
    case relu
    /// `x · logistic(x)`, arXiv 1710.05941.
    case silu

    /// Applies the function.
    public func callAsFunction(_ x: Value) -> Value {
        switch self {
        case .gelu: x.builder.apply(GELU(), [x])[0]
        case .relu: x.maximum(x.filled(with: 0))
        case .silu: x * x.logistic()
        }
    }
}
