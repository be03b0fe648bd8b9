import Reports
public import Statistics
public import Sweeps
import TransferStudies

/// What a sensitivity study came to: the contents of `sensitivity.json`.
///
/// Keys are in snake case; what is not known is `null` and never left out. Losses and sensitivities are
/// in nats per token.
public struct SensitivityResult: Sendable, Hashable, Codable {
    /// The version of these keys; a change of meaning changes it.
    public var schema = "ballast.sensitivity/1"
    /// The study's name.
    public var name: String
    /// What the comparisons say together: FAIL if any claim fails, PASS if all hold; nil where nothing is
    /// compared.
    @NullWhenNil public var verdict: Verdict?
    /// The share of intervals that are to hold.
    public var confidence: Double
    /// The smallest difference in S that matters.
    public var margin: Double
    /// The variant that others are compared with.
    public var baseline: String
    /// One for each size under each variant.
    public var lines: [Line]
    /// How S grows with the number of parameters, by variant.
    public var slopes: [Slope]
    /// How ``Line/aroundOptimum`` grows with it; nil in files of earlier versions.
    @NullWhenNil public var slopesAroundOptimum: [Slope]?
    /// Each other variant against the baseline.
    public var comparisons: [Comparison]
    /// The protocol as this study scales it, with the paper's values.
    public var scaling: [String]
    /// What S does not say here.
    public var caveats: [String]

    /// How far ``Line/aroundOptimum`` reaches on both sides of the best learning rate.
    public static let factorAroundOptimum = 10.0
    /// Tokens for each parameter below which S is said to be of the start of training.
    ///
    /// Its source trains 10 to 1,400 tokens for each parameter (arXiv 2309.14322, section 2: 100,000 steps of 256
    /// sequences of 512 tokens). At 5 and 28, S of widths 64 and 128 grows with N here as there; at 0.3 and 1.4 it
    /// falls.
    public static let leastTokensPerParameter = 5.0

    /// A size under a variant.
    public struct Line: Sendable, Hashable, Codable {
        /// The variant.
        public var variant: String
        /// The width of the residual stream; nil where it is not known.
        @NullWhenNil public var width: Int?
        /// The number of blocks; nil where it is not known.
        @NullWhenNil public var depth: Int?
        /// Parameters of attention and MLP matrices; nil where they are not known.
        @NullWhenNil public var parameters: Int?
        /// One for each learning rate, ascending.
        public var points: [Point]
        /// S over all seeds; nil for the ``reason`` given.
        @NullWhenNil public var sensitivity: Double?
        /// The lower end of its bootstrap interval over seeds, which is too narrow for few seeds.
        @NullWhenNil public var low: Double?
        /// The upper end.
        @NullWhenNil public var high: Double?
        /// The lowest and the highest learning rate of the window of S; empty where there is none.
        public var window: [Double]
        /// S of each seed; empty where there is none.
        public var seedSensitivities: [Double]
        /// Runs that counted as their loss at initialisation.
        @NullWhenNil public var clamped: Int?
        /// The learning rate of the lowest loss of the window.
        @NullWhenNil public var bestLearningRate: Double?
        /// The lowest loss, averaged over seeds.
        @NullWhenNil public var bestLoss: Double?
        /// The loss of each seed at ``bestLearningRate``; empty where one diverged.
        public var bestLosses: [Double]
        /// Why there is no S.
        @NullWhenNil public var reason: String?
        /// Tokens that a run trains on for each parameter; nil where either is not known.
        @NullWhenNil public var tokensPerParameter: Double? = nil
        /// S over the learning rates within ``SensitivityResult/factorAroundOptimum`` of the best on both sides; nil
        /// where the grid ends before.
        @NullWhenNil public var aroundOptimum: Double? = nil
        /// That of each seed, about the same learning rate; empty where there is none.
        @NullWhenNil public var seedsAroundOptimum: [Double]? = nil

        /// The size in words: `32 x 2`, width times depth.
        public var size: String { SensitivityStudy.size(width, depth) }
    }

    /// One learning rate of a line.
    public struct Point: Sendable, Hashable, Codable {
        /// The peak learning rate.
        public var learningRate: Double
        /// The final loss by seed; `null` for a run that diverged or has no result.
        public var losses: [Double?]
        /// The largest attention logit of all seeds; nil where none was recorded.
        @NullWhenNil public var maxAttentionLogit: Double?
        /// Runs without a result.
        public var missing: Int
    }

    /// S ∝ Nᵖ.
    public struct Slope: Sendable, Hashable, Codable {
        /// The variant.
        public var variant: String
        /// p.
        public var exponent: Double
        /// The lower end of Student's interval over seeds.
        public var low: Double
        /// The upper end.
        public var high: Double
    }

    /// A difference over paired seeds, averaged over sizes.
    public struct Difference: Sendable, Hashable, Codable {
        /// The mean.
        public var mean: Double
        /// The lower end of Student's interval.
        public var low: Double
        /// The upper end.
        public var high: Double
        /// The probability of such a mean if there were no difference.
        public var probability: Double
        /// The standard deviation from seed to seed.
        public var spread: Double
        /// What it comes to.
        public var finding: DifferenceFinding
        /// The mean at each size, in the order of the lines.
        public var bySize: [Double]
    }

    /// A variant against the baseline.
    public struct Comparison: Sendable, Hashable, Codable {
        /// The variant.
        public var variant: String
        /// S of the variant less that of the baseline; nil for the ``reason`` given.
        @NullWhenNil public var sensitivity: Difference?
        /// The lowest loss of the variant less that of the baseline.
        @NullWhenNil public var bestLoss: Difference?
        /// What the study says of S: lower, higher or same.
        @NullWhenNil public var claim: DifferenceFinding?
        /// PASS where the claim holds, or, without one, where the difference is decided.
        public var verdict: Verdict
        /// Why there is no PASS or FAIL, and what would settle it.
        @NullWhenNil public var reason: String?
        /// The difference that four of five studies of this design see, by the spread measured.
        @NullWhenNil public var detectable: Double?
        /// How many seeds would answer which question; nil where the difference is decided, or there is none.
        @NullWhenNil public var seedsNeeded: [SeedsNeeded]?
    }
}
