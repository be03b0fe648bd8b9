import Foundation

/// How the numbers of a tensor would fare in a format, without scaling.
///
/// With Q the rounding of ``NumberFormat/rounded(_:)``, all shares are of all numbers.
public struct FormatRange: Sendable, Hashable {
    /// The share with |x| above the largest number.
    public var overflow: Double
    /// The share that is not zero and becomes zero.
    public var underflow: Double
    /// The share that is not zero and smaller than the smallest normal number.
    public var subnormal: Double
    /// `10 log₁₀(mean x² / mean (Q(x) − x)²)` in decibels; infinite when nothing is lost, and nan for zeros.
    public var signalToNoise: Double
    /// `log₂(largest of the format / largest |x|)`, in octaves; infinite for zeros.
    public var headroom: Double

    /// Measures numbers.
    ///
    /// - Parameters:
    ///   - values: The numbers, at least one.
    ///   - format: The format.
    /// - Precondition: There is a number.
    public init(_ values: [Float], in format: NumberFormat) {
        precondition(!values.isEmpty, "FormatRange: no numbers")
        let (top, normal) = (format.largest, format.smallestNormal)
        var (over, under, small) = (0, 0, 0)
        var (signal, noise, peak) = (0.0, 0.0, 0.0)
        for value in values {
            let x = Double(value)
            let rounded = format.rounded(x)
            let size = x.magnitude
            if size > top { over += 1 }
            if x != 0, rounded == 0 { under += 1 }
            if x != 0, size < normal { small += 1 }
            signal += x * x
            noise += (rounded - x) * (rounded - x)
            // A nan stays in the sums.
            peak = max(peak, size)
        }
        let count = Double(values.count)
        overflow = Double(over) / count
        underflow = Double(under) / count
        subnormal = Double(small) / count
        signalToNoise = 10 * log10(signal / noise)
        headroom = log2(top / peak)
    }

    /// The share of the changes that would not change their number if numbers were kept in a format.
    ///
    /// A change d of x is lost when `Q(Q(x) + d) = Q(x)`: for normal numbers, when it is below half the
    /// distance of neighbours, which for `bf16` is 2⁻⁹ to 2⁻⁸ of the number.
    ///
    /// - Parameters:
    ///   - changes: What is added.
    ///   - values: The numbers before, as many.
    ///   - format: The format.
    /// - Returns: The share of changes other than zero; zero when there is none.
    /// - Precondition: There are as many of both.
    public static func lost(
        _ changes: [Float], to values: [Float], in format: NumberFormat
    ) -> Double {
        precondition(
            changes.count == values.count,
            "FormatRange.lost: \(changes.count) changes of \(values.count) numbers")
        var (lost, all) = (0, 0)
        for (change, value) in zip(changes, values) where change != 0 {
            let kept = format.rounded(Double(value))
            all += 1
            if format.rounded(kept + Double(change)) == kept { lost += 1 }
        }
        return all == 0 ? 0 : Double(lost) / Double(all)
    }
}
