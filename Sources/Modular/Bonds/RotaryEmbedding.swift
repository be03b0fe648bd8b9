public import Programs

/// Turns pairs of elements of each head by angles that grow with the position.
///
/// The operand is (batch, time, head, head width). Turning keeps root mean squares: the sensitivity 1
/// is reached by every change.
///
/// Source: arXiv 2104.09864, equation 34; see `Programs.Rotary` for the pairing.
public struct RotaryEmbedding: EntrywiseBond {
    /// The base of the wavelengths.
    public var base: Double

    public init(base: Double = 10_000) { self.base = base }

    public var sensitivity: Bound { 1 }
    public var sharpness: Sharpness? { .linear }

    public func apply(_ x: Value) -> Value {
        x.builder.apply(Programs.Rotary(base: base), [x])[0]
    }
}
