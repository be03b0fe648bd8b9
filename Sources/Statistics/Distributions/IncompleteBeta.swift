import Foundation

/// The share of a beta distribution below a point, on which the tails of Student's t and of F rest.
enum IncompleteBeta {
    /// The regularised incomplete beta function, `I_x(a, b) = ∫₀ˣ tᵃ⁻¹ (1 − t)ᵇ⁻¹ dt / B(a, b)`.
    ///
    /// By its continued fraction (NIST Digital Library of Mathematical Functions, 8.17.22), which
    /// converges fast below `(a + 1) / (a + b + 2)`; above, by `I_x(a, b) = 1 − I_{1−x}(b, a)`.
    ///
    /// - Parameters:
    ///   - x: From 0 to 1.
    ///   - a: Above 0.
    ///   - b: Above 0.
    /// - Returns: From 0 to 1, to about 1e-14.
    static func regularized(_ x: Double, _ a: Double, _ b: Double) -> Double {
        precondition(a > 0 && b > 0, "IncompleteBeta: a \(a), b \(b)")
        if x <= 0 { return 0 }
        if x >= 1 { return 1 }
        if x > (a + 1) / (a + b + 2) { return 1 - regularized(1 - x, b, a) }
        let logBeta = lgamma(a) + lgamma(b) - lgamma(a + b)
        let front = exp(a * log(x) + b * log1p(-x) - logBeta) / a
        return front / fraction(x, a, b)
    }

    /// `1 + d₁/(1 + d₂/(1 + …))`, evaluated from the front by the ratio of successive convergents.
    private static func fraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
        let tiny = 1e-300
        var value = 1.0
        var (upper, lower) = (1.0, 0.0)
        for index in 1...500 {
            let m = Double(index / 2)
            let d =
                index % 2 == 0
                ? m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
                : -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            lower = 1 + d * lower
            if lower.magnitude < tiny { lower = tiny }
            lower = 1 / lower
            upper = 1 + d / upper
            if upper.magnitude < tiny { upper = tiny }
            let factor = upper * lower
            value *= factor
            if (factor - 1).magnitude < 1e-16 { break }
        }
        return value
    }

    private static func lgamma(_ x: Double) -> Double { Foundation.lgamma(x) }
}
