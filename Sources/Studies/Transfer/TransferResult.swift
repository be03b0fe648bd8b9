import Foundation
public import Statistics
public import Sweeps

/// What a transfer study came to: the contents of `transfer.json`.
///
/// Keys are in snake case; what is not known is `null` and never left out. Losses are cross-entropies in
/// nats per token on the validation set, without z-loss. Drifts are factors on the learning rate: 2 is
/// twice the learning rate, 0.5 half of it.
public struct TransferResult: Sendable, Hashable, Codable {
    /// The version of these keys; a change of meaning changes it.
    public var schema = "ballast.transfer/1"
    /// The study's name.
    public var name: String
    /// What the size series say together: FAIL if any fails, PASS if all pass.
    public var verdict: Verdict
    /// The largest total drift that passes, as a factor in either direction.
    public var bound: Double
    /// The share of intervals that are to hold.
    public var confidence: Double
    /// Doublings of the size that a verdict takes.
    public var leastDoublings: Double
    /// One entry for each axis of size at each value of whatever else was swept.
    public var sizeSeries: [SizeSeries]

    /// Models that differ in one size.
    public struct SizeSeries: Sendable, Hashable, Codable {
        /// What tells it apart, as `width at depth 3, optimizer.rule=muon`.
        public var name: String
        /// What grows.
        public var axis: TransferAxis
        /// The other swept settings; empty when there are none.
        public var intervention: String
        /// PASS, FAIL or INCONCLUSIVE.
        public var verdict: Verdict
        /// Why there is no PASS or FAIL; nil when there is.
        @NullWhenNil public var reason: String?
        /// The seeds of each learning rate.
        public var seeds: Int
        /// One for each size, ascending.
        public var curves: [Curve]
        /// How the optimum moves; nil where too few sizes have one.
        @NullWhenNil public var drift: Drift?
        /// The smallest total drift that the design was to see, with the spread that was assumed.
        @NullWhenNil public var smallestDriftBefore: DetectableDrift?
        /// The same with the spread of the replicates.
        @NullWhenNil public var smallestDriftAfter: DetectableDrift?
        /// What may be the cause, the likeliest first; empty where the verdict is PASS.
        public var causes: [CauseFinding]

        /// States all of it.
        package init(
            name: String, axis: TransferAxis, intervention: String, verdict: Verdict,
            reason: String?,
            seeds: Int, curves: [Curve], drift: Drift?, smallestDriftBefore: DetectableDrift?,
            smallestDriftAfter: DetectableDrift?, causes: [CauseFinding]
        ) {
            self.name = name
            self.axis = axis
            self.intervention = intervention
            self.verdict = verdict
            self.reason = reason
            self.seeds = seeds
            self.curves = curves
            self.drift = drift
            self.smallestDriftBefore = smallestDriftBefore
            self.smallestDriftAfter = smallestDriftAfter
            self.causes = causes
        }
    }

    /// The final losses of one size.
    public struct Curve: Sendable, Hashable, Codable {
        /// The width, the depth or the number of steps.
        public var extent: Int
        /// One for each learning rate, ascending.
        public var points: [Point]
        /// Where the loss is lowest; nil for the ``reason`` given.
        @NullWhenNil public var optimum: Optimum?
        /// Why there is no optimum, and what to run next.
        @NullWhenNil public var reason: String?

        public init(extent: Int, points: [Point], optimum: Optimum?, reason: String?) {
            self.extent = extent
            self.points = points
            self.optimum = optimum
            self.reason = reason
        }
    }

    /// One learning rate of one size.
    public struct Point: Sendable, Hashable, Codable {
        /// The peak learning rate.
        public var learningRate: Double
        /// The final loss by seed; `null` for a run that diverged or has no result.
        public var losses: [Double?]
        /// The mean over seeds; nil where any is missing.
        @NullWhenNil public var mean: Double?
        /// Runs that diverged or ended above their start.
        public var diverged: Int
        /// Runs without a result.
        public var missing: Int

        /// Creates a point whose mean is that of its losses, where all seeds have one.
        package init(learningRate: Double, losses: [Double?], diverged: Int, missing: Int) {
            let known = losses.compactMap(\.self)
            self.init(
                learningRate: learningRate, losses: losses,
                mean: known.count == losses.count ? Descriptive.mean(of: known) : nil,
                diverged: diverged, missing: missing)
        }

