import Formats
import Runs

extension Run {
    /// Checks that a checkpoint is one of this run, from where its name says.
    ///
    /// - Parameters:
    ///   - checkpoint: The checkpoint.
    ///   - path: Its path.
    ///   - step: The step in its name.
    ///   - identity: The run's.
    /// - Returns: What was taken by the user's word, for the manifest.
    /// - Throws: ``RunError`` for one of another run, ``TrainingError/checkpoint(path:_:)`` for another
    ///   step.
    func check(
        _ checkpoint: Checkpoint, at path: String, step: Int, _ identity: RunIdentity
    ) throws -> [String] {
        var own = RecordedRun()
        own.identities = [try checkpoint.identity(at: path)]
        let taken = try own.check(
            identity, text: configuration.dataNames, in: path, accepting: accepting.union(.unknown))
        // What the checkpoint does not say, the files beside it may.
        let others = try folder.recordedRun()?.identities ?? []
        let unknown = identity.unknownParts(in: others + own.identities)
        guard unknown.isEmpty || accepting.contains(.unknown) else {
            throw RunError.unknownIdentity(folder: path, parts: unknown)
        }
        guard checkpoint.step == step else {
            throw TrainingError.checkpoint(
                path: path, "says step \(checkpoint.step) where its name says \(step)")
        }
        guard step <= configuration.steps else {
            throw TrainingError.checkpoint(
                path: path, "is after step \(step) of a run of \(configuration.steps)")
        }
        return taken
    }
}
