/// The smallest difference between two recipes that a design of paired seeds can see.
///
/// Before a study the spread is an assumption or a pilot's; after it, that of its seeds.
public struct DetectableDifference: Sendable, Hashable {
    /// The difference that the share ``power`` of such studies tells from none.
    public let value: Double
    /// Half the width of the difference's interval.
    public let halfWidth: Double
    /// The share of studies that are to see the difference.
    public let power: Double

    /// Computes what a design can see; nil for a design without an interval.
    ///
    /// From the power of Student's two-sided test, which the noncentral t distribution gives exactly.
    ///
    /// - Parameters:
    ///   - strata: Sizes at which the difference is measured, at least 1.
    ///   - seeds: Seeds of each, at least 2.
    ///   - spread: The standard deviation of a difference from seed to seed.
    ///   - significance: The share of studies of equal recipes that say they differ.
    ///   - power: The share of studies that are to see the difference.
    public init?(
        strata: Int, seeds: Int, spread: Double, significance: Double = 0.05, power: Double = 0.8
    ) {
        guard strata >= 1, seeds >= 2, spread >= 0, spread.isFinite,
            significance > 0, significance < power, power < 1
        else { return nil }
        let freedom = Double(strata * (seeds - 1))
        let critical = StudentDistribution(degreesOfFreedom: freedom)
            .quantile(1 - significance / 2)
        let error = spread / Double(strata * seeds).squareRoot()
        // Beyond 30 errors every such test sees the difference: with one degree of freedom and a
        // significance of 0.05, a power of 0.8 takes 16.6.
        let noncentrality = Bisection.place(of: power) { δ in
            δ > 30 ? 1 : Self.power(δ, freedom, critical)
        }
        value = noncentrality * error
        halfWidth = critical * error
        self.power = power
    }

    /// The probability that the test sees a difference of `δ` standard errors.
    private static func power(_ δ: Double, _ freedom: Double, _ critical: Double) -> Double {
        let t = NoncentralStudentDistribution(degreesOfFreedom: freedom, noncentrality: δ)
        return 1 - t.probability(below: critical) + t.probability(below: -critical)
    }

    /// The fewest seeds with which a difference is seen.
    ///
    /// - Parameters:
    ///   - difference: The difference, of either sign.
    ///   - strata: Sizes at which it is measured.
    ///   - spread: The standard deviation of a difference from seed to seed.
    ///   - significance: The share of studies of equal recipes that say they differ.
    /// - Returns: Nil where 1000 are too few.
    public static func seeds(
        toSee difference: Double, strata: Int, spread: Double, significance: Double = 0.05
    ) -> Int? {
        func isSeen(_ seeds: Int) -> Bool {
            DetectableDifference(
                strata: strata, seeds: seeds, spread: spread, significance: significance
            )
            .map { $0.value <= difference.magnitude } ?? false
        }
        // More seeds see more.
        var (few, enough) = (1, 2)
        while !isSeen(enough) {
            guard enough < 1000 else { return nil }
            (few, enough) = (enough, min(2 * enough, 1000))
        }
        while enough - few > 1 {
            let middle = (few + enough) / 2
            if isSeen(middle) { enough = middle } else { few = middle }
        }
        return enough
    }
}
