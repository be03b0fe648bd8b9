import Foundation

/// How an optimum moves with size: a line through log₂ of the optimal learning rate against log₂ of the
/// size, with an interval that holds at two or three seeds.
///
/// With one seed's optimum as the optimum of its size plus what that seed adds, the line is fitted to
/// all of them, and the interval is Student's with
/// `sizes · seeds − 2` degrees of freedom: the spread within sizes and the distances of the sizes from
/// the line, pooled. Where those distances are larger than the spread explains (F test, 5%), the line is
/// not the whole story; then the distances alone make the interval, with `sizes − 2` degrees.
///
/// Two seeds at four sizes so give six degrees of freedom where the seeds alone would give one.
public struct DriftFit: Sendable, Hashable {
    /// A size with the optima of its seeds.
    public struct Size: Sendable, Hashable {
        /// The width, the depth or the number of steps.
        public var extent: Double
        /// log₂ of the optimal learning rate of each seed.
        public var optima: [Double]

        public init(extent: Double, optima: [Double]) {
            self.extent = extent
            self.optima = optima
        }
    }

    /// The share of intervals that hold.
    public let confidence: Double
    /// Doublings of the size from the smallest to the largest.
    public let doublings: Double
    /// The slope: octaves of learning rate per doubling of the size.
    public let slope: Double
    /// The standard error of the slope.
    public let standardError: Double
    /// The degrees of freedom of the standard error.
    public let degreesOfFreedom: Int
    /// The standard deviation of an optimum from seed to seed, in octaves, pooled over sizes.
    public let spread: Double
    /// The degrees of freedom of ``spread``.
    public let spreadDegreesOfFreedom: Int
    /// The probability of distances from the line as large as these, if only the seeds made them.
    public let lackOfFit: Double
    /// Whether the sizes alone make the interval.
    public var isBent: Bool { lackOfFit < Self.significance }

    private static let significance = 0.05

    /// Fits the line; nil with fewer sizes than three or without a replicate.
    ///
    /// - Parameters:
    ///   - sizes: At least three different sizes, one of them with two seeds or more.
    ///   - confidence: The share of intervals that are to hold.
    public init?(_ sizes: [Size], confidence: Double = 0.95) {
        let points = sizes.flatMap { size in size.optima.map { (log2(size.extent), $0) } }
        let places = sizes.map { log2($0.extent) }
        let replicates = sizes.reduce(0) { $0 + $1.optima.count - 1 }
        guard Set(places).count >= 3, replicates >= 1, let first = places.min(),
            let last = places.max(), sizes.allSatisfy({ !$0.optima.isEmpty }),
            points.allSatisfy({ $0.0.isFinite && $0.1.isFinite })
        else { return nil }
        let count = Double(points.count)
        let meanPlace = points.reduce(0) { $0 + $1.0 } / count
        let mean = points.reduce(0) { $0 + $1.1 } / count
        let squares = points.reduce(0) { $0 + ($1.0 - meanPlace) * ($1.0 - meanPlace) }
        let slope =
            points.reduce(0) { $0 + ($1.0 - meanPlace) * ($1.1 - mean) } / squares
        var (within, off) = (0.0, 0.0)
        for (place, size) in zip(places, sizes) {
            let own = size.optima.reduce(0, +) / Double(size.optima.count)
            within += size.optima.reduce(0) { $0 + ($1 - own) * ($1 - own) }
            let distance = own - mean - slope * (place - meanPlace)
            off += Double(size.optima.count) * distance * distance
        }
        let offFreedom = sizes.count - 2
        let variance = within / Double(replicates)
        let offVariance = off / Double(offFreedom)
        let p = FisherDistribution(Double(offFreedom), Double(replicates)).probability(
            above: variance > 0 ? offVariance / variance : offVariance > 0 ? .infinity : 0)
        let isBent = p < Self.significance
        degreesOfFreedom = isBent ? offFreedom : offFreedom + replicates
        let used = isBent ? offVariance : (within + off) / Double(degreesOfFreedom)
        self.slope = slope
        self.confidence = confidence
        standardError = (used / squares).squareRoot()
        doublings = last - first
        spread = variance.squareRoot()
        spreadDegreesOfFreedom = replicates
        lackOfFit = p
    }

    private func quantile(_ freedom: Int) -> Double {
        StudentDistribution(degreesOfFreedom: Double(freedom)).quantile((1 + confidence) / 2)
    }

    /// Octaves per doubling, from low to high.
    public var slopeInterval: ClosedRange<Double> {
        let half = quantile(degreesOfFreedom) * standardError
        return slope - half...slope + half
    }

    /// Octaves from the smallest to the largest size.
    public var total: Double { slope * doublings }

    /// Octaves from the smallest to the largest size, from low to high.
    public var totalInterval: ClosedRange<Double> {
        slopeInterval.lowerBound * doublings...slopeInterval.upperBound * doublings
    }

    /// Half the width of the interval of one size's optimum, in octaves.
    ///
    /// - Parameter seeds: The seeds of the size.
    /// - Returns: Student's quantile times the pooled spread over the root of the seeds.
    public func halfWidth(ofOptimumOver seeds: Int) -> Double {
        quantile(spreadDegreesOfFreedom) * spread / Double(seeds).squareRoot()
    }

    /// What the total drift says of a bound.
    ///
    /// - Parameter bound: The largest factor, in either direction, that passes; above 1.
    /// - Returns: PASS when the whole interval lies inside, FAIL when it lies outside.
    public func verdict(bound: Double) -> Verdict {
        Verdict(totalInterval, within: -log2(bound)...log2(bound))
    }

    /// What the drift says of a bound where not all sizes have an optimum.
    ///
    /// - Parameters:
    ///   - bound: The largest factor, in either direction, that passes; above 1.
    ///   - span: Doublings from the smallest size to the largest, those without an optimum included.
    /// - Returns: PASS only where the interval lies inside over the whole span; FAIL as over the sizes that
    ///   have an optimum.
    public func verdict(bound: Double, over span: Double) -> Verdict {
        let known = verdict(bound: bound)
        guard known == .pass, span > doublings else { return known }
        let whole = slopeInterval.lowerBound * span...slopeInterval.upperBound * span
        return Verdict(whole, within: -log2(bound)...log2(bound)) == .pass ? .pass : .inconclusive
    }
}
