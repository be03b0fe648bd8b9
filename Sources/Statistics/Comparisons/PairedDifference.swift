/// The difference between two recipes that ran with the same seeds, with Student's interval.
///
/// What a seed adds to both recipes cancels in the difference. Where the difference was measured in
/// several strata (at several sizes of the model), it is the mean over the strata, and the spread of
/// seeds about the mean of their stratum is pooled: three sizes of two seeds so give three degrees of
/// freedom where one size would give one.
///
/// ```swift
/// let difference = PairedDifference([[-0.21, -0.17, -0.20]])
/// difference?.interval          // −0.245 … −0.142: lower
/// ```
public struct PairedDifference: Sendable, Hashable {
    /// The mean of the strata's means.
    public let mean: Double
    /// The standard error of the mean.
    public let standardError: Double
    /// The degrees of freedom of the standard error: seeds less one, summed over the strata.
    public let degreesOfFreedom: Int
    /// The standard deviation of a difference from seed to seed, pooled over the strata.
    public let spread: Double
    /// The share of intervals that hold.
    public let confidence: Double

    /// Averages differences; nil where a stratum is empty, none has a replicate, or a number is not
    /// finite.
    ///
    /// - Parameters:
    ///   - strata: The differences of each seed, stratum by stratum.
    ///   - confidence: The share of intervals that are to hold, between 0 and 1.
    public init?(_ strata: [[Double]], confidence: Double = 0.95) {
        let replicates = strata.reduce(0) { $0 + $1.count - 1 }
        guard !strata.isEmpty, strata.allSatisfy({ !$0.isEmpty }), replicates >= 1,
            strata.joined().allSatisfy(\.isFinite), confidence > 0, confidence < 1
        else { return nil }
        let means = strata.map { $0.reduce(0, +) / Double($0.count) }
        let squares = zip(strata, means).reduce(0.0) { sum, pair in
            pair.0.reduce(sum) { $0 + ($1 - pair.1) * ($1 - pair.1) }
        }
        let count = Double(strata.count)
        mean = means.reduce(0, +) / count
        degreesOfFreedom = replicates
        spread = (squares / Double(replicates)).squareRoot()
        standardError = spread / count * strata.reduce(0) { $0 + 1 / Double($1.count) }.squareRoot()
        self.confidence = confidence
    }

    private var student: StudentDistribution {
        StudentDistribution(degreesOfFreedom: Double(degreesOfFreedom))
    }

    /// Half the width of ``interval``.
    public var halfWidth: Double { student.quantile((1 + confidence) / 2) * standardError }

    /// Where the true difference lies.
    public var interval: ClosedRange<Double> { mean - halfWidth...mean + halfWidth }

    /// The probability of a mean as far from zero as this, if the recipes did not differ.
    public var probability: Double {
        if standardError == 0 { return mean == 0 ? 1 : 0 }
        return 2 * student.probability(below: -(mean / standardError).magnitude)
    }

    /// The probability of a mean as far inside the margins as this, if the recipes differed by a
    /// margin: the larger of two one-sided tests (Schuirmann 1987).
    ///
    /// - Parameter margin: The smallest difference that matters, above 0.
    /// - Returns: Small where the difference is shown to be smaller than the margin.
    public func probability(ofDifferenceBeyond margin: Double) -> Double {
        if standardError == 0 { return mean.magnitude < margin ? 0 : 1 }
        let nearest = (margin - mean.magnitude) / standardError
        return student.probability(below: -nearest)
    }

    /// What the difference comes to.
    ///
    /// - Parameter margin: The smallest difference that matters, above 0.
    /// - Returns: `same` where both one-sided tests pass at half of `1 − confidence`, so that the whole
    ///   ``interval`` lies within the margin, be it off zero or not; else `lower` or `higher` where the
    ///   interval leaves out zero.
    public func finding(margin: Double) -> DifferenceFinding {
        if probability(ofDifferenceBeyond: margin) < (1 - confidence) / 2 { return .same }
        if interval.upperBound < 0 { return .lower }
        return interval.lowerBound > 0 ? .higher : .undecided
    }
}

/// What a difference comes to.
public enum DifferenceFinding: String, Sendable, Hashable, Codable, CaseIterable {
    /// Below zero.
    case lower
    /// Above zero.
    case higher
    /// Smaller than what matters.
    case same
    /// Too uncertain to say.
    case undecided
}
