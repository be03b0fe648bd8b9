public import Statistics
public import Sweeps

/// What a decay study came to: the contents of `decay.json`.
///
/// Keys are in snake case; what is not known is `null` and never left out. Ratios are ‖g‖/‖x‖ of
/// matrices, gradients before clipping; under Adam in the norm of its preconditioner.
public struct DecayResult: Sendable, Hashable, Codable {
    /// The version of these keys; a change of meaning changes it.
    public var schema = "ballast.decay/1"
    /// The study's name.
    public var name: String
    /// What the variants say together.
    public var verdict: Verdict
    /// Why there is no PASS or FAIL, and what would settle it; nil when there is.
    @NullWhenNil public var reason: String?
    /// The factor about the law that passes.
    public var bound: Double
    /// The sum of learning rate times decay from which on a run counts as settled.
    public var settled: Double
    /// The share of intervals that are to hold.
    public var confidence: Double
    /// One for each recipe.
    public var variants: [Variant]

    /// A recipe.
    public struct Variant: Sendable, Hashable, Codable {
        /// Its name.
        public var name: String
        /// The rule.
        public var rule: String
        /// The form of the decay.
        public var decayForm: String
        /// The form of the momentum, which decides the law.
        public var law: GradientLaw
        /// PASS where every scale-invariant matrix keeps to the law, FAIL where one does not.
        public var verdict: Verdict
        /// Why there is neither.
        @NullWhenNil public var reason: String?
        /// The sum over the steps of learning rate times decay: how many time constants the run saw.
        public var timeConstants: Double
        /// The step from which on it counts as settled; nil where it never is.
        @NullWhenNil public var settledStep: Int?
        /// The norm of the whole gradient at the end over that in the middle, a seed each.
        public var gradientRise: [Double]
        /// The training loss of the last window, a seed each, in nats.
        public var loss: [Double]
        /// The loss on what was not trained on, a seed each, in nats.
        public var heldOutLoss: [Double]
        /// Seeds that became NaN or infinite.
        public var diverged: Int
        /// Through the schedule, a window each, means over seeds.
        public var windows: [Window]
        /// The matrices.
        public var layers: [Layer]
        /// What Adam's noise would come to at the peak; nil for other rules.
        @NullWhenNil public var guide: Guide?
    }

    /// A part of the schedule.
    public struct Window: Sendable, Hashable, Codable {
        /// Its last step.
        public var step: Int
        /// The learning rate in its middle.
        public var learningRate: Double
        /// The law's ratio there.
        public var law: Double
        /// Learning rate times decay, summed up to its end.
        public var timeConstants: Double
        /// The norm of the whole gradient.
        public var gradientNorm: Double
        /// The training loss, in nats.
        public var loss: Double
        /// Whether ratios are judged there: settled, and at half the peak or more.
        public var isJudged: Bool
    }

    /// A matrix.
    public struct Layer: Sendable, Hashable, Codable {
        /// Its path.
        public var path: String
        /// Whether a normalisation makes it scale invariant, so that the law is for it.
        public var isInvariant: Bool
        /// The measured ratio of each window, means over seeds.
        public var ratio: [Double]
        /// The root mean square of the weights in each window.
        public var weight: [Double]
        /// The root mean square of a step's change in each window.
        public var update: [Double]
        /// The angle of a step in each window, in radians; the guide's is `angle`.
        public var angle: [Double]
        /// The cosine between weights and direction in each window; the guide's is `cosine`.
        public var cosine: [Double]
        /// Measured over law where it is judged, the geometric mean; nil where nothing is.
        @NullWhenNil public var overLaw: Double?
        /// The lower end of its interval over seeds.
        @NullWhenNil public var low: Double?
        /// The upper end.
        @NullWhenNil public var high: Double?
        /// PASS, FAIL or INCONCLUSIVE; nil for what the law is not for.
        @NullWhenNil public var verdict: Verdict?
    }

    /// Where noise alone would carry an Adam layer at the peak learning rate (arXiv 2305.17212).
    public struct Guide: Sendable, Hashable, Codable {
        /// The root mean square of the weights.
        public var weight: Double
        /// The root mean square of an update over the learning rate.
        public var update: Double
        /// The angle of a step in radians.
        public var angle: Double
        /// The cosine between weights and direction.
        public var cosine: Double
    }
}

/// The law of a recipe's ratio.
public enum GradientLaw: String, Sendable, Hashable, Codable {
    /// Heavy ball, decay in the gradient.
    case heavyBallCoupled = "heavy-ball, coupled: sqrt(2 lambda (1 - mu) / eta)"
    /// Heavy ball, decay beside the step.
    case heavyBall = "heavy-ball: (1 - mu) sqrt(2 lambda / eta)"
    /// Adam.
    case preconditioned = "average, in the preconditioner's norm: sqrt(2 lambda / eta)"
}
