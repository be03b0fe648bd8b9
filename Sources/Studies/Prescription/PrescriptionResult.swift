public import ForecastStudies
public import Statistics
public import Sweeps
import TransferStudies

/// A recipe for a target size: the contents of `prescription.json`.
///
/// Keys are in snake case; what is not known is `null` and never left out. Sizes are parameters without
/// the embedding and the head; losses and sensitivities are in nats per token; files are named from the
/// prescription's folder.
public struct PrescriptionResult: Sendable, Hashable, Codable {
    /// The version of these keys; a change of meaning changes it.
    public var schema = "ballast.prescription/2"
    /// PASS where every alarm stays clear at the target and the learning rate has an interval, FAIL where
    /// a proxy or a validated forecast lies beyond an alarm and no mitigation helped, else INCONCLUSIVE.
    public var verdict: Verdict
    /// Why there is no PASS, and what would settle it; nil where there is.
    @NullWhenNil public var reason: String?
    /// The target as asked for.
    public var target: String
    /// The target's parameters.
    public var targetParameters: Double
    /// The parameters of the largest proxy with a result; 0 where none has one.
    public var largestParameters: Double
    /// Target over largest; nil where no proxy has a result.
    @NullWhenNil public var extrapolationFactor: Double?
    /// The share of intervals that are to hold.
    public var confidence: Double
    /// Seconds that were allowed.
    public var budgetSeconds: Double
    /// Seconds during which a proxy was in training.
    public var spentSeconds: Double
    /// Runs that were begun or planned so far.
    public var runs: Int
    /// Those without a result.
    public var missing: Int
    /// Those that diverged.
    public var diverged: Int
    /// The design of the proxies.
    public var plan: PrescriptionPlan
    /// What the proxies have otherwise than the recipe, beside their width.
    public var proxyChanges: [Change]
    /// The target's width; that of the recipe's family where a number of parameters was asked for.
    public var targetWidth: Int
    /// The target's blocks.
    public var targetDepth: Int
    /// The recipe, a key a line.
    public var recipe: [Line]
    /// The learning rate and where it goes with size.
    public var learningRate: LearningRate
    /// What may go wrong, the surest first.
    public var warnings: [Warning]
    /// The mitigations that were tried, in order.
    public var trials: [Trial]
    /// S of the recipe as handed in, and of the one prescribed.
    public var sensitivities: [Sensitivity]
    /// What the target has and the proxies had not.
    public var notTested: [Gap]
    /// What the lines rest on.
    public var evidence: [Evidence]
    /// The variants whose forecasts stand in `forecast/NAME/`; nil in files of earlier versions.
    @NullWhenNil public var forecasts: [String]?

    /// A key that proxies have otherwise than the recipe.
    public struct Change: Sendable, Hashable, Codable {
        /// The key of configuration files.
        public var key: String
        /// The recipe's value.
        public var recipe: Int
        /// The proxies'.
        public var proxy: Int
    }

    /// A key of the recipe.
    public struct Line: Sendable, Hashable, Codable {
        /// The key of configuration files.
        public var key: String
        /// The value prescribed.
        public var value: String
        /// The value of the recipe as handed in.
        public var previous: String
        /// Why, in a clause.
        public var why: String
        /// The ``Evidence/id`` of why; empty where nothing was varied.
        public var evidence: [String]
    }

    /// The learning rate at the target: one value, and what it follows from.
    public struct LearningRate: Sendable, Hashable, Codable {
        /// What is prescribed, in three digits; nil where nothing is.
        @NullWhenNil public var prescribed: Double?
        /// What it follows from.
        public var basis: TargetLearningRate.Basis
        /// How far it is carried: `unvalidated (extrapolation 6,700x; validated 2.25x)`.
        public var status: String
        /// The lower end of its interval for one run; nil beyond the validated extrapolation.
        @NullWhenNil public var low: Double?
        /// The upper end.
        @NullWhenNil public var high: Double?
        /// Whether the target lies within the validated extrapolation.
        public var isValidated: Bool
        /// The target's parameters over the largest proxy's; nil where none has a result.
        @NullWhenNil public var extrapolation: Double?
        /// The largest extrapolation that held-out sizes validate; nil where they validate none.
        @NullWhenNil public var validatedExtrapolation: Double?
        /// The best learning rate of the largest proxy; nil where it has none.
        @NullWhenNil public var largestProxy: Double?
        /// The parametrisation's rule.
        public var rule: WidthRule
        /// What the rule multiplies the largest proxy's by; nil without a rule.
        @NullWhenNil public var ruleFactor: Double?
        /// What the rule comes to; nil without a rule or an optimum of the largest proxy.
        @NullWhenNil public var ruled: Double?
        /// What the fit comes to at the target, validated or not; nil without a fit.
        @NullWhenNil public var fitted: Range?
        /// Where the rate lies if the fit or the rule holds, where none is prescribed; nil where nothing
        /// is known.
        @NullWhenNil public var atLeast: Double?
        /// The upper end of that.
        @NullWhenNil public var atMost: Double?
        /// The learning rate that ran at which signals are judged.
        public var judgedAt: Double
        /// Where the optimum goes from the largest proxy to the target.
        @NullWhenNil public var direction: GrowthForecast.Direction?
        /// Why there is no interval or no value, and what would settle it; nil where there is one.
        @NullWhenNil public var reason: String?
        /// The factor by which the optimum moves for each doubling of the parameters, over the proxies.
        @NullWhenNil public var drift: Range?
        /// The optimum of each proxy.
        public var optima: [Place]
        /// What it rests on.
        public var evidence: [String]
    }

