import RunTables
import Runs
import Statistics
import Sweeps
import Telemetry
import TransferStudies

/// What the runs of one recipe at one learning rate logged, seed by seed and horizon by horizon.
struct HorizonReadings {
    /// A trunk with its branches by horizon.
    struct Tree {
        var trunk: RunRow?
        var branches: [RunRow?]
    }

    let trees: [Tree]
    let design: HorizonDesign
    let confidence: Double

    /// The share of a trunk, and of a descent, over which numbers are averaged that jump from step to
    /// step.
    private static let window = 0.1

    /// How a branch ended.
    enum End {
        /// With a loss.
        case loss(Double)
        /// It or its trunk became NaN or infinite, or it ended above its start.
        case diverged
        /// It has not been trained.
        case missing
    }

    /// How a branch ended.
    func end(_ tree: Tree, horizon index: Int) -> End {
        if let result = tree.branches[index]?.result {
            guard !result.diverged, let loss = result.finalLoss, loss.isFinite,
                loss <= result.initialLoss ?? .infinity
            else { return .diverged }
            return .loss(loss)
        }
        guard let trunk = tree.trunk?.result, trunk.diverged,
            trunk.stepsDone <= design.horizons[index]
        else { return .missing }
        return .diverged
    }

    /// The ends of all branches of a horizon, by seed.
    func ends(horizon index: Int) -> [End] { trees.map { end($0, horizon: index) } }

    /// A series at each horizon in the trunk.
    func trunk(_ metric: Metric, isLate: Bool = false) -> HorizonResult.Growth {
        growth { tree, _, horizon in
            Self.value(
                tree.trunk, metric, at: horizon, over: isLate ? Self.window * Double(horizon) : 0)
        }
    }

    /// A series at the end of each branch.
    func cooled(_ metric: Metric) -> HorizonResult.Growth {
        growth { tree, index, horizon in
            Self.value(
                tree.branches[index], metric, at: horizon + design.cooldownSteps(horizon), over: 0)
        }
    }

    /// The largest of several series, in the trunk and at the end of each branch.
    ///
    /// - Parameters:
    ///   - name: What it is called.
    ///   - metrics: The series.
    ///   - isLate: Whether it is averaged over the last steps of trunk and descent.
    /// - Returns: How it goes with the horizon.
    func signal(_ name: String, _ metrics: [Metric], isLate: Bool = true) -> HorizonResult.Signal {
        let window = isLate ? Self.window : 0
        func largest(_ record: RunRow?, at step: Int, over steps: Int) -> Double? {
            metrics.compactMap {
                Self.value(record, $0, at: step, over: window * Double(steps))
            }.max()
        }
        return HorizonResult.Signal(
            name: name,
            trunk: growth { tree, _, horizon in
                largest(tree.trunk, at: horizon, over: horizon)
            },
            cooled: growth { tree, index, horizon in
                let decaySteps = design.cooldownSteps(horizon)
                return largest(tree.branches[index], at: horizon + decaySteps, over: decaySteps)
            })
    }

    private func growth(
        _ value: (Tree, Int, Int) -> Double?
    ) -> HorizonResult.Growth {
        HorizonResult.Growth(
            trees.map { tree in
                design.horizons.enumerated().map { value(tree, $0.offset, $0.element) }
            }, horizons: design.horizons, confidence: confidence)
    }

    /// The mean of what was recorded in the last steps up to one; nil where that one was not recorded.
    private static func value(
        _ record: RunRow?, _ metric: Metric, at step: Int, over steps: Double
    ) -> Double? {
        let points = record?.series[metric] ?? []
        guard points.contains(where: { $0.step == step }) else { return nil }
        let late = points.filter { $0.step <= step && Double($0.step) > Double(step) - steps }
        let values = late.isEmpty ? points.filter { $0.step == step } : late
        return Descriptive.mean(of: values.map(\.value)).flatMap { $0.isFinite ? $0 : nil }
    }
}
