public import Programs
import Tensors

/// Brings vectors along the last axis to unit size and scales their elements by a gain, which stands at
/// `NAME` of the scope and starts at one where it is learned.
///
/// With a unit offset, what stands there is the gain less one, and starts at zero. A bias is added last: it
/// stands at `NAME_bias` and starts at zero.
public struct Norm: Layer {
    /// The name of the gain in its scope.
    public var name: String
    /// Whether the mean is subtracted.
    public var kind: NormalizationKind
    /// Added to the variance or the mean square.
    public var epsilon: Double
    /// Whether the gain trains, or is one.
    public var gain: NormGain
    /// Whether the parameter is the gain less one.
    public var hasUnitOffset: Bool
    /// Whether a bias is added.
    public var hasBias: Bool

    public init(
        _ name: String, _ kind: NormalizationKind, epsilon: Double, gain: NormGain = .learned,
        hasUnitOffset: Bool = false, hasBias: Bool = false
    ) {
        self.gain = gain
        self.hasUnitOffset = hasUnitOffset
        self.hasBias = hasBias
        self.name = name
        self.kind = kind
        self.epsilon = epsilon
    }

    public func callAsFunction(_ x: Value, _ scope: Scope) -> Value {
        let width = x.shape[x.shape.rank - 1]
        let composite = Normalization(isCentered: kind == .layerNorm, epsilon: epsilon)
        let y = x.builder.apply(composite, [x, gain(width, x, scope)])[0]
        return hasBias ? y.biased(name, scope) : y
    }

    private func gain(_ width: Int, _ x: Value, _ scope: Scope) -> Value {
        guard gain == .learned else { return x.builder.constant(1, [width], x.type.elementType) }
        guard hasUnitOffset else { return scope.parameter(name, [width], .gain, .constant(1)) }
        return scope.parameter(name, [width], .gain, .constant(0)) + 1
    }
}

extension Value {
    /// This value (…, outputs) plus a bias, which stands at `NAME_bias` of the scope and starts at zero.
    func biased(_ name: String, _ scope: Scope) -> Value {
        let axis = shape.rank - 1
        let bias = scope.parameter(name + "_bias", [shape[axis]], .gain, .constant(0))
        return self + bias.broadcast(to: shape, axes: [axis])
    }
}
