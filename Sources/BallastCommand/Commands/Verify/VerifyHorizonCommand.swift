import ArgumentParser
import Ballast
import Foundation

/// `ballast verify horizon`.
struct VerifyHorizonCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "horizon",
        abstract: "Say whether norms and the optimal learning rate depend on how long one trains.",
        discussion: """
            Trains one trunk for each learning rate and seed: warm-up, then a constant learning rate, \
            whatever schedule the configuration has. The configuration's steps are the longest \
            horizon, and each other is half of the next. From each horizon a branch brings the \
            learning rate down to zero. Of every tensor it prints the exponent with which its root \
            mean square goes with the horizon, with an interval over seeds, and of the optimal \
            learning rate its drift.
            PASS (exit code 0), invariant, where the exponents of all matrices lie within the band \
            and the drift within the bound, with their whole intervals; FAIL (2), drifts, where one \
            lies beyond; INCONCLUSIVE (3) otherwise, with what would settle it. --interventions \
            trains the same with each of them, and says which removes the drift.
            Interrupt it at any time: the same command goes on. Runs stand in OUT/cells under the digest \
            of their configuration, results in OUT/horizon-DIGEST-QUESTION: report.html, horizon.json \
            and figures. Another question about the same configuration (horizons, rates, seeds, \
            interventions, band) has a folder of its own and shares the runs.
            """)

    @Argument(help: "A configuration in YAML.")
    var config: String
    @Option(help: "Horizons, each twice the one before; the longest is the configuration's steps.")
    var horizons = 4
    @Option(help: "Steps of a descent over those before it.")
    var cooldown = 0.2
    @Option(
        help: """
            Learning rates, a factor of two apart about the configuration's; 1 leaves the optimum out.
            """)
    var rates = 9
    @Option(help: "Seeds of the weights.")
    var seeds = 3
    @Option(
        help: """
            Interventions to train too, with commas between; + joins some to one. `ballast config \
            --interventions` lists them.
            """)
    var interventions: String?
    @Option(
        help: """
            A variant to train too: KEY.PATH=VALUE, several with blanks between. May be given several \
            times.
            """)
    var control: [String] = []
    @Option(help: "The largest exponent of a matrix, of either sign, that passes.")
    var band = 0.1
    @Option(
        help: "The largest total drift of the optimum that passes, as a factor in either direction."
    )
    var bound = 1.4
    @OptionGroup var options: StudyOptions

    func run() throws {
        let names = (interventions ?? "").split(separator: ",").map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        let study = try HorizonStudy(
            Recipe.read(
                config, overrides: options.overrides, interventions: names, controls: control),
            horizons: horizons, cooldown: cooldown, rates: rates, seeds: seeds, band: band,
            bound: bound)
        let path = options.out.map { "\($0)/\(study.study.name)" }
        func runner(_ part: Study) throws -> StudyRunner {
            try StudyRunner(part, in: path, options)
        }
        let whole = try runner(study.study)
        try whole.prepareText()
        if !options.json || options.dryRun {
            let open = try whole.folder.map { try runner(study.reachable(in: $0)) } ?? whole
            Terminal.line(try announcement(study, open))
        }
        guard !options.dryRun, let folder = whole.folder else { return }
        _ = try runner(study.trunks).train()
        let branches = try study.beginBranches(in: folder)
        if !branches.cells.isEmpty { _ = try runner(branches).train() }
        try RunFolder(folder.path).write(study.study.plan, to: folder.plan)
        let result = try study.result(folder.read())
        try VerdictFile.write(result, to: folder.path + "/horizon.json")
        let (bundle, python) = ReportCommand.drawingTools
        _ = try HorizonReport(result).write(
            to: folder.path, vegaBundle: bundle, python: python,
            origin: .ofThisCommand(study.recipes))
        print(
            options.json
                ? try VerdictFile.text(result, isPretty: false)
                : HorizonText(result).text + "\nresults in \(folder.path)/horizon.json, "
                    + "report in \(folder.path)/report.html")
        try result.verdict.exit()
    }

    /// What it takes and can see, before it starts.
    private func announcement(_ study: HorizonStudy, _ runner: StudyRunner) throws -> String {
        let design = study.design
        let base = study.recipes[0].configuration
        let counts = [
            study.recipes.count == 1 ? "1 recipe" : "\(study.recipes.count) recipes",
            study.rates == 1 ? "1 learning rate" : "\(study.rates) learning rates",
            "\(study.seeds.count) seeds",
        ]
        var lines = [
            "does it matter how long one trains? " + counts.joined(separator: ", "),
            "  each trunk \(design.longest) steps at a constant learning rate after "
                + "\(design.warmupSteps(base)) of warm-up; branches after "
                + design.horizons.map { "\($0) (+\(design.cooldownSteps($0)))" }
                .joined(separator: ", "),
        ]
        if base.schedule.shape != .stable {
            lines.append(
                "  the configuration's schedule, \(base.schedule.shape.rawValue), is replaced; the "
                    + "rate of its decay stays that of \(base.steps) steps")
        }
        let sight = study.sight
        if let exponent = sight.exponent {
            lines.append(
                "  sees an exponent of \(Terminal.number(exponent.value)) or more, its interval "
                    + "within \(Terminal.number(exponent.halfWidth)) of it, if seeds move one by "
                    + "\(HorizonStudy.assumedSpread) (assumed)")
        }
        if let optimum = sight.optimum {
            func factor(_ octaves: Double) -> String { String(format: "%.2fx", exp2(octaves)) }
            lines.append(
                "  sees a total drift of the optimum of \(factor(optimum.detectable)) or more, its "
                    + "interval within \(factor(optimum.halfWidth)) of it, if seeds move an optimum "
                    + "by \(TransferSettings().spread) octaves (assumed)")
            if optimum.halfWidth >= log2(study.bound) {
                lines.append(
                    "    too wide for a PASS at a bound of \(study.bound)x: give more --seeds")
            }
        } else {
            lines.append("  the optimal learning rate is not asked for: one learning rate")
        }
        let elements = try TrainingProgram(base).start(seed: 0).values.reduce(0) {
            $0 + $1.shape.count
        }
        // While trunks train, one at each multiple of the shortest horizon; then one at each horizon,
        // and the ends of branches.
        let trunks = study.trunks.cells.count
        let kept = max(design.longest / design.horizons[0], 2 * design.horizons.count)
        lines.append(
            try runner.costLine()
                + ", \(Terminal.number(Double(4 * elements * trunks * kept) / 1e6))"
                + " MB of checkpoints")
        return lines.joined(separator: "\n")
    }
}
