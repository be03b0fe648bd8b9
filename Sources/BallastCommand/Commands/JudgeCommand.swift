import ArgumentParser
import Ballast
import Foundation
import Judging

/// `ballast judge`.
struct JudgeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "judge",
        abstract: "Is a change better than noise? Keep it, discard it, or retest it.",
        usage: "ballast judge <baselines> [<candidate>] [<options>]",
        discussion: """
            Compares the final loss of a candidate's runs with that of repeated baselines. Each path is a log, \
            a folder of runs or logs, a table with a row per run, or numbers separated by commas; PATH#TEXT takes \
            the runs whose name or fields contain TEXT, as results.tsv#baseline. With baselines alone it \
            gives the noise floor, and the improvement that a given number of runs can detect.

            Errors are bounded over a whole campaign: --campaign FILE holds the candidates so far, and each \
            has its share of --significance and --miss.

            Exit codes: 0 keep, 2 discard, 3 retest with the given number of additional seeds.
            """)

    @Argument(help: "Runs of the unchanged recipe, two or more (with --rule: of the candidate).")
    var baselines: String

    @Argument(help: "Runs of the changed recipe.")
    var candidate: String?

    @Option(help: "The metric; by default validation loss, bits per byte or training loss.")
    var metric: String?

    @Option(
        help: """
            The smallest improvement worth keeping; by default one standard deviation of a run.
            """)
    var smallest: Double?

    @Option(help: "The probability, over the campaign, of keeping a change that does not improve.")
    var significance = 0.05

    @Option(help: "The probability of discarding one that improves by the smallest improvement.")
    var miss = 0.05

    @Option(help: "A file with the candidates judged so far; created if there is none.")
    var campaign: String?

    @Option(help: "The candidate's name in the campaign; by default its path.")
    var name: String?

    @Option(
        help: """
            Judge by a benchmark's rule instead of baselines: track-3, of modded-nanogpt's optimization track.
            """)
    var rule: String?

    @Flag(help: "Higher is better.")
    var higherIsBetter = false

    @OptionGroup var layout: TextOptions

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        for (flag, value) in [("--significance", significance), ("--miss", miss)]
        where !(value >= 1e-9 && value < 0.5) {
            throw ValidationError(
                "\(flag) \(value): must be a probability of at least 1e-9 and below 0.5")
        }
        if let smallest, !(smallest > 0 && smallest.isFinite) {
            throw ValidationError("--smallest \(smallest): must be a number above 0")
        }
        if let rule, rule != KnownSpreadRule.track3.name {
            throw ValidationError("--rule \(rule): the rules are \(KnownSpreadRule.track3.name)")
        }
        if rule != nil, higherIsBetter {
            throw ValidationError("--higher-is-better: the rule is about a loss")
        }
        if rule != nil, candidate != nil || campaign != nil {
            throw ValidationError("--rule takes the candidate's runs alone, and no --campaign")
        }
        if campaign != nil, candidate == nil {
            throw ValidationError("--campaign: give the candidate's runs as well")
        }
    }

    func run() throws {
        let judgement = try judgement()
        if json {
            Terminal.line(try judgement.json())
        } else {
            layout.show { judgement.text(columns: $0) }
        }
        switch judgement.outcome {
        case .keep, nil: break
        case .discard: throw ExitCode(2)
        case .retest: throw ExitCode(3)
        }
    }

    private func judgement() throws -> Judgement {
        let first = try RunValues(baselines, metric: metric)
        if rule != nil {
            guard first.diverged.isEmpty else {
                throw ValidationError(
                    "\(baselines): \(first.diverged.joined(separator: ", ")) diverged, and the rule takes "
                        + "the mean of all runs")
            }
            guard !first.values.isEmpty else {
                throw ValidationError("\(baselines): no run has a value")
            }
            return Judgement(first, .track3)
        }
        guard first.diverged.isEmpty, let floor = NoiseFloor(ordered(first)) else {
            throw ValidationError(
                "\(baselines): "
                    + (first.diverged.isEmpty
                        ? "\(first.values.count) run\(first.values.count == 1 ? "" : "s")"
                            + (first.values.count > 1 ? ", all equal" : "")
                            + "; two or more with different seeds are needed"
                        : "\(first.diverged.joined(separator: ", ")) diverged; baselines that end are "
                            + "needed"))
        }
        var judge = Judge(floor: floor, smallest: smallest ?? floor.deviation)
        (judge.significance, judge.miss) = (significance, miss)
        guard let candidate else { return Judgement(first, judge, sign: sign) }
        let second = try RunValues(candidate, metric: metric)
        guard !second.values.isEmpty || !second.diverged.isEmpty else {
            throw ValidationError("\(candidate): no run has a value")
        }
        var ledger = try campaign.flatMap { try Campaign.read($0) }
        if campaign != nil, ledger == nil {
            ledger = Campaign(
                significance: judge.significance, miss: judge.miss, smallest: judge.smallest)
        }
        if let ledger { try hold(&judge, ledger) }
        let name = name ?? candidate
        if let outcome = ledger?.decided(name, second.values) {
            throw ValidationError(
                "\(name) was decided before: \(outcome.rawValue); give it another --name to judge it again"
            )
        }
        let (place, look) = ledger?.position(of: name, second.values) ?? (1, 1)
        var judgement = Judgement(first, judge, sign: sign, place: place)
        if second.diverged.isEmpty {
            judgement.add(
                second, judge.decide(ordered(second), candidate: place, look: look), judge,
                place: place, look: look)
        } else {
            judgement.discard(second)
        }
        if let campaign, var ledger, let outcome = judgement.outcome, !second.values.isEmpty {
            ledger.add(name, second.values, outcome)
            try ledger.write(to: campaign)
        }
        return judgement
    }

    /// The campaign's numbers hold for all of its candidates.
    private func hold(_ judge: inout Judge, _ ledger: Campaign) throws {
        for (flag, given, own) in [
            ("--significance", significance, ledger.significance), ("--miss", miss, ledger.miss),
            ("--smallest", smallest ?? ledger.smallest, ledger.smallest),
        ] where given != own {
            throw ValidationError(
                "\(flag) \(given): the campaign \(campaign ?? "") was started with \(own); leave it as is, or "
                    + "start another file")
        }
        judge.smallest = ledger.smallest
    }

    /// 1 where lower is better, else -1.
    private var sign: Double { higherIsBetter ? -1 : 1 }

    /// Values of which the lower is the better.
    private func ordered(_ runs: RunValues) -> [Double] { runs.values.map { sign * $0 } }
}
