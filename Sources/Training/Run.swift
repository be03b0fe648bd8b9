package import Datasets
public import Engines
import Formats
import Foundation
import Modules
import Optimizers
import OrderedCollections
public import Runs
import Statistics
import Telemetry
import Tensors

/// What a running process is asked to do between steps.
public enum TrainingRequest: Sendable, Hashable {
    /// Go on.
    case proceed
    /// Save a checkpoint and go on.
    case save
    /// Save a checkpoint and stop.
    case stop
}

/// How a session of training ended.
public enum TrainingOutcome: Sendable, Hashable {
    /// The run is done.
    case finished(RunResult)
    /// It was asked to stop, after this step; it can be resumed.
    case stopped(step: Int)
}

/// A run in its folder: begun or resumed, trained, recorded, saved.
public struct Run: Sendable {
    /// The configuration.
    public var configuration: RunConfiguration
    /// The folder.
    public var folder: RunFolder

    /// How many steps the engine takes at most before it reports; 1 unless said.
    public var stepsPerRun: Int
    /// The step after which training saves and stops, as if asked to; nil for none.
    public var stopAfter: Int?
    /// What of the folder's run is taken that is otherwise refused.
    public var accepting: IdentityAcceptance = []

    /// Names a run.
    public init(_ configuration: RunConfiguration, in folder: RunFolder, stepsPerRun: Int = 1) {
        precondition(stepsPerRun >= 1, "Run: \(stepsPerRun) steps per run")
        self.configuration = configuration
        self.folder = folder
        self.stepsPerRun = stepsPerRun
    }

    /// The version that manifests record.
    public static let version = "0.1.0"
    /// The version, with the commit of the sources as far as this program's place tells.
    package static var versionAndCommit: String {
        version + (SourceCommit.ofThisProgram.map { ", commit \($0)" } ?? "")
    }

    /// Trains until the run is done or asked to stop.
    ///
    /// - Parameters:
    ///   - engine: What computes.
    ///   - request: Asked before each run of steps.
    ///   - note: Told what the reader should know, as that a damaged checkpoint was passed over.
    ///   - progress: Told of each recorded step: the values by tag.
    /// - Returns: The result, also of a run that was done before.
    /// - Throws: An error of the configuration, the data, the engine or the folder, each with its
    ///   next step.
    public func train(
        on engine: any Engine, request: () -> TrainingRequest = { .proceed },
        note: (String) -> Void = { _ in }, progress: (Trainer.StepReport) -> Void = { _ in }
    ) throws -> TrainingOutcome {
        switch try open(on: engine, note: note) {
        case .done(let result): return .finished(result)
        case .session(let session):
            while true {
                switch try session.next(request) {
                case .ended(let outcome): return outcome
                case .steps(let count):
                    let begin = ContinuousClock.now
                    let reports = try session.trainer.takeSteps(count)
                    try session.record(reports, since: begin, progress: progress)
                }
            }
        }
    }

    /// What a run begins as.
    package enum Opening {
        /// It has a result, of an earlier session.
        case done(RunResult)
        /// It is to be trained.
        case session(RunSession)
    }