    /// The best learning rate of a size.
    public struct Place: Sendable, Hashable, Codable {
        /// Parameters.
        public var parameters: Double
        /// The learning rate of the lowest loss; nil where there is none.
        @NullWhenNil public var learningRate: Double?
        /// That of each seed, to first order.
        public var seeds: [Double]
        /// The lowest loss.
        @NullWhenNil public var loss: Double?
        /// What is missing where there is none.
        @NullWhenNil public var reason: String?
    }

    /// A value with its interval.
    public struct Range: Sendable, Hashable, Codable {
        /// The value.
        public var value: Double
        /// The lower end.
        public var low: Double
        /// The upper end.
        public var high: Double
    }

    /// What may go wrong.
    public struct Warning: Sendable, Hashable, Codable {
        /// How sure it is.
        public var certainty: Certainty
        /// The name of a `ForecastSignal`, or one of ``FailureMode``.
        public var failureMode: String
        /// The learning rate that ran at which it stands; nil for what is published alone.
        @NullWhenNil public var learningRate: Double?
        /// Whether that stands for the one prescribed, as the nearest that ran; nil for what is published
        /// alone.
        @NullWhenNil public var isPrescribed: Bool?
        /// What happens, in a sentence without its full stop.
        public var text: String
        /// What would settle or avoid it.
        public var settle: String
        /// What it rests on.
        public var evidence: [String]

        private enum CodingKeys: String, CodingKey {
            case failureMode = "symptom"
            case certainty, learningRate, isPrescribed, text, settle, evidence
        }
    }

    /// A mitigation that was tried.
    public struct Trial: Sendable, Hashable, Codable {
        /// What was changed.
        public var mitigation: String
        /// What it was tried on: `recipe` or mitigations.
        public var base: String
        /// What it was tried against.
        public var failureMode: String
        /// What became of it.
        public var decision: MitigationDecision
        /// Why, in a clause.
        public var why: String
        /// Whether the failure mode is gone; nil where the runs do not say.
        @NullWhenNil public var removes: Bool?
        /// The difference that it makes in S, over paired seeds.
        @NullWhenNil public var sensitivity: Range?
        /// The difference that it makes in the lowest loss.
        @NullWhenNil public var loss: Range?
        /// The smallest difference in loss that the design sees.
        @NullWhenNil public var detectable: Double?
        /// The learning rates that it was tried at.
        public var learningRates: [Double]
        /// Where the mitigation is published.
        public var source: String
        /// What it rests on.
        public var evidence: [String]

        private enum CodingKeys: String, CodingKey {
            case mitigation = "cure"
            case failureMode = "symptom"
            case base, decision, why, removes, sensitivity, loss, detectable, learningRates, source
            case evidence
        }
    }

    /// The learning-rate sensitivity of a size.
    public struct Sensitivity: Sendable, Hashable, Codable {
        /// `recipe` or mitigations.
        public var variant: String
        /// Parameters.
        public var parameters: Double
        /// The learning rates that it is a mean over.
        public var learningRates: [Double]
        /// S, the mean over seeds.
        public var value: Double
        /// S of each seed.
        public var seeds: [Double]
    }

    /// What was not tested.
    public struct Gap: Sendable, Hashable, Codable {
        /// What.
        public var what: String
        /// What the proxies had, and what the target has as far as that is known.
        public var detail: String
    }

    /// What a line rests on.
    public struct Evidence: Sendable, Hashable, Codable {
        /// What lines call it.
        public var id: String
        /// What is shown.
        public var claim: String
        /// Which runs: `recipe` or mitigations, and their learning rates.
        public var runs: String
        /// How many.
        public var count: Int
        /// The fit; nil where nothing was fitted.
        @NullWhenNil public var fit: String?
        /// The interval; nil where there is none.
        @NullWhenNil public var interval: String?
        /// The forecasts of the held-out largest size beside what was measured.
        public var heldOut: [String]
        /// Files and folders, from that of the prescription.
        public var files: [String]
    }
}
