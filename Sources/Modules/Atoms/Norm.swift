public import Programs
import Tensors

/// Brings vectors along the last axis to unit size and scales their elements by a gain, which stands at
/// `NAME` of the scope and starts at one where it is learned.
public struct Norm: Module {
    /// The name of the gain in its scope.
    public var name: String
    /// Whether the mean is subtracted.
    public var kind: NormalizationKind
    /// Added to the variance or the mean square.
    public var epsilon: Double
    /// Whether the gain trains, or is one.
    public var gain: NormGain

    /// Creates the module.
    public init(
        _ name: String, _ kind: NormalizationKind, epsilon: Double, gain: NormGain = .learned
    ) {
        self.gain = gain
        self.name = name
        self.kind = kind
        self.epsilon = epsilon
    }

    public func callAsFunction(_ x: Value, _ scope: Scope) -> Value {
        let width = x.shape[x.shape.rank - 1]
        let gain =
            gain == .learned
            ? scope.parameter(name, [width], .gain, .constant(1))
            : x.builder.constant(1, [width], x.type.elementType)
        let composite = Normalization(isCentered: kind == .layerNorm, epsilon: epsilon)
        return x.builder.apply(composite, [x, gain])[0]
    }
}
