/// The distribution of the ratio of two estimates of one variance: Fisher's F.
public struct FisherDistribution: Sendable, Hashable {
    /// The degrees of freedom of the numerator, above 0.
    public let numerator: Double
    /// The degrees of freedom of the denominator, above 0.
    public let denominator: Double

    /// Names a distribution.
    ///
    /// - Parameters:
    ///   - numerator: The degrees of freedom of the numerator.
    ///   - denominator: Those of the denominator.
    /// - Precondition: Both are above 0.
    public init(_ numerator: Double, _ denominator: Double) {
        precondition(
            numerator > 0 && denominator > 0, "FisherDistribution: \(numerator), \(denominator)")
        self.numerator = numerator
        self.denominator = denominator
    }

    /// The probability of a ratio of at least `f`.
    public func probability(above f: Double) -> Double {
        if f <= 0 { return 1 }
        if f == .infinity { return 0 }
        return IncompleteBeta.regularized(
            denominator / (denominator + numerator * f), denominator / 2, numerator / 2)
    }

    /// The ratio below which a probability lies, by halving an interval.
    ///
    /// - Parameter probability: Between 0 and 1, both excluded.
    /// - Returns: The quantile.
    /// - Precondition: `0 < probability < 1`.
    public func quantile(_ probability: Double) -> Double {
        precondition(
            probability > 0 && probability < 1, "FisherDistribution: quantile \(probability)")
        return Bisection.place(of: probability) { 1 - self.probability(above: $0) }
    }
}
