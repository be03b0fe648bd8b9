public import Formats
import Foundation

/// The candidates that a campaign has judged, in a file: what each look may still spend depends on all that were
/// before.
public struct Campaign: Sendable, Hashable, Codable {
    /// The version of these keys.
    public var schema = "ballast.campaign/1"
    /// The probability, over the whole campaign, of keeping a change that is no improvement.
    public var significance: Double
    /// The probability of discarding one that improves by ``smallest``.
    public var miss: Double
    /// The smallest improvement that is worth keeping.
    public var smallest: Double
    /// The candidates, in the order in which they came.
    public var candidates: [Candidate] = []

    /// A candidate.
    public struct Candidate: Sendable, Hashable, Codable {
        /// Its name.
        public var name: String
        /// The decisions about it, in order.
        public var looks: [Look]
    }

    /// A decision.
    public struct Look: Sendable, Hashable, Codable {
        /// The runs that it was about.
        public var values: [Double]
        /// What became of it.
        public var outcome: Outcome
    }

    /// Begins a campaign.
    public init(significance: Double, miss: Double, smallest: Double) {
        self.significance = significance
        self.miss = miss
        self.smallest = smallest
    }

    /// Reads a campaign's file; nil where there is none.
    ///
    /// - Throws: `FormatError` for a file that cannot be read, and for one that is no campaign.
    public static func read(_ path: String) throws(FormatError) -> Campaign? {
        guard let bytes = try WholeFile.read(path) else { return nil }
        guard let campaign = try? SnakeCaseJSON.read(Campaign.self, of: Data(bytes)),
            campaign.schema == "ballast.campaign/1", campaign.isSound
        else {
            throw .corrupt(
                path: path, place: "campaign", found: "no campaign of ballast judge",
                advice: "give another file; it has to be kept as it was written")
        }
        return campaign
    }

    /// Whether its numbers are some that a campaign has.
    private var isSound: Bool {
        [significance, miss].allSatisfy { $0 > 0 && $0 < 0.5 } && smallest > 0
            && candidates.allSatisfy { candidate in
                !candidate.looks.isEmpty && candidate.looks.allSatisfy { !$0.values.isEmpty }
            }
    }

    /// Writes it, whole or not at all.
    public func write(to path: String) throws { try SnakeCaseJSON.write(self, to: path) }

    /// The place of a candidate, from 1, and which look at it this is.
    ///
    /// Runs that were looked at before are no new look.
    public func position(of name: String, _ values: [Double]) -> (candidate: Int, look: Int) {
        guard let index = candidates.firstIndex(where: { $0.name == name }) else {
            return (candidates.count + 1, 1)
        }
        let looks = candidates[index].looks
        if let same = looks.firstIndex(where: { $0.values == values }) {
            return (index + 1, same + 1)
        }
        return (index + 1, looks.count + 1)
    }

    /// The outcome that a candidate was decided by with other runs; nil where it is open, or new.
    public func decided(_ name: String, _ values: [Double]) -> Outcome? {
        guard let looks = candidates.first(where: { $0.name == name })?.looks,
            !looks.contains(where: { $0.values == values }), let last = looks.last?.outcome,
            last != .retest
        else { return nil }
        return last
    }

    /// Adds a decision, where the runs are new.
    public mutating func add(_ name: String, _ values: [Double], _ outcome: Outcome) {
        let look = Look(values: values, outcome: outcome)
        guard let index = candidates.firstIndex(where: { $0.name == name }) else {
            candidates.append(Candidate(name: name, looks: [look]))
            return
        }
        if !candidates[index].looks.contains(where: { $0.values == values }) {
            candidates[index].looks.append(look)
        }
    }
}
