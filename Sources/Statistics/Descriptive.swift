/// The plain numbers that describe a sample: its centre and its spread.
///
/// ```swift
/// Descriptive.median(of: [1, 2, 10])              // 2
/// Descriptive.quantile(0.25, of: [1, 2, 3, 4])    // 1.75
/// ```
///
/// Each function returns nil where the sample is too small for its answer to mean something. A number
/// that is not finite is not left out: it makes the answer not finite, so drop such numbers before and
/// say how many there were.
public enum Descriptive {
    /// The sum over the count, `x̄ = Σ xᵢ / n`; nil for no values.
    ///
    /// The terms are added in the order given, so equal samples in equal order give equal bits.
    public static func mean(of values: [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        return values.reduce(0, +) / Double(values.count)
    }

    /// The value in the middle of the sorted sample, or the mean of the two in the middle; nil for none.
    public static func median(of values: [Double]) -> Double? {
        quantile(0.5, of: values)
    }

    /// The sample's standard deviation, `√(Σ (xᵢ − x̄)² / (n − 1))`; nil for fewer than two values.
    ///
    /// Two passes, so that a small spread about a large mean keeps its digits.
    public static func standardDeviation(of values: [Double]) -> Double? {
        guard values.count > 1, let centre = mean(of: values) else { return nil }
        let squares = values.reduce(0) { $0 + ($1 - centre) * ($1 - centre) }
        return (squares / Double(values.count - 1)).squareRoot()
    }

    /// The value below which a fraction of the sorted sample lies; nil for no values.
    ///
    /// Between two neighbours the answer is linear in the fraction: with `h = (n − 1) p`, it is
    /// `x₍⌊h⌋₎ + (h − ⌊h⌋) (x₍⌊h⌋₊₁₎ − x₍⌊h⌋₎)`, counted from zero. This is type 7 of Hyndman and Fan
    /// (1996), the default of R and NumPy.
    ///
    /// - Parameters:
    ///   - fraction: The fraction `p`.
    ///   - values: The sample, in any order.
    /// - Returns: The quantile, not a number when the sample holds one that is not.
    /// - Precondition: `fraction` is from 0 to 1.
    public static func quantile(_ fraction: Double, of values: [Double]) -> Double? {
        precondition(
            fraction >= 0 && fraction <= 1, "a quantile's fraction is from 0 to 1, not \(fraction)")
        guard !values.isEmpty else { return nil }
        guard !values.contains(where: \.isNaN) else { return .nan }
        let sorted = values.sorted()
        let place = Double(sorted.count - 1) * fraction
        let lower = Int(place.rounded(.down))
        let rest = place - Double(lower)
        guard rest > 0 else { return sorted[lower] }
        return sorted[lower] + rest * (sorted[lower + 1] - sorted[lower])
    }
}
