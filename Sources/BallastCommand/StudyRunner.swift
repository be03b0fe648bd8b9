import ArgumentParser
import Ballast
import Foundation

/// Trains the cells of a study for a command: says what they take, trains what is missing, can be
/// stopped at any time.
struct StudyRunner {
    let study: Study
    let folder: SweepFolder
    let jobs: Int
    private let engine: EngineOptions
    private let lanes: LaneOptions?
    private let identity: IdentityOptions
    /// Nil where this machine trains.
    private let slurm: GridSubmission?
    private let isSilent: Bool

    /// Prepares to train.
    ///
    /// - Parameters:
    ///   - study: The cells.
    ///   - path: The study's folder.
    ///   - engine: What computes.
    ///   - lanes: How many runs a process trains together; nil for one.
    ///   - identity: What of the folder is taken that is otherwise refused.
    ///   - slurm: Whether Slurm trains, and how.
    ///   - jobs: Cells to train at a time; one per core when nil, 1 on an accelerator and in a task of Slurm.
    ///   - isSilent: Whether to show no progress.
    /// - Throws: What the search for a plugin throws.
    init(
        _ study: Study, in path: String, engine: EngineOptions, lanes: LaneOptions?,
        identity: IdentityOptions, slurm: SlurmOptions? = nil, jobs: Int?, isSilent: Bool
    ) throws {
        self.study = study
        folder = SweepFolder(path, plan: study.plan)
        self.engine = engine
        self.lanes = lanes
        self.identity = identity
        self.isSilent = isSilent
        let asked = slurm.flatMap { $0.slurm ? $0 : nil }
        self.jobs =
            try asked == nil
            ? Self.jobs(jobs, engine, devices: lanes?.devices ?? 1) : jobs ?? 1
        self.slurm = try asked.map {
            try GridSubmission(
                study, in: path, engine: engine, lanes: lanes, identity: identity, options: $0,
                jobs: jobs)
        }
    }

    /// Prepares to train as the options of a command say.
    init(_ study: Study, in path: String, _ options: StudyOptions) throws {
        try options.requireOut()
        try self.init(
            study, in: path, engine: options.engine, lanes: options.lanes,
            identity: options.identity, slurm: options.slurm, jobs: options.jobs,
            isSilent: options.json)
    }

    /// Processes at a time: as many as asked for, else one for each core or for as many cores as each has devices,
    /// 1 on an accelerator.
    static func jobs(_ asked: Int?, _ engine: EngineOptions, devices: Int = 1) throws -> Int {
        // Processes would contend for the memory of one accelerator.
        let sharesCores = try engine.engine != .xla || !engine.isForAccelerator()
        let cores = ProcessInfo.processInfo.activeProcessorCount
        return asked ?? (sharesCores ? max(cores / devices, 1) : 1)
    }

    /// What runs between two take on this machine, the start of their processes included.
    ///
    /// - Parameters:
    ///   - cheapest: The configuration of the fewest operations.
    ///   - dearest: That of the most.
    ///   - engine: What computes.
    /// - Returns: What steps and starts take.
    /// - Throws: What the engine throws.
    static func cost(
        _ cheapest: RunConfiguration, _ dearest: RunConfiguration, _ engine: EngineOptions
    ) throws -> StepCost {
        var cost = try StepCost(
            measuring: cheapest, dearest, on: engine.make(),
            inProcessorTime: engine.engine == .cpu && engine.threads == 1)
        if let start = try ProcessStart.seconds(of: cheapest, engine, beside: cost) {
            cost.start = start
        }
        return cost
    }

    /// How many runs compute at the same time.
    ///
    /// - Parameters:
    ///   - asked: Cells to train at a time; nil for the default.
    ///   - engine: What computes.
    /// - Returns: No more than there are cores.
    /// - Throws: What the search for a plugin throws.
    static func sideBySide(_ asked: Int?, _ engine: EngineOptions) throws -> Double {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        return Double(min(try jobs(asked, engine), max(cores / engine.threads, 1)))
    }

