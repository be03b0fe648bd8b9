import Formats
import Foundation
import Judging
import Statistics
import Tensors
import Testing

@Suite("is a change better than noise?")
struct JudgeTests {
    private let baselines = [3.2781, 3.2794, 3.2776, 3.2788, 3.2783]
    private let candidate = [3.2771, 3.2779, 3.2768]

    // The numbers are SciPy's: oracle.py beside this file.
    @Test("noise floor, comparison and detectable improvement have SciPy's numbers")
    func oracle() throws {
        let floor = try #require(NoiseFloor(baselines))
        #expect((floor.deviation - 0.0006877499545619164).magnitude < 1e-15)
        let interval = floor.interval()
        #expect((interval.lowerBound - 0.00041205).magnitude < 1e-8)
        #expect((interval.upperBound - 0.00197629).magnitude < 1e-8)
        #expect((floor.probabilities(candidate).larger - 0.024229252678284255).magnitude < 1e-12)
        let short = floor.probabilities(candidate, improvement: 0.002).smaller
        #expect((short - 0.06623515375227032).magnitude < 1e-12)
        let one = try #require(floor.detectable(runs: 1, significance: 0.05))
        let four = try #require(floor.detectable(runs: 4, significance: 0.05))
        #expect((one - 0.0022901250569128864).magnitude < 1e-9)
        #expect((four - 0.00127640936503801).magnitude < 1e-9)
        let needed = try #require(floor.runs(toSee: 0.00128, significance: 0.05))
        #expect(needed == 4)
        // Five baselines bound what any number of runs sees.
        #expect(floor.runs(toSee: 0.0005, significance: 0.05) == nil)
        #expect(
            NoiseFloor([1, 1]) == nil && NoiseFloor([1]) == nil && NoiseFloor([1, .nan]) == nil)
    }

    @Test("all that a campaign may spend is never more than its probability")
    func spending() {
        let spending = ErrorSpending(0.05)
        var total = 0.0
        for candidate in 1...2000 {
            for look in 1...30 { total += spending.share(candidate: candidate, look: look) }
        }
        #expect(total < 0.05 && total > 0.0499)
        #expect(spending.share(candidate: 1, look: 1000) > 0)
    }

    /// Campaigns of candidates, each looked at until it is decided.
    private func campaigns(
        _ count: Int, improvement: Double, candidates: Int, spends: Bool
    ) throws -> (kept: Int, discarded: Int, open: Int) {
        var (kept, discarded, open) = (0, 0, 0)
        for campaign in 0..<count {
            let key = RandomKey(seed: 7).split(campaign)
            var drawn: UInt64 = 0
            func normal() -> Double {
                let words = key.words(at: drawn)
                drawn += 1
                let u = (Double(words[0]) + 0.5) / 4_294_967_296
                let v = (Double(words[1]) + 0.5) / 4_294_967_296
                return (-2 * log(u)).squareRoot() * cos(2 * Double.pi * v)
            }
            let floor = try #require(NoiseFloor((0..<6).map { _ in normal() }))
            let judge = Judge(floor: floor, smallest: 2)
            var (hasKept, hasDiscarded, isOpen) = (false, false, false)
            for place in 1...candidates {
                var runs = (0..<2).map { _ in normal() - improvement }
                var outcome = Outcome.retest
                for look in 1...4 where outcome == .retest {
                    outcome =
                        judge.decide(
                            runs, candidate: spends ? place : 1, look: spends ? look : 1
                        ).outcome
                    runs += (0..<4).map { _ in normal() - improvement }
                }
                hasKept = hasKept || outcome == .keep
                hasDiscarded = hasDiscarded || outcome == .discard
                isOpen = isOpen || outcome == .retest
            }
            kept += hasKept ? 1 : 0
            discarded += hasDiscarded ? 1 : 0
            open += isOpen ? 1 : 0
        }
        return (kept, discarded, open)
    }

    @Test("over whole campaigns errors stay within what is stated")
    func errorRates() throws {
        // 5% of 600 are 30; 3 standard errors above are 46.
        let null = try campaigns(600, improvement: 0, candidates: 8, spends: true)
        #expect(null.kept <= 46, "\(null.kept) of 600 campaigns keep what is no improvement")
        #expect(null.discarded >= 300, "\(null.discarded) of 600 discard one of eight")
        let true2 = try campaigns(600, improvement: 2, candidates: 8, spends: true)
        #expect(true2.discarded <= 46, "\(true2.discarded) discard what improves by the smallest")
        // Retests are sized for a power of 0.8 a candidate.
        #expect(true2.kept >= 480)
        // The broken twin spends everything on each look.
        let greedy = try campaigns(600, improvement: 0, candidates: 8, spends: false)
        #expect(greedy.kept > 46, "\(greedy.kept)")
    }

    @Test("the rule of modded-nanogpt's optimization track decides its published entries so")
    func track3() {
        let rule = KnownSpreadRule.track3
        // Ten runs of 3.278188 on average score 0.00573; of 3.278892, 0.0035.
        let passes = [Double](repeating: 3.278188, count: 10)
        #expect((rule.score(passes) - 0.00573005).magnitude < 1e-7)
        #expect((rule.probability(passes) / 5.22e-6 - 1).magnitude < 0.01)
        #expect(rule.decide(passes).outcome == .keep)
        let close = [Double](repeating: 3.278892, count: 10)
        let again = rule.decide(close)
        #expect(again.outcome == .retest && again.more == 4)
        #expect(rule.decide(close + [Double](repeating: 3.278892, count: 4)).outcome == .keep)
        #expect(rule.decide([3.284]).outcome == .discard)
        let above = rule.decide([3.281])
        #expect(above.outcome == .retest && above.more == nil)
    }

    @Test("a campaign's file counts candidates and looks, and runs that were seen are no new look")
    func campaign() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/judge-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/campaign.json"
        #expect(try Campaign.read(path) == nil)
        var campaign = Campaign(significance: 0.05, miss: 0.1, smallest: 0.001)
        #expect(campaign.position(of: "a", [1]) == (1, 1))
        campaign.add("a", [1], .retest)
        campaign.add("b", [2], .discard)
        try campaign.write(to: path)
        let read = try #require(try Campaign.read(path))
        #expect(read == campaign)
        #expect(read.position(of: "a", [1]) == (1, 1) && read.position(of: "a", [1, 2]) == (1, 2))
        #expect(read.position(of: "c", [1]) == (3, 1))
        #expect(read.decided("b", [2]) == nil && read.decided("b", [2, 3]) == .discard)
        #expect(read.decided("a", [4]) == nil)
        try Data("{}".utf8).write(to: URL(fileURLWithPath: path))
        #expect(throws: (any Error).self) { try Campaign.read(path) }
    }

    @Test("runs come from numbers, and from rows of a table whose fields hold a text")
    func values() throws {
        let given = try RunValues("3.1, 3.2,nan", metric: nil)
        #expect(given.values == [3.1, 3.2] && given.diverged == ["run 3"])
        let folder = FileManager.default.temporaryDirectory.path + "/judge-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/results.tsv"
        let text = """
            commit\tval_bpb\tmemory_gb\tstatus\tdescription
            a1\t0.9979\t44.0\tkeep\tbaseline
            a2\t0.9981\t44.0\tkeep\tbaseline again
            b1\t0.9930\t44.2\tkeep\twider
            c1\t0.0000\t0.0\tcrash\tbaseline of another batch

            """
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let baselines = try RunValues(path + "#baseline", metric: nil)
        #expect(baselines.values == [0.9979, 0.9981] && baselines.metric == "val/bits_per_byte")
        #expect(baselines.notes.contains { $0.contains("crash") })
        #expect(try RunValues(path + "#wider", metric: "val_bpb").values == [0.9930])
        #expect(throws: (any Error).self) { try RunValues(path + "#none", metric: nil) }
        #expect(throws: (any Error).self) { try RunValues(path, metric: "accuracy") }
        // Rows that all crashed, and numbers of which one is none, are said as such.
        let crashed = #expect(throws: FormatError.self) {
            try RunValues(path + "#another", metric: nil)
        }
        #expect(crashed?.description.contains("has no 'run that ended'; of results/4") == true)
        let word = #expect(throws: FormatError.self) { try RunValues("3.1,x,3.2", metric: nil) }
        #expect(word?.description.contains("number 2: 'x'; give numbers alone") == true)
    }
}
