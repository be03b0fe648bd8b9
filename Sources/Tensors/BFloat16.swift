/// The upper half of a `Float`: the range of single precision with 8 significant bits.
public struct BFloat16: Sendable, Hashable {
    /// The bits, as stored.
    public var bitPattern: UInt16

    /// Creates a value from its bits.
    public init(bitPattern: UInt16) { self.bitPattern = bitPattern }

    /// Rounds to the nearest value, ties to even; a nan stays a nan.
    public init(_ value: Float) {
        let bits = value.bitPattern
        if value.isNaN {
            bitPattern = UInt16(bits >> 16) | 0x40
        } else {
            bitPattern = UInt16((bits + 0x7fff + (bits >> 16 & 1)) >> 16)
        }
    }

    /// The same number in single precision, exactly.
    public var float: Float { Float(bitPattern: UInt32(bitPattern) << 16) }
}