        public init(
            learningRate: Double, losses: [Double?], mean: Double?, diverged: Int, missing: Int
        ) {
            self.learningRate = learningRate
            self.losses = losses
            self.mean = mean
            self.diverged = diverged
            self.missing = missing
        }
    }

    /// The optimum of a curve.
    public struct Optimum: Sendable, Hashable, Codable {
        /// The learning rate of the lowest loss.
        public var learningRate: Double
        /// The lower end of its interval; nil without one.
        @NullWhenNil public var low: Double?
        /// The upper end.
        @NullWhenNil public var high: Double?
        /// The lowest loss.
        public var loss: Double
        /// Nats per squared octave: the loss rises by so much at twice the learning rate.
        public var curvature: Double
        /// The learning rates that the parabola passes by.
        public var window: [Double]

        /// The optimum with an interval of so many octaves to either side; nil for none.
        package init(_ optimum: Statistics.Optimum, halfWidth: Double?) {
            learningRate = optimum.learningRate
            low = halfWidth.map { exp2(optimum.log2 - $0) }
            high = halfWidth.map { exp2(optimum.log2 + $0) }
            loss = optimum.loss
            curvature = optimum.curvature
            window = optimum.window
        }
    }

    /// How the optimum moves with size.
    public struct Drift: Sendable, Hashable, Codable {
        /// The factor for each doubling of the size.
        public var perDoubling: Double
        /// The lower end of its interval.
        public var perDoublingLow: Double
        /// The upper end.
        public var perDoublingHigh: Double
        /// The factor from the smallest to the largest size.
        public var total: Double
        /// The lower end of its interval.
        public var totalLow: Double
        /// The upper end.
        public var totalHigh: Double
        /// Doublings from the smallest to the largest size.
        public var doublings: Double
        /// Sizes that have an optimum.
        public var sizes: Int
        /// The standard deviation of an optimum from seed to seed, in octaves.
        public var spreadOctaves: Double
        /// The degrees of freedom of the interval.
        public var degreesOfFreedom: Int
        /// The probability of optima as far from a line as these.
        public var lackOfFit: Double
        /// The interval of the factor for each doubling by a bootstrap over seeds; nil below five.
        @NullWhenNil public var bootstrapLow: Double?
        /// Its upper end.
        @NullWhenNil public var bootstrapHigh: Double?

        /// States all of it.
        package init(
            perDoubling: Double, perDoublingLow: Double, perDoublingHigh: Double, total: Double,
            totalLow: Double, totalHigh: Double, doublings: Double, sizes: Int,
            spreadOctaves: Double,
            degreesOfFreedom: Int, lackOfFit: Double, bootstrapLow: Double?, bootstrapHigh: Double?
        ) {
            self.perDoubling = perDoubling
            self.perDoublingLow = perDoublingLow
            self.perDoublingHigh = perDoublingHigh
            self.total = total
            self.totalLow = totalLow
            self.totalHigh = totalHigh
            self.doublings = doublings
            self.sizes = sizes
            self.spreadOctaves = spreadOctaves
            self.degreesOfFreedom = degreesOfFreedom
            self.lackOfFit = lackOfFit
            self.bootstrapLow = bootstrapLow
            self.bootstrapHigh = bootstrapHigh
        }
    }

    /// What a design can see.
    public struct DetectableDrift: Sendable, Hashable, Codable {
        /// The standard deviation of an optimum from seed to seed in octaves, assumed or measured.
        public var spreadOctaves: Double
        /// The half width of the total drift's interval, as a factor.
        public var halfWidth: Double
        /// The total drift that four of five such studies tell from none, as a factor.
        public var detectable: Double

        /// States what a design can show.
        package init(_ drift: SmallestDrift, spread: Double) {
            spreadOctaves = spread
            halfWidth = exp2(drift.halfWidth)
            detectable = exp2(drift.detectable)
        }
    }

    package init(
        name: String, verdict: Verdict, settings: TransferSettings, sizeSeries: [SizeSeries]
    ) {
        self.name = name
        self.verdict = verdict
        bound = settings.bound
        confidence = settings.confidence
        leastDoublings = settings.leastDoublings
        self.sizeSeries = sizeSeries
    }
}