    /// `0/12 runs done; remaining: 0.143M tokens, 0.02 TFLOP, about 0:07 with 2 side by side`.
    static func line(_ cost: Study.Cost, seconds: Double?, jobs: Int) -> String {
        let time = seconds.map { ", about \(Terminal.time($0)) with \(jobs) at a time" } ?? ""
        return "\(cost.done)/\(cost.cells) runs done; remaining: "
            + "\(Terminal.number(Double(cost.tokens) / 1e6))M tokens, "
            + "\(Terminal.number(cost.operations / 1e12)) TFLOP\(time)"
            + (cost.memory > 0
                ? "; up to \(ResourceEstimate.text(cost.memory)) of memory per run, "
                    + "\(ResourceEstimate.text(cost.disk)) of checkpoints" : "")
    }

    /// Trains what is missing, and waits for what other processes train.
    ///
    /// - Parameter deadline: When runs are to save and stop, as on a signal; nil for never.
    /// - Returns: The study as read from its folder, whole unless the deadline passed.
    /// - Throws: `ExitCode` where a signal stopped it or a cell failed, after saying so.
    func train(until deadline: ContinuousClock.Instant? = nil) throws -> RunTable {
        _ = try EngineChoice.instructionSet()
        if let slurm {
            precondition(deadline == nil, "StudyRunner: what Slurm trains has no deadline here")
            let outcome = try slurm.submit()
            guard outcome.isComplete else {
                try slurm.show(outcome, isJSON: isSilent)
                throw ExitCode.success
            }
            return try folder.read()
        }
        Signals.listen()
        let display = SweepDisplay(study, jobs: jobs, isSilent: isSilent)
        let facts = try engine.identity()
        func isLate() -> Bool { deadline.map { ContinuousClock.now >= $0 } ?? false }
        let executor = try SweepExecutor(
            study, in: folder, jobs: jobs,
            command: [try Executable.url.path, "train", "--quiet", "--no-report"]
                + engine.arguments + identity.arguments,
            environment: Signals.environmentOfChildren, engine: facts,
            accepting: identity.accepting,
            lanes: lanes?.executor(engine, identity, jobs: jobs))
        // Runs may be short: look at them more often than a sweep does.
        let states = executor.run(
            interval: 0.05, isCancelled: { Signals.stop != nil || isLate() },
            display: display.show)
        display.end()
        try Self.leaveIfStopped()
        try Self.leaveIfFailed(states, executor, in: executor.folder)
        if !isLate() { try Self.leaveIfUnfinished(states) }
        return try folder.read()
    }

    /// Leaves the command where cells failed, each of which is named with its reason.
    static func leaveIfFailed(
        _ states: [String: CellState], _ executor: SweepExecutor, in folder: SweepFolder
    ) throws {
        let failed = states.filter { $0.value == .failed }.keys.sorted()
        guard !failed.isEmpty else { return }
        for name in failed {
            let file = folder.failure(name)
            let place = FileManager.default.fileExists(atPath: file) ? "; see \(file)" : ""
            Terminal.printError("failed: \(name): \(executor.problem(of: name))\(place)")
        }
        throw ExitCode.failure
    }

    /// Leaves the command where cells have no result.
    static func leaveIfUnfinished(_ states: [String: CellState]) throws {
        let open = states.filter { ![.finished, .diverged].contains($0.value) }
        guard !open.isEmpty else { return }
        Terminal.printError(
            "ballast: \(open.count) of \(states.count) runs without a result; the same command resumes"
        )
        throw ExitCode.failure
    }

    /// Leaves the command where a signal asked to.
    static func leaveIfStopped() throws {
        guard let number = Signals.stop else { return }
        Terminal.printError("ballast: stopped; run the same command to resume")
        throw ExitCode(Signals.exitCode(number))
    }
}

extension Verdict {
    /// Leaves the command with the verdict's exit code.
    func exit() throws {
        if exitCode != 0 { throw ExitCode(exitCode) }
    }
}
