import Ballast
import EngineCPU
import Foundation
import Slurm

/// Hands the cells of a study to Slurm that have no result and are in no queue.
struct GridSubmission {
    private let study: Study
    private let path: String
    private let engine: EngineOptions
    private let lanes: LaneOptions?
    private let identity: IdentityOptions
    private let options: SlurmOptions
    private let jobs: Int
    private let client = SlurmClient()
    private let folder: SubmissionFolder
    private let instructionSet: SweepInstructionSet

    /// Prepares to submit, and has this process compute by the instruction set of the sweep.
    ///
    /// - Parameters:
    ///   - study: The cells.
    ///   - path: The study's folder.
    ///   - engine: What computes.
    ///   - lanes: How many runs a process trains together; nil for one.
    ///   - identity: What of the folder is taken that is otherwise refused.
    ///   - options: What is asked of Slurm.
    ///   - jobs: Cells to train at a time in a task; 1 when nil.
    /// - Throws: What the folder throws, and ``ToolError`` for an unknown `BALLAST_ISA`.
    init(
        _ study: Study, in path: String, engine: EngineOptions, lanes: LaneOptions?,
        identity: IdentityOptions, options: SlurmOptions, jobs: Int?
    ) throws {
        self.study = study
        self.path = path
        self.engine = engine
        self.lanes = lanes
        self.identity = identity
        self.options = options
        self.jobs = jobs ?? 1
        folder = SubmissionFolder(of: path, study.plan)
        let sweep = SweepFolder(path, plan: study.plan)
        instructionSet = try SweepInstructionSet(
            submissions: folder.submissions(),
            cells: study.cells.lazy.map { sweep.cell($0.name) },
            features: client.features(of: options.partition), asked: SweepInstructionSet.asked)
        unsafe setenv("BALLAST_ISA", instructionSet.name, 1)
    }

    /// What became of it.
    struct Outcome: Encodable {
        var schema = "ballast.submission/1"
        /// The number of the array; nil where nothing was submitted.
        @NullWhenNil var job: Int?
        @NullWhenNil var script: String?
        var instructionSet: String
        var runs: Int
        var done: Int
        var submitted: Int
        var tasks: Int
        /// Runs that were in the queue before.
        var queued: Int
        /// Runs that are in training, of this queue or elsewhere.
        var running: Int

        /// Whether every run has a result.
        var isComplete: Bool { done == runs }
    }

    /// Submits what is missing.
    ///
    /// - Returns: What there is, and what was submitted.
    /// - Throws: ``SlurmError``, and what the folder throws.
    func submit() throws -> Outcome {
        let (standing, states) = try standing()
        let root = RunFolder(folder.path)
        if states.values.contains(where: { ![.finished, .diverged].contains($0) }) {
            try client.requirePrograms()
        }
        let lock = try lock(root)
        defer { withExtendedLifetime(lock) {} }
        let live = try liveCells(states)
        var outcome = outcome(states, live, standing)
        let open = open(states, live, standing)
        try AtomicFile.sweep(folder.root)
        try Directory.create(path)
        try RunFolder(path).write(standing.study.plan, to: standing.folder.plan)
        guard !open.isEmpty else { return outcome }
        let (submission, script) = try job(open, standing)
        for cell in open {
            let run = standing.folder.cell(cell.name)
            try Directory.create(run.path)
            try AtomicFile.write(
                ConfigurationFile.text(of: cell.configuration), to: run.path + "/cell.yaml")
        }
        let submitted = try folder.submit(submission, script: script.text, to: client)
        outcome.job = submitted.job
        outcome.script = folder.script(submission.name)
        outcome.submitted = open.count
        outcome.tasks = submission.tasks.count
        return outcome
    }

    private func lock(_ folder: RunFolder) throws -> FolderLock {
        do {
            return try FolderLock(folder)
        } catch {
            guard case .busy = error else { throw error }
            throw SlurmError.busy(folder: folder.path)
        }
    }

    /// The script of what would be submitted now; nothing is written.
    func preview() throws -> String {
        let (standing, states) = try standing()
        let live = (try? liveCells(states)) ?? [:]
        let open = open(states, live, standing)
        guard !open.isEmpty else {
            return "# nothing to submit: every run has a result or is in the queue\n"
        }
        return try job(open, standing).script.text
    }

    private func standing() throws -> (StandingCells, states: [String: CellState]) {
        let isHere = InstructionSet(rawValue: instructionSet.name).map(
            InstructionSet.supported.contains)
        let facts =
            engine.engine == .cpu && isHere == false
            ? ["name": engine.engine.rawValue, "instruction_set": instructionSet.name]
            : try engine.identity()
        let standing = try StandingCells(
            study, in: path, engine: facts, accepting: identity.accepting)
        return (standing, try standing.checkedStates())
    }

