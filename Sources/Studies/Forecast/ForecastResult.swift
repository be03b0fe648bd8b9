public import Statistics
public import Sweeps

/// What a sweep says of a larger size: the contents of `forecast.json`.
///
/// Keys are in snake case; what is not known is `null` and never left out. Sizes are parameters without
/// the embedding and the head.
public struct ForecastResult: Sendable, Hashable, Codable {
    /// The version of these keys; a change of meaning changes it.
    public var schema = "ballast.forecast/1"
    /// The sweep's name.
    public var name: String
    /// What the signals with an alarm say together at the learning rate of the lowest loss.
    public var verdict: Verdict
    /// Why there is no PASS or FAIL, and what would settle it; nil when there is.
    @NullWhenNil public var reason: String?
    /// The target as asked for.
    public var target: String
    /// The target's parameters.
    public var targetParameters: Double
    /// The parameters of the largest size that ran.
    public var largestParameters: Double
    /// Target over largest: how far the forecast goes.
    public var extrapolationFactor: Double
    /// The share of intervals that are to hold.
    public var confidence: Double
    /// Runs of the sweep.
    public var runs: Int
    /// Those of them without a result.
    public var missing: Int
    /// Those of them that diverged.
    public var diverged: Int
    /// The interventions, and for each the learning rate of the lowest loss at the largest size.
    public var judged: [Judged]
    /// One for each signal.
    public var signals: [Signal]
    /// What a stable run is; nil in files of earlier versions.
    @NullWhenNil public var stability: StabilityBoundary.Criteria?
    /// What is carried to the target, for each intervention; nil in files of earlier versions.
    @NullWhenNil public var atTarget: [AtTarget]?

    /// The learning rate that an intervention is judged at.
    public struct Judged: Sendable, Hashable, Codable {
        /// The intervention; empty when none is swept.
        public var intervention: String
        /// The learning rate; nil where every run of the largest size diverged.
        @NullWhenNil public var learningRate: Double?
    }

    /// What a signal says.
    public struct Signal: Sendable, Hashable, Codable {
        /// Its name.
        public var name: String
        /// What it measures.
        public var meaning: String
        /// When it was read.
        public var reading: String
        /// The step of that, or the first of several.
        public var readingStep: Int
        /// Whether the learning rate changes it at no step that may be read: nothing is forecast then.
        public var isSilent: Bool
        /// The published protocol scaled to these runs.
        public var scaledProtocol: String
        /// The published protocol as it stands.
        public var publishedProtocol: String
        /// Why it was read elsewhere than by the scaled protocol; nil when it was not.
        @NullWhenNil public var readingReason: String?
        /// What it is compared with.
        public var thresholds: [ForecastThreshold]
        /// One for each intervention and learning rate.
        public var lines: [Line]
        /// Runs at held-out largest sizes that lay within their intervals, by extrapolation factor.
        public var coverage: [Coverage]
    }

    /// How many held-out runs an interval held.
    public struct Coverage: Sendable, Hashable, Codable {
        /// The held-out size over the largest that the forecasts saw.
        public var extrapolationFactor: Double
        /// Sizes that the forecasts saw.
        public var sizes: Int
        /// Runs within their intervals.
        public var covered: Int
        /// Runs.
        public var runs: Int
        /// Forecasts.
        public var forecasts: Int
        /// Forecasts that passed.
        public var passed: Int
    }

    /// One learning rate of one intervention.
    public struct Line: Sendable, Hashable, Codable {
        /// The intervention; empty when none is swept.
        public var intervention: String
        /// The peak learning rate.
        public var learningRate: Double
        /// What was measured, by size, ascending.
        public var points: [Point]
        /// The model of the fit; nil where there is none.
        @NullWhenNil public var model: GrowthModel?
        /// The fitted curve from the smallest size to the target, or as far as is validated.
        public var curve: [CurvePoint]
        /// The forecast; nil beyond the validated factor.
        @NullWhenNil public var value: Double?
        /// The lower end of its interval; nil beyond the validated factor.
        @NullWhenNil public var low: Double?
        /// The upper end.
        @NullWhenNil public var high: Double?
        /// `rises`, `falls` or `no direction`, from the largest size to the target.
        @NullWhenNil public var direction: String?
        /// Whether the target lies within the validated factor.
        public var isValidated: Bool
        /// The largest extrapolation factor at which held-out validation passed; nil where it did not.
        @NullWhenNil public var validatedFactor: Double?
        /// Forecasts of the largest size beside what was measured.
        public var heldOut: [HeldOut]
        /// PASS, FAIL or INCONCLUSIVE; nil where nothing is an alarm.
        @NullWhenNil public var verdict: Verdict?
        /// Why there is no PASS or FAIL, and what would settle it.
        @NullWhenNil public var reason: String?
        /// The thresholds that the forecast crosses, or may cross.
        public var crossings: [Crossing]
        /// The exponent by which the largest size's value grows with steps over the second half; nil
        /// where it was not recorded.
        @NullWhenNil public var stepExponent: Double?
    }

    /// A size of a line.
    public struct Point: Sendable, Hashable, Codable {
        /// Parameters.
        public var parameters: Double
        /// The width.
        public var width: Int
        /// The depth.
        public var depth: Int
        /// What the seeds measured.
        public var values: [Double]
        /// Runs without a value: diverged before it was read, or not recorded.
        public var lost: Int
    }

    /// A place of a fitted curve.
    public struct CurvePoint: Sendable, Hashable, Codable {
        /// Parameters.
        public var parameters: Double
        /// The fitted value.
        public var value: Double
    }

    /// A forecast of the largest size from smaller ones.
    public struct HeldOut: Sendable, Hashable, Codable {
        /// The held-out size over the largest that was seen.
        public var extrapolationFactor: Double
        /// Sizes seen.
        public var sizes: Int
        /// The model.
        public var model: GrowthModel
        /// The forecast.
        public var value: Double
        /// The lower end of its interval.
        public var low: Double
        /// The upper end.
        public var high: Double
        /// What the runs measured.
        public var truths: [Double]
        /// Runs within the interval.
        public var covered: Int
        /// Whether it passed.
        public var passes: Bool
    }

    /// A threshold that the forecast crosses.
    public struct Crossing: Sendable, Hashable, Codable {
        /// The threshold.
        public var threshold: String
        /// How much it means.
        public var level: ForecastThreshold.Level
        /// Whether the whole interval lies beyond.
        public var isCertain: Bool
    }
}
