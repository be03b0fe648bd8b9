public import Statistics
public import Sweeps
public import TransferStudies

/// What a horizon study came to: the contents of `horizon.json`.
///
/// Keys are in snake case; what is not known is `null` and never left out. Losses are cross-entropies in
/// nats per token on the validation set. An exponent is the p of a quantity that goes with the p-th power
/// of the horizon.
public struct HorizonResult: Sendable, Hashable, Codable {
    /// The version of these keys; a change of meaning changes it.
    public var schema = "ballast.horizon/1"
    /// That of the recipe itself.
    public var verdict: Verdict
    /// The largest exponent of a weight that passes, of either sign.
    public var band: Double
    /// The largest total drift of the optimum that passes, as a factor in either direction.
    public var bound: Double
    /// The share of intervals that are to hold.
    public var confidence: Double
    /// Steps before the descent, ascending.
    public var horizons: [Int]
    /// Steps of the descent of each horizon.
    public var cooldownSteps: [Int]
    /// The seeds of the weights.
    public var seeds: [UInt64]
    /// The exponent that four of five such studies tell from none, at the spread that was assumed.
    @NullWhenNil public var detectableBefore: Double?
    /// The recipe, and then its interventions.
    public var recipes: [Entry]

    /// A recipe.
    public struct Entry: Sendable, Hashable, Codable {
        /// `recipe`, the intervention, or the keys that differ.
        public var name: String
        /// What ``norms`` and, where it was asked for, the optimum say together.
        public var verdict: Verdict
        /// Why there is no PASS or FAIL, and what would settle it; nil when there is.
        @NullWhenNil public var reason: String?
        /// The learning rate at which weights are judged, the recipe's own.
        public var learningRate: Double
        /// Steps of warm-up.
        public var warmupSteps: Int
        /// Horizon times the share of a matrix that decay takes in a step: a weight has come to rest after
        /// about one half, and below it still remembers its start.
        public var decayTimes: [Double]
        /// PASS where the exponent of every matrix lies within the band with its whole interval.
        public var norms: Verdict
        /// One for each parameter.
        public var tensors: [Tensor]
        /// Numbers of the whole run.
        public var signals: [Signal]
        /// The optimal learning rate.
        public var optimum: Optimum
        /// How much each group of matrices drifts: the mean magnitude of its exponents.
        public var drifts: [Drift]
        /// What to keep in mind.
        public var cautions: [String]
    }

    /// How a quantity goes with the horizon.
    public struct Growth: Sendable, Hashable, Codable {
        /// Its mean over seeds at each horizon, that of logarithms where all are positive; `null` where a
        /// run is missing.
        public var values: [Double?]
        /// The lowest of the seeds at each horizon; nil in files of earlier versions.
        @NullWhenNil public var lowest: [Double?]?
        /// The highest of them.
        @NullWhenNil public var highest: [Double?]?
        /// The exponent of each seed; `null` where a run is missing or a number is not positive.
        public var bySeed: [Double?]
        /// The mean exponent over seeds.
        @NullWhenNil public var exponent: Double?
        /// The lower end of Student's interval over seeds.
        @NullWhenNil public var low: Double?
        /// The upper end.
        @NullWhenNil public var high: Double?
        /// The same interval by a bootstrap over seeds; nil below five.
        @NullWhenNil public var bootstrapLow: Double?
        /// Its upper end.
        @NullWhenNil public var bootstrapHigh: Double?
        /// The mean exponent between the last two horizons: what a longer run starts from.
        @NullWhenNil public var lastDoubling: Double?
    }

    /// A parameter.
    public struct Tensor: Sendable, Hashable, Codable {
        /// Where it stands in the model.
        public var path: String
        /// What it is for.
        public var role: String
        /// Whether it is a matrix, which the verdict is about.
        public var isMatrix: Bool
        /// What its weight says of the band; nil for what is no matrix.
        @NullWhenNil public var verdict: Verdict?
        /// The root mean square of the weight at the end of each branch, which is judged.
        public var weight: Growth
        /// The same in the trunk, where the branch leaves it.
        public var trunkWeight: Growth
        /// The root mean square of the gradient in the trunk, over its last tenth before the branch.
        public var trunkGradient: Growth
        /// The root mean square of the update there.
        public var trunkUpdate: Growth
    }

    /// A number of the whole run.
    public struct Signal: Sendable, Hashable, Codable {
        /// `validation-loss`, `gradient-norm`, `attention-logit`, `output-logz`.
        public var name: String
        /// In the trunk, where the branch leaves it.
        public var trunk: Growth
        /// At the end of the branch.
        public var cooled: Growth
    }

    /// How the optimal learning rate goes with the horizon.
    public struct Optimum: Sendable, Hashable, Codable {
        /// Whether learning rates were trained that could tell.
        public var isAsked: Bool
        /// PASS where the total drift lies within the bound with its whole interval; nil where it was not
        /// asked for.
        @NullWhenNil public var verdict: Verdict?
        /// Why there is no PASS or FAIL; nil when there is.
        @NullWhenNil public var reason: String?
        /// The losses at the end of the branches, one curve for each horizon.
        public var curves: [TransferResult.Curve]
        /// How the optimum moves; nil where too few horizons have one.
        @NullWhenNil public var drift: TransferResult.Drift?
        /// Octaves per doubling of the horizon for each seed, to first order; empty without a drift.
        public var slopes: [Double]
        /// What the design was to see, at the spread that was assumed.
        @NullWhenNil public var detectableBefore: TransferResult.DetectableDrift?
    }

    /// How much a group of matrices, or the optimum, drifts, and what an intervention makes of it.
    public struct Drift: Sendable, Hashable, Codable {
        /// `all`, `embedding`, `hidden`, `head`; or `optimum`, in octaves per doubling.
        public var group: String
        /// Whether each of its matrices passes, or the optimum.
        public var verdict: Verdict
        /// For each seed the mean magnitude of the exponents.
        public var bySeed: [Double]
        /// The mean over seeds.
        @NullWhenNil public var mean: Double?
        /// The lower end of Student's interval over seeds.
        @NullWhenNil public var low: Double?
        /// The upper end.
        @NullWhenNil public var high: Double?
        /// This drift less the recipe's, seed by seed; nil for the recipe itself.
        @NullWhenNil public var difference: Double?
        /// The lower end of its interval over paired seeds.
        @NullWhenNil public var differenceLow: Double?
        /// The upper end.
        @NullWhenNil public var differenceHigh: Double?
        /// What the intervention makes of the recipe's drift; nil for the recipe itself.
        @NullWhenNil public var finding: Finding?
    }

    /// What an intervention makes of a drift.
    public enum Finding: String, Sendable, Hashable, Codable, CaseIterable {
        /// The recipe does not pass, and with the intervention all do.
        case removes
        /// The drift is smaller, and still there.
        case reduces
        /// The drift is the same, within a tenth of the band.
        case doesNot = "does not"
        /// The drift is larger.
        case raises
        /// The recipe passes as it is, and so does it with the intervention.
        case nothingToRemove = "nothing to remove"
        /// Seeds differ too much to say.
        case undecided
    }
}
