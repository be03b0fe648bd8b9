public import ForecastStudies
import Foundation
import Modules
import Reports
public import RunTables
import Runs
import Statistics
public import Sweeps
import Synchronization
public import Training
import TransferStudies

/// A recipe for a target size from sweeps of proxies, planned stage by stage.
///
/// The first stage runs the recipe itself over widths, learning rates and seeds. What it shows, or
/// forecasts for the target, decides which mitigations of ``MitigationTable`` the later ones try: one at a time, on top
/// of those that were kept, at the fewest learning rates that bracket every optimum. ``step(_:)`` says
/// which runs come next and ``result(_:budget:spent:)`` what they came to, both as functions of the runs
/// that are there, so that a study can be stopped at any time.
public final class Prescription: Sendable {
    /// What is prescribed for.
    public let recipe: RunConfiguration
    /// The design of the runs.
    public let plan: PrescriptionPlan
    /// The target.
    public let target: ForecastTarget
    /// The width and the depth of the target: as asked for, else those of the recipe's family.
    public let shape: ForecastTarget.Shape
    /// Draws of each bootstrap.
    public let draws: Int

    /// The share of intervals that are to hold.
    static let confidence = 0.95
    /// Learning rates that may be added at each end of a grid.
    static let mostExtensions = 2

    /// Findings by variant, its learning rates and the number of its runs: forecasts take seconds.
    private let memory = Mutex<[String: VariantFindings]>([:])

    /// Prepares to prescribe.
    ///
    /// - Parameters:
    ///   - recipe: What is to be prescribed for.
    ///   - plan: The design of the runs.
    ///   - target: The target.
    ///   - draws: Draws of each bootstrap.
    /// - Throws: `ConfigurationError` for a plan of another recipe, or a target below its proxies.
    public init(
        _ recipe: RunConfiguration, plan: PrescriptionPlan, target: ForecastTarget,
        draws: Int = 300
    ) throws(ConfigurationError) {
        guard plan.recipe == recipe.digest else {
            throw .impossible(
                key: "--out",
                reason: "its plan.json is of another recipe, or of this one on other data; choose "
                    + "another folder")
        }
        let largest = plan.widths.map { plan.proxy(of: recipe, width: $0).model.matrixParameters }
            .max()
        guard Double(largest ?? .max) < target.parameters else {
            throw .impossible(
                key: "--target",
                reason:
                    "\(target.text) is \(PrescriptionWords.size(target.parameters)) parameters, and "
                    + "the largest proxy has \(largest ?? 0); ask for a larger size")
        }
        self.recipe = recipe
        self.plan = plan
        self.target = target
        shape = try target.shape(like: recipe)
        self.draws = draws
        // Better now than when all is trained.
        _ = try configuration([], learningRate: recipe.optimizer.learningRate)
    }

    /// A stage of the runs.
    public struct Step {
        /// All runs so far and those that come next.
        public let study: Study
        /// What comes next has this name; nil where nothing does.
        public let name: String?
        /// The configurations that have no result yet.
        public let open: [RunConfiguration]
        /// Whether they try a mitigation, which the budget may not reach.
        public let isTrial: Bool
    }

    /// What stands after some runs.
    struct State {
        /// All cells so far.
        var cells: [Study.Cell] = []
        /// Cells that have no result yet.
        var open: [Study.Cell] = []
        /// What they are of.
        var openVariant: PrescriptionVariant?
        /// The recipe as it was handed in.
        var base: VariantFindings
        /// The recipe with the mitigations that were kept.
        var kept: VariantFindings
        /// The variants that have all their runs, each once.
        var variants: [VariantFindings] = []
        /// The mitigations that were tried, in order.
        var trials: [MitigationTrial] = []
    }

