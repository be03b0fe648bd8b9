import Datasets
public import Engines
import Formats
import Foundation
import OrderedCollections
public import Runs
public import Sweeps
import Tensors
public import Training
import TransferStudies

/// Whether a configuration trains to the same bits each time: again, with other numbers of threads, and cut in
/// two.
public struct DeterminismStudy: StudyKind {
    /// The configuration as it was given.
    public let recipes: [Recipe]
    /// The configuration as it is trained: what it records is kept for the comparison.
    private let configuration: RunConfiguration
    private let engineName: String
    /// Steps between the tensors that are compared.
    private let every: Int
    /// The step after which one run is cut.
    private let cut: Int
    private let variations: [Variation]
    private let conditions: [String]

    /// One run.
    private struct Variation {
        var name: String
        var threads: Int
        var cut: Int?
    }

    /// Describes a check.
    ///
    /// - Parameters:
    ///   - configuration: What is trained.
    ///   - every: Steps between the tensors that are compared; an eighth of all when nil.
    ///   - engine: The engine's name.
    ///   - threads: Threads of the engine.
    ///   - otherThreads: Numbers of threads to compare with.
    ///   - stepsPerRun: Steps that the engine takes before it reports.
    ///   - conditions: What the bits may depend on beside the configuration.
    /// - Throws: `ConfigurationError` for a run that cannot be cut in two.
    public init(
        _ configuration: RunConfiguration, every: Int?, engine: String, threads: Int,
        otherThreads: [Int], stepsPerRun: Int, conditions: [String]
    ) throws(ConfigurationError) {
        let steps = configuration.steps
        guard steps >= 2 else {
            throw .impossible(
                key: "steps", reason: "\(steps): a run that is cut in two needs 2")
        }
        recipes = [Recipe(name: "recipe", configuration: configuration)]
        engineName = engine
        let every = min(every ?? max(steps / 8, 1), steps)
        var own = configuration
        // Cadences are no part of what is trained: everything is kept for the comparison.
        own.telemetry.every = 1
        own.checkpoints.every = every
        own.checkpoints.keep = steps / every + 2
        self.configuration = own
        self.every = every
        let middle = max(steps / every / 2, 1) * every
        let cut = middle < steps ? middle : steps / 2
        self.cut = cut
        self.conditions =
            conditions + ["threads=\(threads) \(otherThreads)", "steps-per-run=\(stepsPerRun)"]
        let others = OrderedSet(otherThreads).filter { $0 != threads }
        variations =
            [
                Variation(name: "baseline", threads: threads),
                Variation(name: "rerun", threads: threads),
            ]
            + others.map { Variation(name: "threads-\($0)", threads: $0) }
            + [Variation(name: "resumed", threads: threads, cut: cut)]
    }

    /// One for each configuration, engine and set of threads.
    public var folderName: String {
        DeterminismResult.folderName(
            configuration, digest: recipes[0].configuration.digest, conditions)
    }

    /// What is trained.
    public var announcement: [String] {
        [
            "\(variations.count) runs of \(configuration.steps) steps, parameters compared every "
                + "\(every), one run cut after \(cut)"
        ]
    }

    /// All runs, one after another, at the speed of a few steps.
    public func cost(in folder: SweepFolder?, by trainer: any StudyTrainer) throws -> StudyCost {
        let done = variations.count { variation in
            folder.map { RunFolder("\($0.path)/\(variation.name)").isDone } ?? false
        }
        let left = Double(variations.count - done)
        let timing = try StepBenchmark.measure(
            configuration, on: trainer.engine(), steps: 3, warmup: 1)
        let step = timing.stepSeconds.min() ?? 0
        let elements = try TrainingProgram(configuration).start(seed: 0).values.reduce(0) {
            $0 + $1.shape.count
        }
        var cost = StudyCost(
            runs: variations.count, done: done,
            tokens: (variations.count - done) * configuration.trainingTokens,
            seconds: left * (0.1 + step * Double(configuration.steps)),
            megabytes: left * Double(4 * elements * (configuration.steps / every + 1)) / 1e6)
        cost.memoryBytes = try ResourceEstimate(
            configuration, text: configuration.textSource.roughSize
        ).memory
        return cost
    }

    /// Each run in a process of its own, one after another.
    public func next(_ runs: StudyRuns) -> Stage? {
        guard runs.stages == 0 else { return nil }
        return .work { work in
            let path = work.folder + "/config.yaml"
            try AtomicFile.write(ConfigurationFile.text(of: configuration), to: path)
            for variation in variations {
                let folder = RunFolder("\(work.folder)/\(variation.name)")
                guard !folder.isDone else { continue }
                work.note("training \(variation.name)")
                // What stops have left must not take the place of what is compared.
                for step in folder.checkpointSteps.dropLast() where !isCompared(step) {
                    try? FileManager.default.removeItem(atPath: folder.checkpoint(step))
                }
                if let cut = variation.cut, (folder.checkpointSteps.last ?? 0) < cut {
                    try work.trainer.launch(
                        path, in: folder, threads: variation.threads, stopAfter: cut)
                }
                try work.trainer.launch(
                    path, in: folder, threads: variation.threads, stopAfter: nil)
            }
        }
    }

    /// Whether all runs have a checkpoint of a step: a cut, or a signal, leaves another that they have not, also
    /// one before the first step.
    private func isCompared(_ step: Int) -> Bool {
        step > 0 && step % every == 0 || step == configuration.steps
    }

    /// Compares each run with the first.
    public func result(_ runs: StudyRuns, on engine: any Engine) throws -> DeterminismResult {
        var baseline: RunBits?
        let entries = try variations.map { variation in
            let bits = try RunBits(
                RunFolder("\(runs.folder.path)/\(variation.name)"), at: isCompared)
            let first = baseline ?? bits
            baseline = first
            return DeterminismResult.Variation(
                name: variation.name, threads: variation.threads, resumedAfter: variation.cut,
                lossDigest: bits.lossDigest, states: bits.states,
                firstDifference: first.firstDifference(from: bits))
        }
        return DeterminismResult(
            configuration: recipes[0].configuration.digest, engine: engineName,
            steps: configuration.steps, every: every,
            variations: entries)
    }
}
