import ArgumentParser
import Ballast
import Foundation

/// `ballast prescribe`.
struct PrescribeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prescribe",
        abstract:
            "Prescribe a recipe and a learning rate for a larger size, within a budget of time.",
        discussion: """
            Trains proxies of the recipe over widths, learning rates and seeds, forecasts what becomes \
            unstable at the target, tries the cures that the literature has against it, keeps those that \
            the runs show to help without a cost in loss, and prints the recipe, the learning rate with \
            its interval, warnings ranked by how sure they are, and what was not tested.

            The runs are planned from the speed of this machine and kept in OUT/plan.json. Interrupt \
            it at any time: the same command goes on, and --budget counts what earlier sessions trained. \
            When the budget ends early it prints what is known and what is missing. OUT holds the runs, \
            which all targets share; OUT/TARGET holds report.html, prescription.json, forecast/, and \
            prescription.yaml at the target's width and depth, which `ballast config` and `ballast train` \
            read, where there is a learning rate to prescribe.

            Within the extrapolation that held-out sizes validate, the learning rate is that of the fit of \
            the proxies' optima, with its interval. Beyond it is that of the largest proxy by the rule of \
            the parametrisation (1/width under the standard one with Adam), said to be unvalidated; none \
            where the fit's interval excludes it.

            PASS (exit code 0) where every alarm stays clear at the target and the learning rate has an \
            interval; FAIL (2) where a proxy or a validated forecast lies beyond an alarm and no cure \
            helped; INCONCLUSIVE (3) otherwise, as for every target beyond the extrapolation that held-out \
            sizes validate, with what would settle it.
            """)

    @Argument(help: "The recipe: a configuration in YAML.")
    var config: String

    @Option(
        parsing: .unconditional,
        help: "The size: parameters without embedding and head (1.3B), or width x depth (2048x24).")
    var target: String

    @Option(help: "The time that training may take, over all sessions: 90s, 30m, 1h30m.")
    var budget: String

    @Flag(help: "Print what each line rests on: runs, fits, intervals, held-out sizes, files.")
    var explain = false

    @OptionGroup var options: StudyOptions

    func run() throws {
        if options.slurm.slurm {
            throw ValidationError(
                "--slurm: the budget of a prescription is time on this machine; leave --slurm out")
        }
        try options.requireOut()
        let recipe = try ConfigurationFile.read(config, overrides: options.overrides)
        let own = try ConfigurationFile.target(at: config)
        var target = try ForecastTarget(target, like: recipe)
        if let own, target.isSize(of: recipe, vocabulary: own.vocabulary) {
            target = ForecastTarget(target.text, of: recipe)
        }
        let budget = try TimeBudget(budget).seconds
        // A mistake in the text shows before anything is timed.
        try [recipe].prepareTexts()
        let ends = PrescriptionPlanner.ends(of: recipe)
        try ends.dearest.validate()
        let cost = try StudyRunner.cost(ends.cheapest, ends.dearest, options.engine)
        let plan = try readPlan() ?? self.plan(recipe, target, budget, cost)
        let prescription = try Prescription(recipe, plan: plan, target: target)
        var record = try options.out.flatMap { out in
            FileManager.default.fileExists(atPath: SweepFolder(out + "/sweep").plan)
                ? try SweepFolder(out + "/sweep").read() : nil
        }
        try announce(prescription, record, budget, cost)
        if explain, !options.json {
            Terminal.write(
                Self.family(ProxyFamily(recipe, plan, vocabulary: own?.vocabulary))
                    .text(columns: Terminal.columns, usesColour: Terminal.usesColour))
        }
        guard let out = options.out, !options.dryRun else { return }
        if !FileManager.default.fileExists(atPath: out + "/plan.json") {
            try FileManager.default.createDirectory(
                atPath: out, withIntermediateDirectories: true)
            try SnakeCaseJSON.write(plan, to: out + "/plan.json")
        }
        let before = record?.wallSeconds ?? 0
        let start = ContinuousClock.now
        let deadline = start + .seconds(budget - before)
        while true {
            let step = try prescription.step(record)
            guard let name = step.name else { break }
            let left = (deadline - .now) / .seconds(1)
            let seconds = try seconds(step, cost)
            guard left > 0, !step.isTrial || seconds <= left else {
                say(
                    "\(name): \(step.open.count) runs, about \(Terminal.time(seconds)), and "
                        + "\(Terminal.time(max(left, 0))) of the budget are left: not run")
                break
            }
            say("\(name): \(step.open.count) runs, about \(Terminal.time(seconds))")
            record = try StudyRunner(
                step.study, in: out + "/sweep", options
            ).train(until: deadline)
            if ContinuousClock.now >= deadline { break }
        }
        try finish(prescription, record, budget, own, in: out)
    }

    /// How the proxies follow from the recipe, as a table.
    private static func family(_ family: ProxyFamily) -> Document {
        var document = Document(kind: "proxies", title: "Proxies from the recipe")
        document.sections = [
            .init(
                "What shrinks, and what stays",
                [
                    .table(
                        Table(
                            [
                                .word("key"), .prose("recipe"), .prose("proxies"),
                                .prose("carried by"),
                            ],
                            family.rows.map { row in
                                [
                                    Table.Cell(row.key), Table.Cell(row.recipe),
                                    Table.Cell(row.proxies), Table.Cell(row.rule),
                                ]
                            }))
                ])
        ]
        return document
    }

    private func say(_ text: String) {
        if !options.json { Terminal.line(text) }
    }

    /// Seconds that what is open takes.
    private func seconds(_ step: Prescription.Step, _ cost: StepCost) throws -> Double {
        try step.open.reduce(0) { $0 + cost.seconds($1) }
            / StudyRunner.sideBySide(options.jobs, options.engine)
    }

    /// The plan that stands in the folder; nil where there is none.
    private func readPlan() throws -> PrescriptionPlan? {
        guard let out = options.out else { return nil }
        let file = out + "/plan.json"
        guard FileManager.default.fileExists(atPath: file) else { return nil }
        do {
            return try SnakeCaseJSON.read(PrescriptionPlan.self, from: file)
        } catch {
            throw RunError.damaged(
                file: file, reason: "does not parse (\(error)); remove it, and it is planned anew")
        }
    }

    private func plan(
        _ recipe: RunConfiguration, _ target: ForecastTarget, _ budget: Double, _ cost: StepCost
    ) throws -> PrescriptionPlan {
        let planner = PrescriptionPlanner(
            recipe, target: target.parameters,
            sideBySide: try StudyRunner.sideBySide(options.jobs, options.engine),
            seconds: cost.seconds)
        return try planner.plan(budget: budget)
    }

    /// The plan and what it takes.
    private func announce(
        _ prescription: Prescription, _ record: RunTable?, _ budget: Double, _ cost: StepCost
    ) throws {
        let plan = prescription.plan
        let step = try prescription.step(record)
        let seconds = try seconds(step, cost)
        if options.json {
            guard options.dryRun else { return }
            print(
                try SnakeCaseJSON.text(
                    PrescriptionAnnouncement(
                        plan: plan, runs: step.cost.cells, done: step.cost.done,
                        tokens: step.cost.tokens, operations: step.cost.operations,
                        seconds: seconds, budgetSeconds: budget,
                        spentSeconds: record?.wallSeconds ?? 0), isPretty: false))
            return
        }
        let widths = plan.widths.map(String.init).joined(separator: ", ")
        let rates = plan.learningRates.map { Terminal.number($0) }.joined(separator: ", ")
        let side = try StudyRunner.sideBySide(options.jobs, options.engine)
        Terminal.line(
            """
            prescribe for \(prescription.target.text) within \(Terminal.time(budget))
              widths \(widths) of \(plan.depth) blocks; learning rates \(rates); \
            \(plan.seeds.count) seeds; \(plan.steps) steps of \(plan.batch) x \
            \(plan.context ?? prescription.recipe.model.context) tokens
            """)
        if let words = PrescriptionResult.words(plan.changes(of: prescription.recipe)) {
            Terminal.line("  " + words)
        }
        Terminal.line(
            "  first the recipe itself, in at most two fifths of the time, then cures of what it shows, "
                + "one at a time")
        Terminal.line(StudyRunner.line(step.cost, seconds: seconds, jobs: Int(side)))
    }

    /// Writes and prints what the runs come to, in a folder of the target's own.
    private func finish(
        _ prescription: Prescription, _ record: RunTable?, _ budget: Double,
        _ own: TargetModel?, in study: String
    ) throws {
        let out = study + "/" + prescription.target.text
        let result = try prescription.result(
            record, budget: budget, spent: record?.wallSeconds ?? 0)
        let origin = ReportOrigin.ofThisCommand([
            .init(name: "recipe", digest: prescription.recipe.digest)
        ])
        let bundle = ReportCommand.drawingTools.bundle
        let forecasts = try prescription.forecasts(record)
        for (name, forecast) in forecasts {
            // Images would take longer than all the rest.
            _ = try forecast.write(
                to: out + "/forecast/" + name, origin: origin, vegaBundle: bundle, python: nil)
        }
        _ = try PrescriptionReport(result, forecasts: forecasts.map(\.name)).write(
            to: out, vegaBundle: bundle, python: nil, origin: origin)
        let json = String(decoding: try result.json(), as: UTF8.self) + "\n"
        try AtomicFile.write(json, to: out + "/prescription.json")
        let recipe = out + "/prescription.yaml"
        if let layer = try prescription.layer(result) {
            try AtomicFile.write(layer + (own?.text ?? ""), to: recipe)
        } else if FileManager.default.fileExists(atPath: recipe) {
            // Of earlier runs, which prescribed what these do not.
            try FileManager.default.removeItem(atPath: recipe)
        }
        if options.json {
            print(String(decoding: try result.json(isPretty: false), as: UTF8.self))
        } else {
            options.layout.show(PrescriptionText(result, isExplained: explain).text)
            print("report in \(out)/report.html, all numbers in \(out)/prescription.json")
            print(advice(result, recipe))
        }
        try result.verdict.exit()
    }

    /// What to do next.
    private func advice(_ result: PrescriptionResult, _ recipe: String) -> String {
        let next = result.reason.map { ": \($0)" } ?? ""
        let file =
            result.learningRate.prescribed == nil
            ? "" : "; \(recipe) is \(result.learningRate.status)"
        return switch result.verdict {
        case .pass: "train it with: ballast train \(recipe) --out RUN"
        case .fail: "not to be trained as it is\(next)"
        case .inconclusive: "not settled\(next)\(file)"
        }
    }
}

/// What a prescription takes, before it starts.
struct PrescriptionAnnouncement: Encodable {
    /// The version of these keys.
    let schema = "ballast.prescription-cost/1"
    let plan: PrescriptionPlan
    let runs: Int
    let done: Int
    let tokens: Int
    let operations: Double
    let seconds: Double
    let budgetSeconds: Double
    let spentSeconds: Double
}
