import Foundation
public import Runs
public import Sweeps
import Training
import TransferStudies

extension HorizonStudy {
    /// The trunks alone.
    public var trunks: Study { part("trunks") { $0.startStep == 0 } }

    private func part(_ name: String, _ isIncluded: (Study.Cell) -> Bool) -> Study {
        Study(
            name: "\(study.name) \(name)", axes: study.axes, cells: study.cells.filter(isIncluded))
    }

    /// The runs that are not ruled out: all but the branches of a trunk that diverged before them.
    ///
    /// - Parameter folder: The study's folder.
    /// - Returns: The study without them.
    /// - Throws: `RunError` for a result that does not parse.
    public func reachable(in folder: SweepFolder) throws -> Study {
        var lost: Set<String> = []
        for tree in trees {
            guard let result = try folder.cell(tree[0].name).readResult(), result.diverged else {
                continue
            }
            for branch in tree.dropFirst() where branch.startStep >= result.stepsDone {
                lost.insert(branch.name)
            }
        }
        return part("runs") { !lost.contains($0.name) }
    }

    /// Begins each branch that its trunk has reached, from the trunk's checkpoint, and removes the
    /// checkpoints that no branch leaves from.
    ///
    /// - Parameter folder: The study's folder, whose trunks are done.
    /// - Returns: The branches that can be trained.
    /// - Throws: `TrainingError`, `FormatError` and `RunError`.
    public func beginBranches(in folder: SweepFolder) throws -> Study {
        for tree in trees {
            let trunk = folder.cell(tree[0].name)
            for step in trunk.checkpointSteps where !design.horizons.contains(step) {
                try? FileManager.default.removeItem(atPath: trunk.checkpoint(step))
            }
            let steps = Set(trunk.checkpointSteps)
            for branch in tree.dropFirst() where steps.contains(branch.startStep) {
                try Run(branch.configuration, in: folder.cell(branch.name))
                    .branch(from: trunk, after: branch.startStep)
            }
        }
        let reachable = Set(try reachable(in: folder).cells.map(\.name))
        return part("branches") { $0.startStep > 0 && reachable.contains($0.name) }
    }
}
