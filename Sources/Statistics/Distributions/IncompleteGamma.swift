import Foundation

/// The share of a gamma distribution below a point, on which the tails of χ² rest.
enum IncompleteGamma {
    /// The regularised lower incomplete gamma function, `P(a, x) = ∫₀ˣ tᵃ⁻¹ e⁻ᵗ dt / Γ(a)`.
    ///
    /// By its series below `a + 1` (NIST Digital Library of Mathematical Functions, 8.11.4) and by the
    /// continued fraction of its complement above (8.9.2).
    ///
    /// - Parameters:
    ///   - a: Above 0.
    ///   - x: At least 0.
    /// - Returns: From 0 to 1, to about 1e-14.
    static func regularized(_ a: Double, _ x: Double) -> Double {
        precondition(a > 0, "IncompleteGamma: a \(a)")
        if x <= 0 { return 0 }
        if x == .infinity { return 1 }
        let front = exp(a * log(x) - x - Foundation.lgamma(a))
        return x < a + 1 ? front * series(a, x) : 1 - front * fraction(a, x)
    }

    /// `Σ xⁿ / (a (a + 1) … (a + n))`.
    private static func series(_ a: Double, _ x: Double) -> Double {
        var term = 1 / a
        var sum = term
        var place = a
        while term > sum * 1e-17 {
            place += 1
            term *= x / place
            sum += term
        }
        return sum
    }

    /// `1/(x + 1 − a − 1(1 − a)/(x + 3 − a − …))`, from the front by ratios of successive convergents.
    private static func fraction(_ a: Double, _ x: Double) -> Double {
        let tiny = 1e-300
        var b = x + 1 - a
        var upper = 1 / tiny
        var lower = 1 / b
        var value = lower
        for index in 1...10_000 {
            let n = Double(index)
            let factor = -n * (n - a)
            b += 2
            lower = factor * lower + b
            if lower.magnitude < tiny { lower = tiny }
            upper = b + factor / upper
            if upper.magnitude < tiny { upper = tiny }
            lower = 1 / lower
            let ratio = lower * upper
            value *= ratio
            if (ratio - 1).magnitude < 1e-16 { break }
        }
        return value
    }
}
