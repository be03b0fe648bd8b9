import Formats
import Foundation
import Optimizers
public import Runs

extension Run {
    /// Puts this run where another stands after a step, so that training goes on from there.
    ///
    /// Both must agree in all that the first steps depend on. The folder then holds what this run would
    /// have left there itself, had it been stopped after `step`: the checkpoint, and the log up to it; and
    /// what follows has the same bits as without the other run. A folder in which a run has begun stays
    /// as it is.
    ///
    /// ```swift
    /// let run = Run(configuration, in: RunFolder("runs/short"))
    /// try run.branch(from: RunFolder("runs/trunk"), after: 512)
    /// let outcome = try run.train(on: engine)
    /// ```
    ///
    /// - Parameters:
    ///   - trunk: The other run, which has a checkpoint there.
    ///   - step: Steps taken, at least 1.
    /// - Throws: ``TrainingError/branch(from:reason:)`` where both do not agree; `FormatError` and
    ///   `RunError` for a file that cannot be read or written.
    public func branch(from trunk: RunFolder, after step: Int) throws {
        if try folder.exists || !folder.listCheckpoints().isEmpty || FolderLock.isHeld(folder) {
            return
        }
        let path = trunk.checkpoint(step)
        var checkpoint = try Checkpoint(path: path)
        let other = try checkpoint.resolvedConfiguration(at: path)
        if let reason = disagreement(with: other, upTo: step) {
            throw TrainingError.branch(from: path, reason: reason)
        }
        let lock = try FolderLock(folder)
        defer { withExtendedLifetime(lock) {} }
        try folder.createCheckpoints()
        for file in try EventLog.read(folder: trunk.path).files {
            let url = URL(fileURLWithPath: file.path)
            try AtomicFile.write(
                [UInt8](Data(contentsOf: url)), to: folder.path + "/" + url.lastPathComponent)
        }
        // Last: without it nothing has begun.
        checkpoint.configuration = ConfigurationFile.text(of: configuration)
        try checkpoint.write(to: folder.checkpoint(step))
    }

    /// What the first steps depend on and another run has otherwise; nil where they are the same.
    private func disagreement(with other: RunConfiguration, upTo step: Int) -> String? {
        guard 1...configuration.steps ~= step else {
            return "the run has \(configuration.steps) steps"
        }
        // These are compared by what they do to a step.
        var same = other
        // By their digest, where the run goes on.
        same.data.text = configuration.data.text
        same.data.tokenizer = configuration.data.tokenizer
        same.data.tokens = configuration.data.tokens
        same.data.field = configuration.data.field
        same.steps = configuration.steps
        same.schedule = configuration.schedule
        same.checkpoints = configuration.checkpoints
        same.optimizer.weightDecay.rate = configuration.optimizer.weightDecay.rate
        same.optimizer.weightDecay.referenceSteps =
            configuration.optimizer.weightDecay.referenceSteps
        guard same == configuration else {
            let differences = RunIdentity(configuration).differences(from: RunIdentity(same))
            return differences.map { "\($0.key): \($0.there) there, \($0.here) here" }
                .joined(separator: "; ")
        }
        guard configuration.decay == other.decay else {
            return "the rate of its decay is \(other.decay.rate) and here "
                + "\(configuration.decay.rate)"
        }
        guard configuration.data.orderSeed == 0 || configuration.steps == other.steps else {
            return "data.order-seed orders the sequences of \(other.steps) steps there and of "
                + "\(configuration.steps) here"
        }
        for step in 1...step where configuration.stepSize(step) != other.stepSize(step) {
            return "step \(step) has the learning rate \(other.stepSize(step).learningRate) there "
                + "and \(configuration.stepSize(step).learningRate) here"
        }
        return nil
    }
}
