import ArgumentParser
import Ballast
import Foundation

/// Trains for a session of the tool: each run a process of its own, stopped by signals.
struct ToolTrainer: StudyTrainer {
    let jobs: Int
    let sideBySide: Double
    private let options: EngineOptions
    private let lanes: LaneOptions?
    /// Nil for a command that trains no grid.
    private let identity: IdentityOptions?
    private let slurm: SlurmOptions?
    private let isSilent: Bool

    /// Prepares to train as options say.
    init(
        _ options: EngineOptions, lanes: LaneOptions?, identity: IdentityOptions?,
        slurm: SlurmOptions? = nil, jobs: Int?, isSilent: Bool
    ) throws {
        self.options = options
        self.lanes = lanes
        self.identity = identity
        self.isSilent = isSilent
        self.slurm = slurm.flatMap { $0.slurm ? $0 : nil }
        self.jobs =
            try self.slurm == nil
            ? StudyRunner.jobs(jobs, options, devices: lanes?.devices ?? 1) : jobs ?? 1
        sideBySide = try StudyRunner.sideBySide(jobs, options)
    }

    func engine() throws -> any Engine { try options.make() }

    func stepCost(
        _ cheapest: RunConfiguration, _ dearest: RunConfiguration
    ) throws -> StepCost {
        try StudyRunner.cost(cheapest, dearest, options)
    }

    var trainsHere: Bool { slurm == nil }

    func preview(_ study: Study, in path: String?) throws -> String? {
        // What others branch from is trained first.
        let first = Study(
            name: study.name, axes: study.axes, cells: study.cells.filter { $0.startStep == 0 })
        guard let slurm, let identity else {
            let states = path.map { SweepFolder($0, plan: study.plan).states(of: first) }
            return try lanes?.packing(options, jobs: jobs)?.text(first.openCells(states ?? [:]))
        }
        return try GridSubmission(
            first, in: path ?? "OUT", engine: options, lanes: lanes, identity: identity,
            options: slurm, jobs: jobs
        ).preview()
    }

    func requireResources(_ runs: [RunConfiguration], at path: String?) throws {
        guard slurm == nil else { return }
        if options.engine == .cpu { try runs.requireResources(jobs: jobs, at: path) }
    }

    func train(
        _ study: Study, in folder: SweepFolder, until deadline: ContinuousClock.Instant?
    ) throws {
        guard !study.cells.isEmpty else { return }
        guard let identity else {
            preconditionFailure("ToolTrainer: \(study.name) is a grid, and its command takes none")
        }
        _ = try StudyRunner(
            study, in: folder.path, engine: options, lanes: lanes, identity: identity,
            slurm: slurm, jobs: jobs, isSilent: isSilent
        ).train(until: deadline)
    }

    func launch(
        _ configuration: String, in folder: RunFolder, threads: Int, stopAfter: Int?
    ) throws {
        try leaveIfStopped()
        var own = options
        own.threads = threads
        let process = Process()
        process.executableURL = try Executable.url
        process.arguments =
            ["train", configuration, "--out", folder.path, "--quiet", "--no-report"] + own.arguments
            + (stopAfter.map { ["--stop-after", "\($0)"] } ?? [])
        process.environment = Signals.environmentOfChildren
        process.standardInput = FileHandle.nullDevice
        try process.run()
        while process.isRunning {
            if Signals.stop != nil { process.terminate() }
            Thread.sleep(forTimeInterval: 0.02)
        }
        try leaveIfStopped()
        // A run that diverged is done, too.
        guard process.terminationStatus == 0 || folder.isDone else {
            throw ToolError.message("\(folder.path): the run failed; see above")
        }
    }

    func leaveIfStopped() throws {
        Signals.listen()
        try StudyRunner.leaveIfStopped()
    }
}

extension StudySession {
    /// A session of this command.
    ///
    /// - Parameters:
    ///   - out: The folder of runs and results.
    ///   - dryRun: Whether to train nothing.
    ///   - json: Whether to print JSON and nothing else.
    ///   - engine: What computes.
    ///   - lanes: How many runs a process trains together; nil for one.
    ///   - identity: What of the folder is taken that is otherwise refused; nil where no grid is trained.
    ///   - slurm: Whether Slurm trains, and how.
    ///   - jobs: Runs to train at a time; nil for the default.
    ///   - columns: The width of what it prints.
    ///   - isExplained: Whether it says, too, how the runs were chosen and what each line rests on.
    /// - Returns: The session.
    /// - Throws: What the search for a plugin throws.
    static func ofThisCommand(
        out: String?, dryRun: Bool, json: Bool, engine: EngineOptions,
        lanes: LaneOptions? = nil, identity: IdentityOptions? = nil, slurm: SlurmOptions? = nil,
        jobs: Int? = nil, columns: Int, isExplained: Bool = false
    ) throws -> StudySession {
        let (bundle, python) = ReportCommand.drawingTools
        return StudySession(
            catalog: .all,
            trainer: try ToolTrainer(
                engine, lanes: lanes, identity: identity, slurm: slurm, jobs: jobs,
                isSilent: json),
            options: .init(
                out: out, isDryRun: dryRun, isJSON: json, columns: columns,
                usesColour: Terminal.usesColour, isExplained: isExplained, vegaBundle: bundle,
                python: python,
                command: ReportOrigin.ofThisCommand().command),
            output: Terminal.write, notes: Terminal.printError)
    }
}

extension StudyOptions {
    /// Runs studies of a kind as the options say, and exits with the exit code of what they come to.
    func run(_ kinds: [some StudyKind], isExplained: Bool = false) throws {
        if kinds.contains(where: { $0.given == nil }) { try requireOut() }
        try StudySession.ofThisCommand(
            out: out, dryRun: dryRun, json: json, engine: engine, lanes: lanes,
            identity: identity, slurm: slurm, jobs: jobs, columns: layout.columns,
            isExplained: isExplained
        ).leave(kinds)
    }

    /// Runs a study as the options say, and exits with its verdict's exit code.
    func run(_ kind: some StudyKind, isExplained: Bool = false) throws {
        try run([kind], isExplained: isExplained)
    }
}

extension StudySession {
    /// Runs studies of a kind, and exits with the exit code of what they come to.
    func leave(_ kinds: [some StudyKind]) throws {
        let code = try run(kinds)
        if code != 0 { throw ExitCode(code) }
    }

    /// Runs a study, and exits with its verdict's exit code.
    func leave(_ kind: some StudyKind) throws { try leave([kind]) }
}
