import Foundation

/// How many seeds would answer a question about a difference, if the spread from seed to seed stays.
///
/// There are two such questions, and their answers differ by orders of magnitude where a difference is near
/// its limit: how many seeds detect a difference as large as matters, and how many take the interval off the
/// limit if the true difference is the one observed. Each is Student's test at the study's confidence, passed
/// in four studies of five.
public struct SeedsNeeded: Sendable, Hashable, Codable {
    /// What is asked.
    public enum Question: String, Sendable, Hashable, Codable, CaseIterable {
        /// A difference as large as the margin is to be detected.
        case detectMargin = "detect_margin"
        /// The interval is to leave out the limit, if the true difference is the one observed.
        case excludeLimit = "exclude_limit"
    }

    /// What is asked.
    public var question: Question
    /// The distance from the limit that is to be detected.
    public var difference: Double
    /// The share of studies that detect it.
    public var power: Double
    /// The share of intervals that are to hold.
    public var confidence: Double
    /// The seeds of each stratum; nil where 1000 are too few.
    public var seeds: Int?

    /// The share of studies that are to detect a difference.
    public static let power = 0.8

    private enum CodingKeys: CodingKey { case question, difference, power, confidence, seeds }

    /// Answers a question.
    ///
    /// - Parameters:
    ///   - question: What is asked.
    ///   - difference: The distance from the limit that is to be detected, of either sign.
    ///   - found: What was measured, with its spread.
    ///   - strata: Sizes at which it was measured.
    public init(
        _ question: Question, difference: Double, after found: PairedDifference, strata: Int
    ) {
        self.question = question
        self.difference = difference.magnitude
        power = Self.power
        confidence = found.confidence
        seeds = DetectableDifference.seeds(
            toSee: difference, strata: strata, spread: found.spread,
            significance: 1 - found.confidence)
    }

    /// Writes all keys, `null` among them.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(question, forKey: .question)
        try container.encode(difference, forKey: .difference)
        try container.encode(power, forKey: .power)
        try container.encode(confidence, forKey: .confidence)
        try container.encode(seeds, forKey: .seeds)
    }

    /// The answer as a clause: `--seeds 9 detects a difference of 0.02, the margin, in 80% of studies`.
    public var words: String {
        let size = String(format: "%.3g", difference)
        let share = String(format: "%.0f%%", 100 * power)
        let what =
            switch question {
            case .detectMargin: "a difference of \(size), the smallest that matters"
            case .excludeLimit: "the difference observed, \(size) from the limit"
            }
        return seeds.map { "--seeds \($0) detects \(what), in \(share) of studies" }
            ?? "1000 seeds do not detect \(what), in \(share) of studies"
    }
}