    /// Which runs come next.
    ///
    /// - Parameter record: The folder of runs as read; nil where there is none yet.
    /// - Returns: The stage; one without a name when nothing is left to run.
    /// - Throws: `ConfigurationError` for a proxy that cannot be built.
    public func step(_ record: RunTable?) throws(ConfigurationError) -> Step {
        let state = try state(record)
        let study = Study(
            name: "prescribe", axes: Self.axes, cells: state.cells)
        let open = state.open.map(\.configuration)
        return Step(
            study: study.contentAddressed, name: state.open.isEmpty ? nil : state.openVariant?.name,
            open: open,
            isTrial: !(state.openVariant?.mitigations.isEmpty ?? true))
    }

    private static let axes = ["variant", "model.width", "optimizer.learning-rate", "seed"]

    /// The cells of a variant.
    private func cells(_ variant: PrescriptionVariant) throws(ConfigurationError) -> [Study.Cell] {
        var cells: [Study.Cell] = []
        for width in plan.widths {
            let proxy = try plan.proxy(of: recipe, width: width)
                .applying(variant.mitigations, baseWidth: plan.widths[0])
            for rate in variant.rates {
                for seed in plan.seeds {
                    var configuration = proxy
                    configuration.optimizer.learningRate = rate
                    configuration.seed = seed
                    cells.append(
                        Study.Cell(
                            name:
                                "\(variant.name),width=\(width),learning-rate=\(rate),seed=\(seed)",
                            settings: [
                                "variant": .text(variant.name),
                                "model.width": .number(Double(width)),
                                "optimizer.learning-rate": .number(rate),
                                "seed": .number(Double(seed)),
                            ], configuration: configuration))
                }
            }
        }
        return cells
    }

    /// Goes through the stages as far as the runs carry them.
    func state(_ record: RunTable?) throws(ConfigurationError) -> State {
        let records = record?.byName ?? [:]
        let recipe = PrescriptionVariant(mitigations: [], rates: plan.learningRates)
        var (findings, cells, open) = try settle(recipe, records)
        var state = State(base: findings, kept: findings)
        func add(_ more: [Study.Cell]) {
            let known = Set(state.cells.map(\.name))
            state.cells += more.filter { !known.contains($0.name) }
        }
        add(cells)
        if !open.isEmpty {
            (state.open, state.openVariant) = (open, findings.variant)
            return state
        }
        state.variants = [findings]
        var tried: Set<String> = []
        while let (mitigation, risks) = candidate(state.kept, tried) {
            tried.insert(mitigation.name)
            let variant = PrescriptionVariant(
                mitigations: state.kept.variant.mitigations + [mitigation], rates: trialRates(state)
            )
            cells = try self.cells(variant)
            add(cells)
            open = cells.filter { records[$0.name]?.result == nil }
            guard open.isEmpty else {
                state.trials.append(
                    MitigationTrial(
                        notRun: mitigation, variant, on: state.kept.variant, against: risks))
                (state.open, state.openVariant) = (open, variant)
                return state
            }
            findings = self.findings(variant, cells, records)
            let trial = MitigationTrial(
                mitigation, against: risks, on: state.kept, with: findings, seeds: plan.seeds,
                confidence: Self.confidence)
            state.trials.append(trial)
            if trial.decision == .kept {
                // Its optimum may have left the few learning rates of the trial.
                (findings, cells, open) = try settle(variant, records)
                add(cells)
                state.kept = findings
                if !open.isEmpty {
                    (state.open, state.openVariant) = (open, findings.variant)
                    return state
                }
            }
            state.variants.append(findings)
        }
        return state
    }

