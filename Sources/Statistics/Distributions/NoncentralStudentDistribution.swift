import Foundation

/// The distribution of Student's t where the true mean is not zero, on which the power of a test rests.
///
/// ```
/// T = (Z + δ) / √(V/ν),   Z normal, V χ² of ν degrees of freedom
/// ```
public struct NoncentralStudentDistribution: Sendable, Hashable {
    /// The degrees of freedom ν, above 0.
    public let degreesOfFreedom: Double
    /// δ: the true mean over its true standard error.
    public let noncentrality: Double

    /// Names a distribution.
    ///
    /// - Parameters:
    ///   - degreesOfFreedom: ν.
    ///   - noncentrality: δ.
    /// - Precondition: ν is above 0, δ within ±35: beyond, `exp(−δ²/2)` loses its digits.
    public init(degreesOfFreedom: Double, noncentrality: Double) {
        precondition(
            degreesOfFreedom > 0 && noncentrality.magnitude <= 35,
            "NoncentralStudentDistribution: \(degreesOfFreedom), \(noncentrality)")
        self.degreesOfFreedom = degreesOfFreedom
        self.noncentrality = noncentrality
    }

    /// The probability of a value of at most `t`.
    ///
    /// By the series of incomplete beta functions of algorithm AS 243 (Lenth 1989), for `t ≥ 0`
    /// ```
    /// Φ(−δ) + ½ Σⱼ pⱼ I_x(j + ½, ν/2) + qⱼ I_x(j + 1, ν/2),   x = t²/(ν + t²)
    /// pⱼ = e^{−δ²/2} (δ²/2)ʲ / j!,   qⱼ = δ e^{−δ²/2} (δ²/2)ʲ / (√2 Γ(j + 3/2))
    /// ```
    /// and by reflection below.
    public func probability(below t: Double) -> Double {
        t < 0
            ? 1 - Self.upperHalf(-t, degreesOfFreedom, -noncentrality)
            : Self.upperHalf(t, degreesOfFreedom, noncentrality)
    }

    private static func upperHalf(_ t: Double, _ ν: Double, _ δ: Double) -> Double {
        let start = 0.5 * erfc(δ / 2.0.squareRoot())
        if t == 0 { return start }
        let x = t * t / (ν + t * t)
        let half = δ * δ / 2
        var p = exp(-half)
        var q = δ * p / (2.0.squareRoot() * 0.5 * Double.pi.squareRoot())
        var sum = 0.0
        for index in 0..<20_000 {
            let j = Double(index)
            sum +=
                p * IncompleteBeta.regularized(x, j + 0.5, ν / 2)
                + q * IncompleteBeta.regularized(x, j + 1, ν / 2)
            // Past their largest the weights fall faster and faster.
            if j > half, p < 1e-17, q.magnitude < 1e-17 { break }
            p *= half / (j + 1)
            q *= half / (j + 1.5)
        }
        return min(max(start + 0.5 * sum, 0), 1)
    }
}
