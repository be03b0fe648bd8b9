/// The distribution of a sum of squares of normal numbers: χ².
public struct ChiSquaredDistribution: Sendable, Hashable {
    /// The degrees of freedom, above 0.
    public let degreesOfFreedom: Double

    /// Names a distribution.
    ///
    /// - Parameter degreesOfFreedom: The number of squares.
    /// - Precondition: It is above 0.
    public init(degreesOfFreedom: Double) {
        precondition(
            degreesOfFreedom > 0, "ChiSquaredDistribution: \(degreesOfFreedom) degrees of freedom")
        self.degreesOfFreedom = degreesOfFreedom
    }

    /// The probability of a sum of at most `x`.
    public func probability(below x: Double) -> Double {
        IncompleteGamma.regularized(degreesOfFreedom / 2, x / 2)
    }

    /// The sum below which a probability lies, by halving an interval.
    ///
    /// - Parameter probability: Between 0 and 1, both excluded.
    /// - Returns: The quantile.
    /// - Precondition: `0 < probability < 1`.
    public func quantile(_ probability: Double) -> Double {
        precondition(
            probability > 0 && probability < 1, "ChiSquaredDistribution: quantile \(probability)")
        return Bisection.place(of: probability) { self.probability(below: $0) }
    }
}