    /// Checks a run and brings it where it stands.
    ///
    /// - Parameters:
    ///   - engine: What computes.
    ///   - tokens: Cuts the text.
    ///   - note: Told what the reader should know.
    /// - Returns: The result, or the run at its next step.
    /// - Throws: As ``train(on:request:note:progress:)``.
    package func open(
        on engine: any Engine,
        tokens: (RunConfiguration) throws -> TokenCache = {
            try TokenCache($0.textSource, vocabulary: $0.model.vocabulary)
        }, note: (String) -> Void
    ) throws -> Opening {
        try configuration.validate()
        try configuration.requireByteTokens()
        let lock = try FolderLock(folder)
        var identity = RunIdentity(configuration, engine: RunIdentity.facts(of: engine))
        try checkIdentity(identity)
        if folder.isDone {
            identity.data = try configuration.textSource.digest()
            try checkIdentity(identity)
            if let result = try folder.readResult() { return .done(result) }
        }

        let cache = try tokens(configuration)
        identity.data = cache.digest
        let accepted = try checkIdentity(identity)
        let batches = try configuration.batches(of: cache)
        let trainer = try Trainer(
            configuration, batches: batches, engine: engine, stepsPerRun: longestRun)
        // Before anything is written: a checkpoint may be of another run.
        let restored = try restore(trainer, identity, note)
        try begin(
            trainer, cache, engine, identity, accepted.isEmpty ? restored.accepted : accepted)
        let isLogged = try isFinalLossLogged(trainer)
        let initialLoss = try restored.initialLoss ?? trainer.validationLoss()
        let events = try EventFileWriter(folder: folder.path, resumingAt: sessionStart(trainer))
        let recorder = RunRecorder(events, configuration)
        if trainer.step == 0 { try recorder.record(step: 0, [(.validationLoss, initialLoss)]) }
        return .session(
            RunSession(
                self, trainer, lock, identity, events, recorder, initialLoss,
                isFinalLossLogged: isLogged,
                tokensPerByte: configuration.textSource.isBytes ? nil : cache.tokensPerByte,
                divergence: try divergenceAtStart(trainer, initialLoss)))
    }

    /// The most steps between two events, which is the most that a run of the engine takes.
    package var longestRun: Int {
        ([stepsPerRun, configuration.steps] + events).min() ?? 1
    }

    /// How many steps there are to the next event or the end, within a run of the engine.
    func stepsUntilDue(_ step: Int) -> Int {
        var count = min(stepsPerRun, configuration.steps - step)
        for every in events { count = min(count, every - step % every) }
        if let stopAfter, stopAfter > step { count = min(count, stopAfter - step) }
        return count
    }

    /// The cadences, in steps, of what happens between runs of the engine.
    private var events: [Int] {
        [
            configuration.evaluation.every, configuration.checkpoints.every,
            configuration.telemetry.spectralEvery,
        ].filter { $0 > 0 }
    }

    /// Whether something that happens at regular intervals is due, the end left out.
    func isDue(_ every: Int, _ step: Int) -> Bool {
        every > 0 && step % every == 0 && step < configuration.steps
    }

    /// Checks that a run that stands in the folder is this one, as far as the identity says.
    @discardableResult
    private func checkIdentity(_ identity: RunIdentity) throws -> [String] {
        try folder.check(identity, text: configuration.dataNames, accepting: accepting)
    }

    private func begin(
        _ trainer: Trainer, _ cache: TokenCache, _ engine: any Engine, _ identity: RunIdentity,
        _ accepted: [String]
    ) throws {
        try AtomicFile.sweep(folder.path)
        if !folder.exists {
            try AtomicFile.write(
                ConfigurationFile.text(of: configuration), to: folder.configuration)
        }
        try folder.createCheckpoints()
        try AtomicFile.sweep(folder.checkpoints)
        var kernels: [String: Int] = [:]
        for kernel in trainer.kernels {
            kernels["\(kernel.operation) (\(kernel.kernel))"] = kernel.count
        }
        let earlier = try folder.readManifest()?.sessions ?? []
        let session = Manifest.Session(
            started: ISO8601DateFormatter().string(from: Date()),
            host: ProcessInfo.processInfo.hostName,
            pid: Int(ProcessInfo.processInfo.processIdentifier),
            fromStep: trainer.step, engine: engine.facts,
            engineName: engine.name, accepted: accepted.isEmpty ? nil : accepted,
            commit: SourceCommit.ofThisProgram)
        let manifest = Manifest(
            ballast: Self.version, engine: engine.name, kernels: kernels,
            textDigest: cache.digest, trainingTokens: cache.training.count,
            validationTokens: cache.validation.count, weightDecayRate: configuration.decay.rate,
            sessions: earlier + [session], identity: identity,
            tokenizerDigest: cache.tokenizerDigest, dataNames: configuration.dataNames,
            parameterShapes: Dictionary(
                uniqueKeysWithValues: trainer.parameters.map { ($0.path, $0.shape.dimensions) }))
        try folder.write(manifest, to: folder.manifest)
    }

