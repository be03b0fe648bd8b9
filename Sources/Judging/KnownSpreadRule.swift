import Foundation

/// A rule of a benchmark that states its target and its precision: the mean must lie below the target by a
/// precision over the root of the number of runs.
///
/// ```
/// (target − mean) · √n ≥ precision
/// ```
public struct KnownSpreadRule: Sendable, Hashable {
    /// The rule's name.
    public var name: String
    /// The loss that is to be reached.
    public var target: Double
    /// The precision, in standard deviations of one run times that deviation.
    public var precision: Double
    /// The standard deviation of one run that the rule assumes.
    public var deviation: Double

    /// That of modded-nanogpt's optimization track (`records/track_3_optimization` of
    /// github.com/KellerJordan/modded-nanogpt): 3.28 with a precision of 0.004, about 3.1 standard deviations
    /// of 0.0013 and so a probability of 0.001.
    public static let track3 = KnownSpreadRule(
        name: "track-3", target: 3.28, precision: 0.004, deviation: 0.0013)

    /// What the rule measures: it passes at its precision.
    public func score(_ runs: [Double]) -> Double {
        let mean = runs.reduce(0, +) / Double(max(runs.count, 1))
        return (target - mean) * Double(runs.count).squareRoot()
    }

    /// The probability of such a mean were the true one the target.
    public func probability(_ runs: [Double]) -> Double {
        erfc(score(runs) / deviation / 2.0.squareRoot()) / 2
    }

    /// Keep where the rule is met; discard where the mean misses the target by as much; else retest.
    ///
    /// - Returns: The outcome, and for a retest how many more runs of this mean would meet the rule; nil where
    ///   the mean is no lower than the target.
    public func decide(_ runs: [Double]) -> (outcome: Outcome, more: Int?) {
        let score = score(runs)
        // A score that is printed as equal is equal: losses have five decimals.
        if score >= precision - 1e-12 { return (.keep, nil) }
        if score <= -precision { return (.discard, nil) }
        guard score > 0 else { return (.retest, nil) }
        let gap = score / Double(runs.count).squareRoot()
        let needed = (precision / gap) * (precision / gap)
        guard needed < 1000 else { return (.retest, nil) }
        return (.retest, max(Int(needed.rounded(.up)) - runs.count, 1))
    }
}
