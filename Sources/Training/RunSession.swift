import Formats
import Runs
import Telemetry

/// A run in training, from where its session began to its end: it holds the folder, and says how many steps
/// are next; whoever has the engine takes them.
package final class RunSession {
    /// What comes next.
    package enum Next {
        /// So many steps.
        case steps(Int)
        /// Nothing: it has a result, or was asked to stop.
        case ended(TrainingOutcome)
    }

    /// The run's state.
    package let trainer: Trainer
    private let run: Run
    private let lock: FolderLock
    private let identity: RunIdentity
    private let events: EventFileWriter
    private let recorder: RunRecorder
    private let initialLoss: Double
    private let isFinalLossLogged: Bool
    /// Tokens for each byte of the text; nil where a token is a byte.
    private let tokensPerByte: Double?
    private var divergence: Trainer.Divergence?

    init(
        _ run: Run, _ trainer: Trainer, _ lock: FolderLock, _ identity: RunIdentity,
        _ events: EventFileWriter, _ recorder: RunRecorder, _ initialLoss: Double,
        isFinalLossLogged: Bool, tokensPerByte: Double?, divergence: Trainer.Divergence?
    ) {
        self.run = run
        self.trainer = trainer
        self.lock = lock
        self.identity = identity
        self.events = events
        self.recorder = recorder
        self.initialLoss = initialLoss
        self.isFinalLossLogged = isFinalLossLogged
        self.tokensPerByte = tokensPerByte
        self.divergence = divergence
    }

    /// Says what comes next, after what was asked for between two runs of the engine.
    ///
    /// - Parameter request: Asked unless the run is at its end.
    /// - Returns: Steps to take, at most the trainer's ``Trainer/stepsPerRun``.
    /// - Throws: What the engine and the folder throw.
    package func next(_ request: () -> TrainingRequest) throws -> Next {
        guard trainer.step < run.configuration.steps, divergence == nil else {
            return .ended(
                .finished(
                    try run.finish(
                        trainer, initialLoss, divergence, isFinalLossLogged ? nil : recorder,
                        events, identity, tokensPerByte: tokensPerByte)))
        }
        switch trainer.step == run.stopAfter ? .stop : request() {
        case .proceed: break
        case .save: try run.save(trainer, initialLoss, events, identity)
        case .stop:
            try run.save(trainer, initialLoss, events, identity)
            return .ended(.stopped(step: trainer.step))
        }
        let due = run.stepsUntilDue(trainer.step)
        return .steps(min(due, trainer.stepsUntilProbed ?? due))
    }

    /// Records steps that were taken, evaluates and saves where that is due.
    ///
    /// - Parameters:
    ///   - reports: The steps.
    ///   - begin: When the first of them began.
    ///   - progress: Told of each recorded step.
    /// - Throws: What the engine and the folder throw.
    package func record(
        _ reports: [Trainer.StepReport], since begin: ContinuousClock.Instant,
        progress: (Trainer.StepReport) -> Void
    ) throws {
        if let report = reports.last, let metric = report.firstNonFinite {
            divergence = Trainer.Divergence(step: report.step, tensor: metric.tag)
        }
        try recorder.record(reports, since: begin, progress: progress)
        guard divergence == nil else { return }
        if run.isDue(run.configuration.evaluation.every, trainer.step) {
            let loss = try trainer.validationLoss()
            try recorder.record(step: trainer.step, [(.validationLoss, loss)])
        }
        if run.isDue(run.configuration.checkpoints.every, trainer.step) {
            try run.save(trainer, initialLoss, events, identity)
        }
    }
}