    /// Extends the learning rates of a variant until they bracket the optimum of every size.
    private func settle(
        _ variant: PrescriptionVariant, _ records: [String: RunRow]
    ) throws(ConfigurationError) -> (VariantFindings, [Study.Cell], open: [Study.Cell]) {
        var variant = variant
        var added = (down: 0, up: 0)
        while true {
            let cells = try cells(variant)
            let open = cells.filter { records[$0.name]?.result == nil }
            let findings = findings(variant, cells, records)
            guard open.isEmpty else { return (findings, cells, open) }
            let lacks = findings.optimum.places.compactMap(\.reason)
            var isLonger = false
            for lack in lacks where !isLonger {
                switch lack {
                case .everyRunDiverged, .beyond(down: true, to: _):
                    guard added.down < Self.mostExtensions else { continue }
                    added.down += 1
                    variant.rates.insert(rate(below: variant.rates[0]), at: 0)
                    isLonger = true
                case .beyond(down: false, to: _):
                    guard added.up < Self.mostExtensions else { continue }
                    added.up += 1
                    variant.rates.append(rate(above: variant.rates[variant.rates.count - 1]))
                    isLonger = true
                case .edgeOfDivergence, .flat, .severalOptima: continue
                }
            }
            guard isLonger else { return (findings, cells, []) }
        }
    }

    /// The grid's steps from the recipe's own learning rate.
    private func place(_ rate: Double) -> Int {
        Int(clamped: log(rate / recipe.optimizer.learningRate) / log(PrescriptionPlan.factor))
    }
    private func rate(below rate: Double) -> Double {
        PrescriptionPlan.rate(recipe.optimizer.learningRate, steps: place(rate) - 1)
    }
    private func rate(above rate: Double) -> Double {
        PrescriptionPlan.rate(recipe.optimizer.learningRate, steps: place(rate) + 1)
    }

    /// What the runs of a variant say.
    private func findings(
        _ variant: PrescriptionVariant, _ cells: [Study.Cell], _ records: [String: RunRow]
    ) -> VariantFindings {
        let runs = cells.compactMap { cell -> RunRow? in
            guard var row = records[cell.name], row.result != nil else { return nil }
            row.configuration = cell.configuration
            return row
        }
        let key = "\(variant.name) \(variant.rates) \(runs.count)"
        if let known = memory.withLock({ $0[key] }) { return known }
        let findings = VariantFindings(
            variant, runs, cells: cells.count, seeds: plan.seeds, target: target,
            width: shape.width, own: recipe.optimizer.learningRate, confidence: Self.confidence,
            draws: draws)
        memory.withLock { $0[key] = findings }
        return findings
    }

    /// The surest risk that has a mitigation which was not tried, and all of its failure mode.
    private func candidate(
        _ findings: VariantFindings, _ tried: Set<String>
    ) -> (Mitigation, [Risk])? {
        let risks = findings.risks
        for risk in risks {
            for mitigation in MitigationTable.mitigations(of: risk.failureMode)
            where !tried.contains(mitigation.name) && fits(mitigation, findings.variant.mitigations)
            {
                return (mitigation, risks.filter { $0.failureMode == risk.failureMode })
            }
        }
        return nil
    }

    /// Whether a mitigation changes something, and fits what was kept.
    func fits(_ mitigation: Mitigation, _ kept: [Mitigation]) -> Bool {
        let proxy = plan.proxy(of: recipe, width: plan.widths[0])
        guard let before = try? proxy.applying(kept, baseWidth: plan.widths[0]),
            let after = try? proxy.applying(kept + [mitigation], baseWidth: plan.widths[0])
        else { return false }
        return before != after
    }

    /// The fewest learning rates that bracket the optimum of every size and hold those judged at.
    private func trialRates(_ state: State) -> [Double] {
        let rates = state.kept.variant.rates
        var wanted = state.kept.judged
        for place in state.kept.optimum.places {
            guard let best = place.optimum?.learningRate else { continue }
            let nearest = rates.indices.min {
                log(rates[$0] / best).magnitude < log(rates[$1] / best).magnitude
            }
            guard let nearest else { continue }
            wanted += [nearest - 1, nearest + 1].filter(rates.indices.contains).map { rates[$0] }
        }
        guard let low = wanted.min(), let high = wanted.max() else { return rates }
        let between = rates.filter { $0 >= low && $0 <= high }
        // Fewer than three have no sensitivity worth the name.
        return between.count >= 3 ? between : rates
    }
}
