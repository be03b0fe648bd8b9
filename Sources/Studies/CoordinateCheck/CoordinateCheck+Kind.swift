import Datasets
public import Engines
import Foundation
import Modules
public import Runs
public import Sweeps
import Training
import TransferStudies

extension CoordinateCheck: StudyKind {
    /// The folder that `--out` names: a transfer study in it reads the check.
    public var folderName: String { "" }
    /// The recipe.
    public var recipes: [Recipe] { [Recipe(name: "recipe", configuration: configuration)] }

    /// How many models there are.
    public var announcement: [String] {
        [
            "\(extents.count * seeds) models, \(steps[steps.count - 1]) steps each, \(trainingTokens) "
                + "tokens in all, parametrization \(configuration.parametrization.kind.rawValue)"
        ]
    }

    /// The models that are not measured.
    public func cost(in folder: SweepFolder?, by trainer: any StudyTrainer) -> StudyCost {
        let models = models
        let done = models.count { model in
            folder.map { FileManager.default.fileExists(atPath: "\($0.path)/\(model.file)") }
                ?? false
        }
        var cost = StudyCost(
            runs: models.count, done: done,
            tokens: trainingTokens / models.count * (models.count - done))
        let text = configuration.textSource.roughSize
        cost.memoryBytes = models.compactMap { model in
            try? ResourceEstimate(model.model, text: text).memory
        }.max()
        return cost
    }

    /// Trains the models here, one after another.
    public func next(_ runs: StudyRuns) -> Stage? {
        guard runs.stages == 0 else { return nil }
        return .work { work in
            try FileManager.default.createDirectory(
                atPath: work.folder + "/coordcheck", withIntermediateDirectories: true)
            let engine = try work.trainer.engine()
            let cache = try TokenCache(
                configuration.textSource, vocabulary: configuration.model.vocabulary)
            let batches = try configuration.batches(of: cache)
            let models = models
            for (index, (extent, model, file)) in models.enumerated()
            where try measured(work.folder + "/" + file) == nil {
                work.note("model \(index + 1) of \(models.count)")
                let points = try measure(model, extent, batches, engine) {
                    try work.trainer.leaveIfStopped()
                }
                try RunFolder(work.folder).write(points, to: work.folder + "/" + file)
            }
        }
    }

    /// Slopes and the verdict.
    public func result(_ runs: StudyRuns, on engine: any Engine) throws -> Result {
        result(try models.flatMap { try measured("\(runs.folder.path)/\($0.file)") ?? [] })
    }

    /// What was measured of a model; nil where it was not.
    private func measured(_ file: String) throws -> [Point]? {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: file)) else { return nil }
        do {
            return try JSONDecoder().decode([Point].self, from: data)
        } catch {
            throw RunError.damaged(
                file: file,
                reason: "does not parse (\(error)); delete it to measure the model again")
        }
    }
}
