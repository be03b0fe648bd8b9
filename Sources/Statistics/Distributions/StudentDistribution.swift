/// The distribution of a mean over its own estimated error: Student's t.
///
/// ```swift
/// StudentDistribution(degreesOfFreedom: 2).quantile(0.975)   // 4.303
/// ```
public struct StudentDistribution: Sendable, Hashable {
    /// The degrees of freedom ν of the estimated error, above 0.
    public let degreesOfFreedom: Double

    /// Names a distribution.
    ///
    /// - Parameter degreesOfFreedom: ν.
    /// - Precondition: ν is above 0.
    public init(degreesOfFreedom: Double) {
        precondition(
            degreesOfFreedom > 0, "StudentDistribution: \(degreesOfFreedom) degrees of freedom")
        self.degreesOfFreedom = degreesOfFreedom
    }

    /// The probability of a value of at most `t`.
    public func probability(below t: Double) -> Double {
        let ν = degreesOfFreedom
        let tail = 0.5 * IncompleteBeta.regularized(ν / (ν + t * t), ν / 2, 0.5)
        return t > 0 ? 1 - tail : tail
    }

    /// The value above which a probability lies.
    ///
    /// - Parameter probability: Above 0 and below 1; one below 1e-15 counts as that, for less is nothing
    ///   beside 1 in double precision.
    /// - Returns: The quantile.
    public func quantile(above probability: Double) -> Double {
        quantile(1 - max(probability, 1e-15))
    }

    /// The value below which a probability lies.
    ///
    /// By halving an interval: equal arguments give equal bits.
    ///
    /// - Parameter probability: Between 0 and 1, both excluded.
    /// - Returns: The quantile.
    /// - Precondition: `0 < probability < 1`.
    public func quantile(_ probability: Double) -> Double {
        precondition(
            probability > 0 && probability < 1, "StudentDistribution: quantile \(probability)")
        if probability == 0.5 { return 0 }
        if probability < 0.5 { return -quantile(1 - probability) }
        return Bisection.place(of: probability) { self.probability(below: $0) }
    }
}