    func save(
        _ trainer: Trainer, _ initialLoss: Double, _ events: EventFileWriter,
        _ identity: RunIdentity
    ) throws {
        // What the log says up to here must be safe before a checkpoint makes it final.
        try events.synchronize()
        try requireLog(events)
        try Checkpoint(
            step: trainer.step, initialLoss: initialLoss, largestLogit: trainer.largestLogit,
            configuration: ConfigurationFile.text(of: configuration), identity: identity,
            tensors: trainer.tensors()
        ).write(to: folder.checkpoint(trainer.step))
        // A later one is damaged, or this one would not have been made again.
        let made = try folder.listCheckpoints().filter { $0 <= trainer.step }
        for step in made.dropLast(configuration.checkpoints.keep) {
            try? FileManager.default.removeItem(atPath: folder.checkpoint(step))
        }
    }

    /// Throws where the session's log was removed meanwhile: what follows from it would be of no run.
    private func requireLog(_ events: EventFileWriter) throws(RunError) {
        guard !FileManager.default.fileExists(atPath: events.path) else { return }
        throw .system(
            path: events.path, operation: "write",
            reason: "it was removed while the run went on; run the same command again")
    }

    func finish(
        _ trainer: Trainer, _ initialLoss: Double, _ divergence: Trainer.Divergence?,
        _ recorder: RunRecorder?, _ events: EventFileWriter, _ identity: RunIdentity,
        tokensPerByte: Double?
    ) throws -> RunResult {
        var divergence = divergence
        var finalLoss: Double?
        if divergence == nil {
            let loss = try trainer.validationLoss()
            try recorder?.record(step: trainer.step, [(.validationLoss, loss)])
            if loss.isFinite {
                finalLoss = loss
            } else {
                divergence = .init(step: trainer.step, tensor: Metric.validationLoss.tag)
            }
            if recorder != nil { try save(trainer, initialLoss, events, identity) }
        }
        try events.close()
        try requireLog(events)
        let series = try EventLog.read(folder: folder.path).series
        func spikes(_ metric: Metric) -> Double? {
            SpikeScore.share(of: series[metric.tag, default: []].map { Double($0.value) })
        }
        // Where nothing was left to train: as an earlier session measured it.
        let speed = Descriptive.quantile(
            0.5, of: series[Metric.tokensPerSecond.tag, default: []].map { Double($0.value) })
        let model = configuration.model
        var result = RunResult(
            width: model.width, depth: model.depth, heads: model.heads,
            parameters: trainer.parameters.matrixCount,
            totalParameters: trainer.parameters.totalCount, qkNorm: model.qkNorm,
            learningRate: configuration.optimizer.learningRate, seed: configuration.seed,
            dataSeed: configuration.data.dataSeed, steps: configuration.steps,
            stepsDone: divergence?.step == 0 ? 0 : trainer.step, initialLoss: initialLoss,
            finalLoss: finalLoss,
            maxAttentionLogit: trainer.largestLogit, diverged: divergence != nil,
            divergedStep: divergence?.step, divergedTensor: divergence?.tensor,
            tokensPerSecond: recorder?.medianTokensPerSecond ?? speed ?? 0)
        result.lossSpikes = spikes(.trainLoss)
        result.gradientSpikes = spikes(.gradientNorm)
        result.identity = identity.folderName
        result.bitsPerByte = finalLoss.flatMap { loss in
            tokensPerByte.map { loss / log(2) * $0 }
        }
        try folder.write(result, to: folder.result)
        return result
    }
}
