import Documents
public import Engines
import ForecastStudies
import Formats
import Foundation
import Modules
import RunTables
public import Runs
public import Sweeps
public import Training

/// A recipe for a larger size, within a budget of time: ``Prescription`` as a study.
///
/// Its stages follow from results: the recipe itself, longer grids where an optimum lies at an end, then mitigations of
/// what the runs show, one at a time. Its runs stand in `OUT/cells`, shared by all targets; the design that all
/// targets share in `OUT/plan.json`.
public struct PrescriptionStudy: StudyKind {
    /// What is asked, and what the runs say.
    public let prescription: Prescription
    /// Seconds that training may take, over all sessions.
    public let budget: Double

    private let cost: StepCost
    private let sideBySide: Double
    /// What the target has and no proxy, as recipes of other tools say it.
    private let own: TargetModel?
    private let deadline: ContinuousClock.Instant
    /// What earlier commands trained for this target; nil where there is nothing.
    private let known: RunTable?

    /// Asks for a prescription.
    ///
    /// - Parameters:
    ///   - path: The recipe: a configuration in YAML.
    ///   - overrides: Of its keys.
    ///   - target: The size: parameters (`1.3B`), or width x depth (`2048x24`).
    ///   - budget: A length of time, as ``TimeBudget`` reads it.
    ///   - out: The folder of all targets, whose `plan.json` is taken where it has one.
    ///   - trainer: What trains, by whose speed runs are planned.
    /// - Throws: `ConfigurationError` for a recipe, a target or a budget that cannot be, and what the timing of steps
    ///   throws.
    public init(
        path: String, overrides: [String], target: String, budget: String, out: String?,
        trainer: any StudyTrainer
    ) throws {
        let recipe = try ConfigurationFile.read(path, overrides: overrides)
        own = try ConfigurationFile.target(at: path)
        var size = try ForecastTarget(target, like: recipe)
        if let own, size.isSize(of: recipe, vocabulary: own.vocabulary) {
            size = ForecastTarget(size.text, of: recipe)
        }
        self.budget = try TimeBudget(budget).seconds
        // A mistake in the text shows before anything is timed.
        try [recipe].prepareTexts()
        let ends = PrescriptionPlanner.ends(of: recipe)
        try ends.dearest.validate()
        let cost = try trainer.stepCost(ends.cheapest, ends.dearest)
        let plan =
            try out.flatMap(Self.plan)
            ?? PrescriptionPlanner(
                recipe, target: size.parameters, sideBySide: trainer.sideBySide,
                seconds: cost.seconds
            ).plan(budget: self.budget)
        prescription = try Prescription(recipe, plan: plan, target: size)
        self.cost = cost
        sideBySide = trainer.sideBySide
        let runs = out.map { SweepFolder("\($0)/\(size.text)") }
        known = try runs.flatMap { runs in
            FileManager.default.fileExists(atPath: runs.plan) ? try runs.read() : nil
        }
        deadline = .now + .seconds(self.budget - (known?.wallSeconds ?? 0))
    }

    /// The design that stands in a folder; nil where there is none.
    private static func plan(in out: String) throws -> PrescriptionPlan? {
        let file = out + "/plan.json"
        guard FileManager.default.fileExists(atPath: file) else { return nil }
        do {
            return try SnakeCaseJSON.read(PrescriptionPlan.self, from: file)
        } catch {
            throw RunError.damaged(
                file: file, reason: "does not parse (\(error)); delete it to plan again")
        }
    }

    /// The target as asked for.
    public var folderName: String { prescription.target.text }
    /// The recipe.
    public var recipes: [Recipe] {
        [Recipe(name: "recipe", configuration: prescription.recipe)]
    }

    /// The design, and what the proxies have otherwise than the recipe.
    public var announcement: [String] {
        let plan = prescription.plan
        let widths = plan.widths.map(String.init).joined(separator: ", ")
        let rates = plan.learningRates.map { NumberText.roundedRate($0) }.joined(separator: ", ")
        return [
            "prescribe for \(prescription.target.text) within \(NumberText.clock(budget))",
            "  widths \(widths) of \(plan.depth) blocks; learning rates \(rates); "
                + "\(plan.seeds.count) seeds; \(plan.steps) steps of \(plan.batch) x "
                + "\(plan.context ?? prescription.recipe.model.context) tokens",
        ]
            + [PrescriptionResult.words(plan.changes(of: prescription.recipe))].compactMap {
                $0.map { "  " + $0 }
            } + [
                "  first the recipe itself, in at most two fifths of the time, then mitigations of what it "
                    + "shows, one at a time"
            ]
    }

    /// How the proxies follow from the recipe.
    public var design: StudyDesign? {
        StudyDesign(
            prescription.plan,
            reasons: ProxyFamily(
                prescription.recipe, prescription.plan, vocabulary: own?.vocabulary
            ).document)
    }

    /// The recipe's own runs.
    public func open(at path: String?) -> [RunConfiguration] {
        (try? prescription.step(nil).open) ?? []
    }

    /// That of the runs which come next.
    public func cost(in folder: SweepFolder?, by trainer: any StudyTrainer) throws -> StudyCost {
        let step = try prescription.step(known)
        var cost = StudyCost(
            runs: step.study.cells.count, done: step.study.cells.count - step.open.count,
            tokens: step.open.reduce(0) { $0 + $1.trainingTokens },
            operations: step.open.reduce(0) { $0 + $1.flopsPerStep * Double($1.steps) },
            jobs: Int(trainer.sideBySide))
        cost.seconds = step.open.reduce(0) { $0 + self.cost.seconds($1) } / sideBySide
        return cost
    }

    /// The recipe, longer grids, mitigations; nil where all is done or the budget does not reach what comes next.
    public func next(_ runs: StudyRuns) throws -> Stage? {
        let plan = runs.folder.path + "/../plan.json"
        if !FileManager.default.fileExists(atPath: plan) {
            try SnakeCaseJSON.write(prescription.plan, to: plan)
        }
        let step = try prescription.step(runs.record)
        guard step.name != nil else { return nil }
        // What another target trained is open to this one's table, but not in its folder.
        let states = SweepFolder(runs.folder.path, plan: step.study.plan).states(of: step.study)
        guard let seconds = try step.study.seconds(states, { _, _ in cost }) else {
            return .runs(step.study)
        }
        let left = (deadline - .now) / .seconds(1)
        guard left > 0, !step.isTrial || seconds / sideBySide <= left else { return nil }
        return .runs(step.study, until: deadline)
    }

    /// The recipe, the learning rate and their warnings.
    public func result(_ runs: StudyRuns, on engine: any Engine) throws -> PrescriptionResult {
        try prescription.result(runs.record, budget: budget, spent: runs.record.wallSeconds)
    }

    /// `prescription.yaml` where there is a learning rate to prescribe, and the forecasts.
    public func attachments(
        _ runs: StudyRuns, to result: PrescriptionResult
    ) throws -> Attachments {
        let layer = try prescription.layer(result).map { $0 + (own?.text ?? "") }
        return Attachments(
            texts: ["prescription.yaml": layer],
            results: try prescription.forecasts(runs.record).map {
                (folder: "forecast/" + $0.name, result: $0.forecast)
            })
    }
}
