import Documents
public import Engines
import Foundation
import Modules
import Optimizers
import OrderedCollections
public import Runs
import Statistics
public import Sweeps
import Tensors
import Training
import TransferStudies

extension HorizonStudy: StudyKind {
    /// One for each question: other horizons, rates, seeds, interventions or bands stand beside it.
    public var folderName: String { study.name }
    /// Trunks and branches.
    public var plan: Study? { study }

    /// What is asked, and how long each run is.
    public var announcement: [String] {
        let base = recipes[0].configuration
        let counts = [
            NumberText.count(recipes.count, "recipe"), NumberText.count(rates, "learning rate"),
            NumberText.count(seeds.count, "seed"),
        ]
        let branches = design.horizons.map { "\($0) (+\(design.cooldownSteps($0)))" }
        var lines = [
            "do norms and the optimal learning rate depend on the horizon? "
                + counts.joined(separator: ", "),
            "  each trunk \(design.longest) steps at a constant learning rate after "
                + "\(design.warmupSteps(base)) of warm-up; branches after "
                + branches.joined(separator: ", "),
        ]
        if base.schedule.shape != .stable {
            lines.append(
                "  the configuration's schedule, \(base.schedule.shape.rawValue), is replaced; the "
                    + "rate of its decay stays that of \(base.steps) steps")
        }
        if rates == 1 {
            lines.append("  the optimal learning rate is not estimated: one learning rate")
        } else if let optimum = detectable.optimum, optimum.halfWidth >= log2(bound) {
            lines.append("  too wide for a PASS at a bound of \(bound)x: give more --seeds")
        }
        return lines
    }

    /// Of an exponent, and of the drift of the optimum.
    public var power: [PowerAnalysis] {
        let (exponent, optimum) = detectable
        return [
            exponent.map {
                PowerAnalysis(
                    "exponent", detectable: $0.value, halfWidth: $0.halfWidth,
                    text: "detects an exponent of \(NumberText.digits($0.value)) (80%); 95% CI "
                        + "±\(NumberText.digits($0.halfWidth)) if the seeds' SD is "
                        + "\(Self.assumedSpread) (assumed)")
            },
            optimum.map {
                PowerAnalysis(
                    "drift of the optimum", detectable: exp2($0.detectable),
                    halfWidth: exp2($0.halfWidth),
                    text: "detects a total drift of the optimum of "
                        + "\(TransferResult.factor(exp2($0.detectable))) (80%); 95% CI within "
                        + "\(TransferResult.factor(exp2($0.halfWidth))) of it if the seeds' SD is "
                        + "\(TransferSettings().spread) octaves (assumed)")
            },
        ].compactMap(\.self)
    }

    /// That of the runs that are not ruled out, and the checkpoints of trunks.
    public func cost(in folder: SweepFolder?, by trainer: any StudyTrainer) throws -> StudyCost {
        var cost = try StudyCost(folder.map(reachable) ?? study, in: folder, by: trainer)
        let elements = try TrainingProgram(recipes[0].configuration).start(seed: 0).values.reduce(0)
        {
            $0 + $1.shape.count
        }
        // While trunks train, one at each multiple of the shortest horizon; then one at each horizon,
        // and the ends of branches.
        let kept = max(design.longest / design.horizons[0], 2 * design.horizons.count)
        cost.checkpointBytes = nil
        cost.megabytes = Double(4 * elements * trunks.cells.count * kept) / 1e6
        return cost
    }

    /// The trunks, and then the branches that they reached.
    public func next(_ runs: StudyRuns) throws -> Stage? {
        switch runs.stages {
        case 0: .runs(trunks)
        case 1: .runs(try beginBranches(in: runs.folder))
        default: nil
        }
    }

    /// Exponents, optima, drifts and verdicts.
    public func result(_ runs: StudyRuns, on engine: any Engine) throws -> HorizonResult {
        try result(runs.record)
    }
}
