public import Programs

/// Each vector along the last axis with its mean taken away, over its standard deviation:
/// `RMSDivide ∘ MeanSubtract`.
///
/// Admissible inputs have a standard deviation of at least one.
public struct LayerNorm: Bond {
    private let parts: Composition

    /// Creates the bond.
    ///
    /// - Parameter epsilon: Added to the variance.
    public init(epsilon: Double = 0) { parts = RMSDivide(epsilon: epsilon) ∘ MeanSubtract() }

    public var sensitivity: Bound { parts.sensitivity }
    public var sharpness: Sharpness? { parts.sharpness }

    public func apply(_ inputs: [Value]) -> [Value] { parts.forward(inputs, Weights()) }
}
