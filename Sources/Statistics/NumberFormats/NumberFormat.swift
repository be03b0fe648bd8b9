import Foundation

/// A format of few bits that numbers are rounded to.
///
/// | format | largest | smallest normal | smallest | bits after the leading one |
/// |---|---|---|---|---|
/// | `fp16` | 65504 | 2⁻¹⁴ | 2⁻²⁴ | 10 |
/// | `bf16` | 3.39e38 | 2⁻¹²⁶ | 2⁻¹³³ | 7 |
/// | `e4m3` | 448 | 2⁻⁶ | 2⁻⁹ | 3 |
/// | `e5m2` | 57344 | 2⁻¹⁴ | 2⁻¹⁶ | 2 |
///
/// Sources: IEEE 754-2019; the OCP 8-bit floating point specification, revision 1.0, for `e4m3`, whose
/// largest number is 448 and not 240 as in IEEE's manner, and `e5m2` (arXiv 2209.05433).
public enum NumberFormat: String, Sendable, Hashable, Codable, CaseIterable {
    /// Half precision.
    case fp16
    /// The upper half of single precision.
    case bf16
    /// Four bits of exponent and three after the leading one.
    case e4m3
    /// Five bits of exponent and two after the leading one.
    case e5m2

    /// The bits after the leading one.
    public var fractionBits: Int {
        switch self {
        case .fp16: 10
        case .bf16: 7
        case .e4m3: 3
        case .e5m2: 2
        }
    }

    /// The exponent of the smallest normal number.
    public var smallestExponent: Int {
        switch self {
        case .fp16, .e5m2: -14
        case .bf16: -126
        case .e4m3: -6
        }
    }

    /// The largest number.
    public var largest: Double {
        switch self {
        case .fp16: 65504
        case .bf16: 0x1.FEp127
        case .e4m3: 448
        case .e5m2: 57344
        }
    }

    /// The smallest normal number.
    public var smallestNormal: Double { scalbn(1, smallestExponent) }

    /// The nearest number of the format, of two the even one; what is beyond the largest becomes the
    /// largest, and nan stays.
    public func rounded(_ value: Double) -> Double {
        guard value != 0, !value.isNaN else { return value }
        guard value.isFinite else { return value < 0 ? -largest : largest }
        let exponent = max(Int(value.exponent), smallestExponent)
        let unit = scalbn(1, exponent - fractionBits)
        // A division by a power of two and a product with one are exact.
        let nearest = (value / unit).rounded(.toNearestOrEven) * unit
        return min(max(nearest, -largest), largest)
    }
}
