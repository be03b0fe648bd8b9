/// What repeated runs of one recipe differ by: how small a change of a recipe can be and still be seen.
///
/// ```swift
/// let floor = NoiseFloor([3.2781, 3.2794, 3.2776, 3.2788])
/// floor?.deviation                                // 0.00078
/// floor?.detectable(runs: 4, significance: 0.05)  // 0.0016: what four runs of a candidate tell from none
/// ```
public struct NoiseFloor: Sendable, Hashable {
    /// The runs.
    public let values: [Double]
    /// Their mean.
    public let mean: Double
    /// Their standard deviation.
    public let deviation: Double

    /// Measures runs; nil for fewer than two, for one that is not finite, and for runs that are all equal.
    public init?(_ values: [Double]) {
        guard values.allSatisfy(\.isFinite), let mean = Descriptive.mean(of: values),
            let deviation = Descriptive.standardDeviation(of: values), deviation > 0
        else { return nil }
        self.values = values
        self.mean = mean
        self.deviation = deviation
    }

    /// Where the true standard deviation lies, by the χ² distribution.
    ///
    /// - Parameter confidence: The share of such intervals that hold.
    /// - Returns: The interval.
    public func interval(confidence: Double = 0.95) -> ClosedRange<Double> {
        let freedom = Double(values.count - 1)
        let chi = ChiSquaredDistribution(degreesOfFreedom: freedom)
        let tail = (1 - confidence) / 2
        let low = deviation * (freedom / chi.quantile(1 - tail)).squareRoot()
        let high = deviation * (freedom / chi.quantile(tail)).squareRoot()
        return low...max(low, high)
    }

    /// The smallest improvement that so many runs of a candidate tell from none, by Student's one-sided test
    /// of two samples with one standard deviation.
    ///
    /// - Parameters:
    ///   - runs: Runs of the candidate, at least 1.
    ///   - significance: The share of candidates without improvement that seem to have one.
    ///   - power: The share of candidates with this improvement that are told from none.
    /// - Returns: Nil where `significance < power < 1` does not hold, or `runs` is below 1.
    public func detectable(runs: Int, significance: Double, power: Double = 0.8) -> Double? {
        guard runs >= 1, significance > 0, significance < power, power < 1 else { return nil }
        let freedom = Double(values.count + runs - 2)
        let critical = StudentDistribution(degreesOfFreedom: freedom).quantile(above: significance)
        // A noncentrality above 30 is as good as certain, but for tests too weak to be of use.
        let noncentrality = Bisection.place(of: power) { δ in
            δ > 30
                ? 1
                : 1
                    - NoncentralStudentDistribution(degreesOfFreedom: freedom, noncentrality: δ)
                    .probability(below: critical)
        }
        return noncentrality >= 30 ? nil : noncentrality * error(runs: runs)
    }

    /// The fewest runs of a candidate with which an improvement is told from none.
    ///
    /// - Returns: Nil where 1000 are too few: the baselines then bound what can be seen.
    public func runs(
        toSee improvement: Double, significance: Double, power: Double = 0.8
    ) -> Int? {
        func isSeen(_ runs: Int) -> Bool {
            detectable(runs: runs, significance: significance, power: power)
                .map { $0 <= improvement } ?? false
        }
        guard isSeen(1000) else { return nil }
        var (few, enough) = (0, 1000)
        while enough - few > 1 {
            let middle = (few + enough) / 2
            if isSeen(middle) { enough = middle } else { few = middle }
        }
        return enough
    }

    /// The standard error of a difference of means, by the baselines' spread.
    private func error(runs: Int) -> Double {
        deviation * (1 / Double(values.count) + 1 / Double(runs)).squareRoot()
    }

    /// Compares a candidate with the baselines.
    ///
    /// - Parameters:
    ///   - candidate: Its runs, at least one, finite.
    ///   - margin: The improvement that is tested against: 0 asks whether there is any.
    /// - Returns: The probability of an improvement at least as large as this one, were the true one `margin`, and
    ///   of one at most as large.
    public func probabilities(
        _ candidate: [Double], improvement margin: Double = 0
    ) -> (larger: Double, smaller: Double) {
        let comparison = compare(candidate)
        let t = (comparison.improvement - margin) / comparison.error
        let below = StudentDistribution(degreesOfFreedom: comparison.freedom).probability(below: t)
        return (1 - below, below)
    }

    /// How much lower a candidate's mean is than the baselines', with the standard error by their common
    /// standard deviation.
    public func compare(
        _ candidate: [Double]
    ) -> (improvement: Double, error: Double, freedom: Double) {
        precondition(
            !candidate.isEmpty && candidate.allSatisfy(\.isFinite),
            "NoiseFloor: a candidate has finite runs")
        let count = Double(candidate.count)
        let centre = Descriptive.mean(of: candidate) ?? 0
        let squares = candidate.reduce(0) { $0 + ($1 - centre) * ($1 - centre) }
        let own = Double(values.count - 1)
        let freedom = own + count - 1
        let pooled = ((deviation * deviation * own + squares) / freedom).squareRoot()
        return (
            mean - centre, pooled * (1 / Double(values.count) + 1 / count).squareRoot(), freedom
        )
    }

    /// The probability of spreads as unlike as those of a candidate and the baselines, were the true ones equal.
    ///
    /// The comparison assumes that they are; nil for a candidate of one run.
    public func probabilityOfSpreads(_ candidate: [Double]) -> Double? {
        guard let own = Descriptive.standardDeviation(of: candidate) else { return nil }
        let (a, b) = (Double(values.count - 1), Double(candidate.count - 1))
        let ratio = own * own / (deviation * deviation)
        let above = FisherDistribution(b, a).probability(above: ratio)
        return min(2 * min(above, 1 - above), 1)
    }
}
