import Documents
import Formats
import Statistics

/// What `ballast judge` says: the noise floor, and of a candidate whether to keep it.
///
/// Keys of its JSON are in snake case; what is not known is left out.
public struct Judgement: Sendable, Hashable, Codable {
    /// The version of these keys.
    public var schema = "ballast.judgement/1"
    /// The metric; nil for numbers that were given.
    public var metric: String?
    /// The baselines; nil under a rule that has none.
    public var baselines: Sample?
    /// The standard deviation of one run, with the interval of the true one.
    public var noise: Interval?
    /// What so many runs of a candidate tell from no improvement.
    public var detectable: [Detectable] = []
    /// The smallest improvement that is worth keeping.
    public var smallest: Double?
    /// The probabilities of error over the whole campaign.
    public var significance: Double?
    /// The probability of discarding an improvement of ``smallest``.
    public var miss: Double?
    /// The candidate; nil where only the noise floor was asked for.
    public var candidate: Sample?
    /// Its place in the campaign, from 1.
    public var place: Int?
    /// The look at it, from 1.
    public var look: Int?
    /// What becomes of it.
    public var outcome: Outcome?
    /// Why, in a sentence.
    public var reason: String?
    /// How much better its mean is, with the interval at the look's share of the probabilities.
    public var improvement: Interval?
    /// The probability of such an improvement were there none.
    public var probability: Double?
    /// Runs that a retest adds.
    public var more: Int?
    /// The rule, where it is not the default.
    public var rule: String?
    /// What a reader should know of the runs.
    public var notes: [String] = []

    /// Some runs.
    public struct Sample: Sendable, Hashable, Codable {
        /// Where they come from.
        public var source: String
        /// Their values.
        public var values: [Double]
        /// Their mean.
        public var mean: Double?

        /// Describes runs.
        init(_ runs: RunValues) {
            source = runs.source
            values = runs.values
            mean = Descriptive.mean(of: runs.values)
        }
    }

    /// A number with its interval.
    public struct Interval: Sendable, Hashable, Codable {
        /// The number.
        public var value: Double
        /// The lower end.
        public var low: Double
        /// The upper end.
        public var high: Double
    }

    /// What a number of runs can see.
    public struct Detectable: Sendable, Hashable, Codable {
        /// Runs of a candidate.
        public var runs: Int
        /// The improvement that 80% of such tests see; nil where none do.
        public var improvement: Double?
    }

    /// Describes baselines.
    ///
    /// - Parameters:
    ///   - baselines: Where they come from.
    ///   - judge: The rule.
    ///   - sign: 1 where lower is better, -1 where higher is: what the rule's values were multiplied by.
    ///   - place: The candidate's place in the campaign.
    public init(_ baselines: RunValues, _ judge: Judge, sign: Double = 1, place: Int = 1) {
        let floor = judge.floor
        metric = baselines.metric
        self.baselines = Sample(baselines)
        let interval = floor.interval()
        noise = Interval(
            value: floor.deviation, low: interval.lowerBound, high: interval.upperBound)
        let share = ErrorSpending(judge.significance).share(candidate: place, look: 1)
        detectable = [1, 2, 3, 5, 8, 16].map {
            Detectable(
                runs: $0,
                improvement: floor.detectable(runs: $0, significance: share, power: judge.power))
        }
        (smallest, significance, miss) = (judge.smallest, judge.significance, judge.miss)
        notes = baselines.notes
    }

    /// Nothing but the metric and the notes: for rules without baselines.
    init(metric: String?, notes: [String]) {
        self.metric = metric
        self.notes = notes
    }

    /// Adds a candidate and its decision.
    public mutating func add(
        _ candidate: RunValues, _ decision: Judge.Decision, _ judge: Judge, place: Int, look: Int
    ) {
        self.candidate = Sample(candidate)
        (self.place, self.look) = (place, look)
        outcome = decision.outcome
        improvement = Interval(
            value: decision.improvement, low: decision.interval.lowerBound,
            high: decision.interval.upperBound)
        probability = decision.probability
        if decision.outcome == .retest {
            more = judge.more(than: candidate.values.count, candidate: place, look: look)
        }
        let gain = NumberText.short(decision.improvement)
        let least = NumberText.short(judge.smallest)
        reason =
            switch decision.outcome {
            case .keep:
                "better by \(gain): without improvement that is rarer than "
                    + "\(NumberText.short(decision.keep)), this look's share"
            case .discard:
                "better by \(gain): with an improvement of \(least) so little is rarer than "
                    + "\(NumberText.short(decision.discard)), this look's share"
            case .retest:
                more.map {
                    "\(candidate.values.count) runs are inconclusive; with \($0) more, 80% of candidates "
                        + "that improve by \(least) are kept"
                }
                    ?? "the runs are inconclusive, and \(judge.floor.values.count) baselines are too few to "
                    + "tell an improvement of \(least) from none; add baselines"
            }
        notes += candidate.notes
        if let spreads = judge.floor.probabilityOfSpreads(candidate.values), spreads < 0.01 {
            notes.append(
                "the candidate's runs differ in spread from the baselines' (p = "
                    + "\(NumberText.short(spreads))): the comparison assumes one standard deviation"
            )
        }
    }

    /// A candidate with runs that ended without a finite value.
    public mutating func discard(_ candidate: RunValues) {
        self.candidate = Sample(candidate)
        outcome = .discard
        reason =
            "\(candidate.diverged.count) of \(candidate.diverged.count + candidate.values.count) runs "
            + "diverged: \(candidate.diverged.joined(separator: ", "))"
        notes += candidate.notes
    }

    /// A candidate under a rule without baselines.
    public init(_ candidate: RunValues, _ rule: KnownSpreadRule) {
        self.init(metric: candidate.metric, notes: candidate.notes)
        self.rule = rule.name
        self.candidate = Sample(candidate)
        let decision = rule.decide(candidate.values)
        (outcome, more) = decision
        probability = rule.probability(candidate.values)
        let score = NumberText.digits(rule.score(candidate.values), 3)
        let formula = "(\(rule.target) - mean) x sqrt(n) is \(score)"
        reason =
            switch decision.outcome {
            case .keep: "\(formula), and \(rule.precision) are needed"
            case .discard: "\(formula): the mean misses the target by the rule's precision"
            case .retest:
                "\(formula), and \(rule.precision) are needed"
                    + (decision.more.map { "; \($0) more runs of this mean would meet it" } ?? "")
            }
    }

    /// The JSON, keys sorted.
    ///
    /// - Throws: `EncodingError` for a number that JSON does not have.
    public func json() throws -> String { try SnakeCaseJSON.text(self) }
}
