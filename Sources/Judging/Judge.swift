public import Statistics

/// Decides whether a candidate is better than repeated baselines, by a rule whose errors are known.
///
/// Keep: an improvement this large would be rarer than the look's share of ``significance`` were there none.
/// Discard: an improvement this small would be rarer than the look's share of ``miss`` were the true one
/// ``smallest``. Else retest. Over the whole campaign the probability that anything without improvement is
/// kept is at most ``significance``, and that anything that improves by ``smallest`` is discarded at most
/// ``miss``.
public struct Judge: Sendable {
    /// The baselines.
    public var floor: NoiseFloor
    /// The smallest improvement that is worth keeping.
    public var smallest: Double
    /// The probability, over the whole campaign, of keeping a change that is no improvement.
    public var significance = 0.05
    /// The probability, over the whole campaign, of discarding one that improves by ``smallest``.
    public var miss = 0.05
    /// The share of candidates with the smallest improvement that a retest is sized to keep.
    public var power = 0.8

    /// Creates a rule.
    ///
    /// - Precondition: The smallest improvement is above 0.
    public init(floor: NoiseFloor, smallest: Double) {
        precondition(smallest > 0 && smallest.isFinite, "Judge: \(smallest)")
        self.floor = floor
        self.smallest = smallest
    }

    /// What a decision rests on.
    public struct Decision: Sendable, Hashable {
        /// Keep, discard or retest.
        public var outcome: Outcome
        /// How much lower the candidate's mean is.
        public var improvement: Double
        /// Where the true improvement lies, at the look's significance on each side.
        public var interval: ClosedRange<Double>
        /// The probability of such an improvement were there none.
        public var probability: Double
        /// The probability that the look may spend on keeping.
        public var keep: Double
        /// The probability that the look may spend on discarding.
        public var discard: Double
    }

    /// Decides.
    ///
    /// - Parameters:
    ///   - candidate: Its runs, at least one, finite.
    ///   - place: The candidate's place in the campaign, from 1.
    ///   - look: The first decision about it is 1, that after a retest 2.
    /// - Returns: The outcome, and why.
    public func decide(_ candidate: [Double], candidate place: Int = 1, look: Int = 1) -> Decision {
        let keep = ErrorSpending(significance).share(candidate: place, look: look)
        let discard = ErrorSpending(miss).share(candidate: place, look: look)
        let comparison = floor.compare(candidate)
        let student = StudentDistribution(degreesOfFreedom: comparison.freedom)
        let p = floor.probabilities(candidate)
        let short = floor.probabilities(candidate, improvement: smallest).smaller
        return Decision(
            outcome: p.larger <= keep ? .keep : short <= discard ? .discard : .retest,
            improvement: comparison.improvement,
            interval: comparison.improvement - student.quantile(above: keep)
                * comparison.error...comparison.improvement + student.quantile(above: discard)
                * comparison.error,
            probability: p.larger, keep: keep, discard: discard)
    }

    /// The runs that a retest adds.
    ///
    /// - Parameters:
    ///   - runs: Those of the candidate so far.
    ///   - place: The candidate's place in the campaign, from 1.
    ///   - look: The look that did not decide.
    /// - Returns: Nil where no number of runs would decide.
    public func more(than runs: Int, candidate place: Int = 1, look: Int = 1) -> Int? {
        let next = ErrorSpending(significance).share(candidate: place, look: look + 1)
        return floor.runs(toSee: smallest, significance: next, power: power)
            .map { max($0 - runs, 1) }
    }
}

/// What becomes of a candidate.
public enum Outcome: String, Sendable, Hashable, Codable, CaseIterable {
    /// It is better than the baselines.
    case keep
    /// It is not better by what is worth keeping.
    case discard
    /// The runs do not say.
    case retest
}
