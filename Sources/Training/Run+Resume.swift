import Formats
import OrderedCollections
import Runs
import Telemetry

/// Log and checkpoint as one: what a session takes over, and from where it logs anew.
extension Run {
    /// Goes on from the newest checkpoint that is whole.
    ///
    /// - Parameters:
    ///   - trainer: What is brought there.
    ///   - identity: The run's: a checkpoint of another is refused, not passed over.
    ///   - note: Told of each newer one that is damaged.
    /// - Returns: The loss at the start, nil where there is no checkpoint, and what was taken by the user's word.
    /// - Throws: ``FormatError`` where one cannot be read, which says nothing about what it holds, and where
    ///   none is whole; what ``check(_:at:step:_:)`` throws.
    func restore(
        _ trainer: Trainer, _ identity: RunIdentity, _ note: (String) -> Void
    ) throws -> (initialLoss: Double?, accepted: [String]) {
        var damaged: [FormatError] = []
        for step in try folder.listCheckpoints().reversed() {
            let path = folder.checkpoint(step)
            let checkpoint: Checkpoint
            do throws(FormatError) {
                checkpoint = try Checkpoint(path: path)
            } catch {
                guard error.isDamage else { throw error }
                damaged.append(error)
                continue
            }
            let accepted = try check(checkpoint, at: path, step: step, identity)
            for error in damaged {
                note("\(error.path) is damaged; going on from the checkpoint of step \(step)")
            }
            try trainer.restore(checkpoint, from: path)
            return (checkpoint.initialLoss, accepted)
        }
        if let newest = damaged.first { throw newest }
        return (nil, [])
    }

    /// The first step that the session logs: earlier sessions are void from there; nil for the first session.
    func sessionStart(_ trainer: Trainer) throws -> Int? {
        if trainer.step > 0 { return trainer.step + 1 }
        return try EventLog.exists(in: folder.path) ? 0 : nil
    }

    /// Whether the run was ended between its last checkpoint and its result, so that the log has the final loss.
    func isFinalLossLogged(_ trainer: Trainer) throws -> Bool {
        guard trainer.step == configuration.steps, trainer.step > 0 else { return false }
        let series = try EventLog.read(folder: folder.path).series
        return series[Metric.validationLoss.tag]?.last?.step == trainer.step
    }

    /// Where the numbers are not finite before the first step: which was the first.
    func divergenceAtStart(
        _ trainer: Trainer, _ initialLoss: Double
    ) throws -> Trainer.Divergence? {
        guard trainer.step == 0, !initialLoss.isFinite else { return nil }
        // What a step measures, in the order of computation, says where it began.
        let metric = try trainer.takeStep().firstNonFinite ?? .validationLoss
        return .init(step: 0, tensor: metric.tag)
    }
}

extension FormatError {
    /// Whether the bytes are not those that were written, rather than unreadable or of another kind.
    var isDamage: Bool {
        switch self {
        case .corrupt, .missing, .digest: true
        case .system, .unsupported: false
        }
    }
}