    /// The tasks in the queue by the places of their cells; the queue is asked only where something is open.
    private func liveCells(_ states: [String: CellState]) throws -> [String: Queue.Task] {
        let submissions = try folder.submissions()
        let isOpen = states.values.contains { ![.finished, .diverged].contains($0) }
        guard isOpen, !submissions.isEmpty else { return [:] }
        let queue = try client.queue(submissions.map(\.name))
        if let line = queue.unreadable.first {
            throw SlurmError.unreadable(program: "squeue", line: line)
        }
        return SubmissionFolder.live(submissions, queue)
    }

    /// The cells to submit, the dearest first.
    private func open(
        _ states: [String: CellState], _ live: [String: Queue.Task], _ standing: StandingCells
    ) -> [Study.Cell] {
        let open = standing.study.cells.filter { cell in
            switch states[cell.name] ?? .missing {
            case .finished, .diverged, .running: false
            case .missing, .interrupted, .failed:
                live[folder.place(standing.folder.cell(cell.name))] == nil
            }
        }
        let costs = open.map { $0.configuration.flopsPerStep * Double($0.ownSteps) }
        return zip(open, costs).enumerated()
            .sorted { ($1.element.1, $0.offset) < ($0.element.1, $1.offset) }.map(\.element.0)
    }

    private func outcome(
        _ states: [String: CellState], _ live: [String: Queue.Task], _ standing: StandingCells
    ) -> Outcome {
        var outcome = Outcome(
            job: nil, script: nil, instructionSet: instructionSet.name, runs: study.cells.count,
            done: 0, submitted: 0, tasks: 0, queued: 0, running: 0)
        for cell in standing.study.cells {
            let state = states[cell.name] ?? .missing
            if [.finished, .diverged].contains(state) {
                outcome.done += 1
            } else if state == .running {
                outcome.running += 1
            } else if live[folder.place(standing.folder.cell(cell.name))] != nil {
                outcome.queued += 1
            }
        }
        return outcome
    }

    /// The array of some cells.
    private func job(
        _ cells: [Study.Cell], _ standing: StandingCells
    ) throws -> (submission: Submission, script: ArrayScript) {
        let limit = client.largestArray() ?? ArrayTasks.usualLimit
        let tasks = try ArrayTasks.deal(cells, perTask: options.cellsPerTask, limit: limit)
        let submission = Submission(
            name: Submission.name(of: study.name), instructionSet: instructionSet.name, jobs: jobs,
            tasks: tasks.map { $0.map { folder.place(standing.folder.cell($0.name)) } })
        func absolute(_ path: String) -> String {
            URL(fileURLWithPath: path).standardizedFileURL.path
        }
        var environment = [(name: "BALLAST_ISA", value: instructionSet.name)]
        for name in ["BALLAST_HOME", "BALLAST_PJRT_PLUGIN"] {
            let value = ProcessInfo.processInfo.environment[name] ?? ""
            if !value.isEmpty { environment.append((name, value)) }
        }
        let script = ArrayScript(
            name: submission.name,
            title: "\(cells.count) runs of \(study.name) as \(tasks.count) tasks of a job array",
            request: try options.request(processors: jobs * engine.threads), tasks: tasks.count,
            folder: absolute("\(folder.path)/\(submission.name)"),
            directory: FileManager.default.currentDirectoryPath, environment: environment,
            reason: "\(instructionSet.name), since \(instructionSet.reason)",
            command: [
                try Executable.url.path, "sweep", "task", absolute(folder.record(submission.name)),
            ] + engine.arguments + (lanes?.arguments ?? []) + identity.arguments)
        return (submission, script)
    }
}

extension GridSubmission {
    /// Says what was submitted, and how to go on.
    ///
    /// - Parameters:
    ///   - outcome: What became of it.
    ///   - isJSON: Whether to print JSON and nothing else.
    /// - Throws: What JSON does not take.
    func show(_ outcome: Outcome, isJSON: Bool) throws {
        if isJSON { return Terminal.line(try SnakeCaseJSON.text(outcome, isPretty: false)) }
        var parts = ["\(outcome.done) of \(outcome.runs) runs done"]
        if outcome.queued > 0 { parts.append("\(outcome.queued) in the queue") }
        if outcome.running > 0 { parts.append("\(outcome.running) running") }
        Terminal.line("\(study.name): " + parts.joined(separator: ", "))
        if outcome.submitted > 0 {
            let tasks = outcome.tasks == 1 ? "1 task" : "\(outcome.tasks) tasks"
            let limit = options.arrayLimit.map { ", at most \($0) at a time" } ?? ""
            let job = outcome.job.map { "job \($0)" } ?? "a job"
            Terminal.line(
                "submitted \(job): \(outcome.submitted) runs as \(tasks)\(limit); "
                    + "BALLAST_ISA=\(instructionSet.name), since \(instructionSet.reason)")
            Terminal.line("script \(outcome.script ?? "")")
        } else {
            Terminal.line("nothing was submitted: all open runs are queued or running")
        }
        Terminal.line(
            "`ballast sweep status \(path)` shows the progress; run the same command again to submit what is "
                + "still missing, and to finish once every run has a result")
    }
}
