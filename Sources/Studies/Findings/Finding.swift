import DecayStudies
import Foundation
import Statistics
import Sweeps
import Training

/// A published finding with the check that says whether runs bear it out.
public struct Finding: Sendable {
    /// A short name, in kebab case.
    public let id: String
    /// The paper with the figure or section.
    public let source: String
    /// What is published, in a line of our own.
    public let claim: String
    /// How runs become the number that decides.
    public let check: any FindingCheck
    /// Where that number should lie.
    public let expectation: FindingExpectation

    /// Reads an entry of `findings`.
    init(_ reader: FindingReader) throws(ConfigurationError) {
        try reader.requireKeys(["id", "source", "claim", "check"])
        id = try reader.word("id")
        source = try reader.word("source")
        claim = try reader.word("claim")
        let own = try reader.reader("check")
        let kind = try own.word("kind")
        guard let type = FindingCatalog.checks.first(where: { $0.kind == kind }) else {
            throw own.refusal(
                "kind",
                "unknown kind \(kind); there are "
                    + FindingCatalog.checks.map { $0.kind }.joined(separator: ", "))
        }
        try own.requireKeys(["kind", "expect"] + type.keys)
        check = try type.init(own)
        expectation = try own.expectation("expect")
    }

    /// What runs say of the finding.
    ///
    /// - Parameters:
    ///   - runs: The runs of its study.
    ///   - study: The study's name.
    ///   - digest: The name of its runs.
    ///   - confidence: The share of intervals that are to hold.
    /// - Returns: The number with its interval, and the answer.
    public func outcome(
        _ runs: [FindingRun], study: String, digest: String, confidence: Double = 0.95
    ) -> FindingResult.Entry {
        let own = runs.filter { run in check.selections.contains { $0.contains(run.settings) } }
        var entry = FindingResult.Entry(
            id: id, source: source, claim: claim, study: study, studyDigest: digest,
            kind: type(of: check).kind, quantity: check.quantity, unit: check.unit,
            expected: expectation, runs: own.count, missing: own.count(where: \.isMissing),
            answer: .cannotSay)
        guard entry.missing == 0 else {
            entry.reason = "\(entry.missing) of \(own.count) runs still without a result"
            return entry
        }
        let strata: [FindingStratum]
        do throws(FindingGap) {
            strata = try check.strata(own)
        } catch {
            entry.reason = error.description
            return entry
        }
        let transform: (Double) -> Double = check.isLogarithmic ? { exp($0) } : { $0 }
        entry.strata = strata.map { stratum in
            var copy = stratum
            copy.values = stratum.values.map(transform)
            return copy
        }
        guard let found = PairedDifference(strata.map(\.values), confidence: confidence) else {
            entry.reason = "a number that is not finite, or no replicate to take an interval from"
            return entry
        }
        let interval = transform(found.interval.lowerBound)...transform(found.interval.upperBound)
        entry.estimate = transform(found.mean)
        entry.low = interval.lowerBound
        entry.high = interval.upperBound
        entry.answer = expectation.answer(interval)
        if entry.answer == .cannotSay {
            let (reason, needed) = whatWouldSettle(found, strata)
            entry.reason = reason
            entry.seedsNeeded = [needed]
        }
        return entry
    }

    /// How many seeds would take the interval off its nearest limit, if the spread stays.
    private func whatWouldSettle(
        _ found: PairedDifference, _ strata: [FindingStratum]
    ) -> (reason: String, needed: SeedsNeeded) {
        let mean = check.isLogarithmic ? exp(found.mean) : found.mean
        let limit = expectation.nearestLimit(to: mean)
        let distance =
            check.isLogarithmic ? found.mean - log(max(limit, 1e-300)) : found.mean - limit
        let needed = SeedsNeeded(
            .excludeLimit, difference: distance, after: found, strata: strata.count)
        return (
            "the interval straddles \(FindingText.number(limit)); if the spread stays, "
                + needed.words + (check.isLogarithmic ? " (in logarithms)" : ""), needed
        )
    }
}
