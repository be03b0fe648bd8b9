import Formats
import Foundation
import OrderedCollections
public import Runs
import Telemetry
import Training

/// Trains the cells of a study, each in a process of its own or several as lanes of one program, some processes
/// side by side.
///
/// Which cells are missing is read from their folders, so running it again fills exactly those. A cell
/// that fails, or whose process cannot be started, is recorded and does not stop the others; one that another
/// process holds is waited for, and one that was interrupted is gone on with.
public final class SweepExecutor {
    private final class Child {
        let cells: [Study.Cell]
        let process: Process
        /// By the names of cells.
        var logs: [String: EventLog] = [:]
        /// Cells that ended before their process.
        var ended: Set<String> = []
        var open: [Study.Cell] { cells.filter { !ended.contains($0.name) } }

        init(cells: [Study.Cell], process: Process) {
            self.cells = cells
            self.process = process
        }
    }

    /// How cells are trained together.
    public struct Lanes: Sendable {
        var packing: LanePacking
        var command: [String]

        /// States it.
        ///
        /// - Parameters:
        ///   - packing: Which cells are.
        ///   - command: The program that trains some, and its first arguments; it is given the folders of the
        ///     runs, in each of which `cell.yaml` says what is to be trained.
        public init(_ packing: LanePacking, command: [String]) {
            self.packing = packing
            self.command = command
        }
    }

    /// The study, each cell with its folder.
    public let study: Study
    /// The folder, which knows where the cells stand.
    public let folder: SweepFolder
    /// Folders under `cells/` of runs that are not in the study: those of earlier grids.
    public let others: [String]
    private let standing: StandingCells
    private let jobs: Int
    private let command: [String]
    private let environment: [String: String]?
    private var states: [String: CellState]
    /// Floating-point operations of each cell by name, and of all.
    private let costs: [String: Double]
    private let total: Double
    private var children: [Child] = []
    /// What is to be begun, each with the cells of one process.
    private var waiting: [[Study.Cell]] = []
    private let lanes: Lanes?
    private let start = ContinuousClock.now
    private var doneBefore = 0.0
    /// How often each cell was begun here.
    private var attempts: [String: Int] = [:]
    private static let mostAttempts = 3
    /// Why cells have no result, where their folders cannot say it.
    private var problems: [String: String] = [:]

    /// Creates an executor.
    ///
    /// - Parameters:
    ///   - study: The grid.
    ///   - folder: Where the cells stand.
    ///   - jobs: Processes at a time.
    ///   - command: The program that trains one cell and its first arguments; it is given the
    ///     configuration, `--out` and the folder.
    ///   - environment: That of the processes; this one's when nil.
    ///   - engine: What computes, as far as it is known here; cells of another are refused.
    ///   - accepting: What the user takes that is otherwise refused.
    ///   - isPart: Whether the study is a part of what the folder sweeps, which other processes train: its
    ///     cells say where they stand, and the folder's plan stays as it is.
    ///   - lanes: How cells are trained together; nil for each by itself.
    /// - Throws: `RunError.otherIdentity(folder:differences:others:)` and
    ///   `RunError.unknownIdentity(folder:parts:others:)` when a cell of the folder is not what the study
    ///   asks for.
    public init(
        _ study: Study, in folder: SweepFolder, jobs: Int, command: [String],
        environment: [String: String]? = nil, engine: [String: String]? = nil,
        accepting: IdentityAcceptance = [], isPart: Bool = false, lanes: Lanes? = nil
    ) throws {
        self.lanes = lanes
        standing = try StandingCells(
            study, in: folder.path, engine: engine, accepting: accepting, isPart: isPart)
        states = try standing.checkedStates()
        self.study = standing.study
        self.folder = standing.folder
        others = standing.others
        let (study, folder) = (self.study, self.folder)
        self.jobs = jobs
        self.command = command
        self.environment = environment
        if !isPart {
            try Directory.create(study.isKeyed ? folder.path : folder.path + "/cells")
            try AtomicFile.sweep(folder.path)
            try RunFolder(folder.path).write(study.plan, to: folder.plan)
        }
        costs = study.cells.reduce(into: [:]) {
            $0[$1.name] = $1.configuration.flopsPerStep * Double($1.ownSteps)
        }
        total = max(costs.values.reduce(0, +), 1)
        for (name, state) in states { forgetFailure(name, state) }
        // The dearest first, so that no core waits long for the last.
        let open = study.cells.filter {
            ![.finished, .diverged, .running].contains(states[$0.name])
        }
        .enumerated().sorted {
            (-cost($0.element), $0.offset) < (-cost($1.element), $1.offset)
        }.map(\.element)
        let packs = lanes?.packing.groups(open).flatMap(\.packs) ?? open.map { [$0] }
        waiting = packs.enumerated().sorted {
            (-cost($0.element), $0.offset) < (-cost($1.element), $1.offset)
        }.map(\.element)
        doneBefore = fractionDone()
    }

    /// The state of a cell: one whose files cannot be read is begun anew, and says so itself.
    private func state(of cell: Study.Cell) -> CellState {
        let state = standing.state(of: cell)
        forgetFailure(cell.name, state)
        return state
    }

    /// Removes what an attempt left that came before the one with the result.
    private func forgetFailure(_ name: String, _ state: CellState) {
        guard [.finished, .diverged].contains(state) else { return }
        try? FileManager.default.removeItem(atPath: folder.failure(name))
    }

    /// Trains what is missing.
    ///
    /// - Parameters:
    ///   - interval: Seconds between calls of `display`.
    ///   - isCancelled: Asked often; once true, cells save and stop.
    ///   - display: Told how it stands.
    /// - Returns: The states of all cells: finished, diverged or failed, unless it was cancelled.
    public func run(
        interval: Double = 0.25, isCancelled: () -> Bool = { false }, display: (Status) -> Void
    ) -> [String: CellState] {
        var isStopping = false
        while true {
            var ended = reap()
            if isCancelled(), !isStopping {
                isStopping = true
                waiting = []
                for child in children { child.process.terminate() }
            }
            while children.count < jobs, !waiting.isEmpty {
                ended += launch(waiting.removeFirst())
            }
            display(status(ended))
            if children.isEmpty, waiting.isEmpty {
                if isStopping || !hasMore() { return states }
            }
            Thread.sleep(forTimeInterval: interval)
        }
    }

    /// Why a cell has failed, in a line.
    public func problem(of name: String) -> String {
        problems[name] ?? folder.problem(of: name) ?? "it has no result"
    }

    /// Looks again at what has no result, once no process is left: others may hold a cell, or have been ended
    /// before they were done.
    private func hasMore() -> Bool {
        var hasMore = false
        for cell in study.cells where ![.finished, .diverged].contains(states[cell.name]) {
            if problems[cell.name] != nil { continue }
            // One whose process failed here is not tried again.
            if states[cell.name] == .failed, attempts[cell.name] != nil { continue }
            let state = state(of: cell)
            states[cell.name] = state
            switch state {
            case .finished, .diverged: break
            case .running: hasMore = true
            case .missing, .interrupted:
                if attempts[cell.name, default: 0] < Self.mostAttempts {
                    waiting.append([cell])
                    hasMore = true
                } else {
                    fail(
                        cell.name,
                        "ended \(Self.mostAttempts) times before it was done; the same command resumes"
                    )
                }
            case .failed:
                // One that another process had and left so.
                waiting.append([cell])
                hasMore = true
            }
        }
        return hasMore
    }

    /// Takes note of why a cell has no result.
    private func fail(_ name: String, _ reason: String) {
        problems[name] = reason
        states[name] = .failed
        note(reason + "\n", of: name)
    }

    /// Writes beside a cell how its process ended.
    private func note(_ text: String, of name: String) {
        try? AtomicFile.write(text, to: folder.failure(name))
    }

    /// Begins a process.
    ///
    /// - Parameter cells: What it trains.
    /// - Returns: The cells that could not be begun.
    private func launch(_ cells: [Study.Cell]) -> [(name: String, state: CellState)] {
        var begun: [Study.Cell] = []
        var failed: [String] = []
        for cell in cells {
            do {
                try prepare(cell)
                begun.append(cell)
            } catch {
                fail(cell.name, "\(error)")
                failed.append(cell.name)
            }
        }
        if let first = begun.first {
            do {
                try start(begun, log: folder.log(first.name))
            } catch {
                for cell in begun { fail(cell.name, "\(error)") }
                failed += begun.map(\.name)
            }
        }
        return failed.map { ($0, .failed) }
    }

    /// Prepares the folder of a cell.
    private func prepare(_ cell: Study.Cell) throws {
        let run = folder.cell(cell.name)
        attempts[cell.name, default: 0] += 1
        try Directory.create(run.path)
        try? FileManager.default.removeItem(atPath: folder.failure(cell.name))
        // A configuration that stands there is checked by the run itself.
        try AtomicFile.write(
            ConfigurationFile.text(of: cell.configuration), to: run.path + "/cell.yaml")
        _ = FileManager.default.createFile(atPath: folder.log(cell.name), contents: nil)
    }

    private func start(_ cells: [Study.Cell], log path: String) throws {
        let folders = cells.map { folder.cell($0.name).path }
        let (command, arguments) =
            if let lanes, cells.count > 1 {
                (lanes.command, folders)
            } else {
                (self.command, [folders[0] + "/cell.yaml", "--out", folders[0]])
            }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst()) + arguments
        let log = FileHandle(forWritingAtPath: path)
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = log ?? FileHandle.nullDevice
        process.standardError = log ?? FileHandle.nullDevice
        // The process has its own copy.
        defer { try? log?.close() }
        do {
            try process.run()
        } catch {
            throw RunError.system(
                path: command[0], operation: "start a process", reason: error.localizedDescription)
        }
        for cell in cells { states[cell.name] = .running }
        children.append(Child(cells: cells, process: process))
    }

    /// Takes note of processes that ended.
    private func reap() -> [(name: String, state: CellState)] {
        var ended: [(name: String, state: CellState)] = []
        let done = children.filter { !$0.process.isRunning }
        for child in done {
            for cell in child.open {
                let state = end(of: cell, child)
                states[cell.name] = state
                ended.append((cell.name, state))
            }
        }
        // Lanes that are done while others of their program go on.
        for child in children where child.cells.count > 1 && child.process.isRunning {
            for cell in child.open where folder.cell(cell.name).isDone {
                let state = state(of: cell)
                guard [.finished, .diverged].contains(state) else { continue }
                child.ended.insert(cell.name)
                states[cell.name] = state
                ended.append((cell.name, state))
            }
        }
        children.removeAll { child in done.contains { $0 === child } }
        return ended
    }

    /// The state of a cell whose process ended, after taking note of why it has no result.
    private func end(of cell: Study.Cell, _ child: Child) -> CellState {
        let name = cell.name
        let status = child.process.terminationStatus
        let isSignal = child.process.terminationReason == .uncaughtSignal
        // Asked to stop, before or after it listened: to be gone on with.
        let wasAsked = [SIGHUP, SIGINT, SIGPIPE, SIGTERM, SIGXCPU].contains {
            status == (isSignal ? $0 : 128 + $0)
        }
        let state = self.state(of: cell)
        // As of a text that changed since the command began.
        if let error = standing.refusal(of: cell) {
            fail(name, "\(error)")
            return .failed
        }
        guard [.interrupted, .missing, .failed].contains(state), !wasAsked else { return state }
        let others = child.cells.count > 1 ? " with \(child.cells.count - 1) other lanes" : ""
        if isSignal {
            note("ended by signal \(status)\(others)\n", of: name)
        } else if status != 0 {
            // What a process says of all its lanes stands with the first.
            let logs = [name, child.cells[0].name].map {
                (try? String(contentsOfFile: folder.log($0), encoding: .utf8)) ?? ""
            }
            let log = logs.first { !$0.isEmpty } ?? ""
            note("exit code \(status)\(others)\n\(log.suffix(2000))", of: name)
        } else {
            return state
        }
        return .failed
    }

    private func status(_ ended: [(name: String, state: CellState)]) -> Status {
        let training = children.flatMap { child in
            child.open.map { (cell: $0, status: self.running($0, child)) }
        }
        let running = training.map(\.status)
        let partial = training.map { cell, status -> Double in
            let taken = max(status.step - cell.startStep, 0)
            return cost(cell) * Double(taken) / Double(max(cell.ownSteps, 1))
        }.reduce(0, +)
        let fraction = fractionDone() + partial / total
        let elapsed = (ContinuousClock.now - start) / .seconds(1)
        let speed = (fraction - doneBefore) / max(elapsed, 1e-9)
        return Status(
            counts: Dictionary(grouping: states.values, by: \.self).mapValues(\.count),
            total: study.cells.count, running: running, fraction: min(fraction, 1),
            elapsed: elapsed,
            remaining: fraction - doneBefore > 0.01 ? max(1 - fraction, 0) / speed : nil,
            ended: ended.map { name, state in
                // A result that cannot be read is said where the sweep is read.
                let result = state == .finished ? try? folder.cell(name).readResult() : nil
                return (name, state, result?.finalLoss)
            })
    }

    /// How a cell in training stands.
    private func running(_ cell: Study.Cell, _ child: Child) -> Status.Running {
        if child.logs[cell.name] == nil {
            child.logs[cell.name] = try? EventLog.read(folder: folder.cell(cell.name).path)
        } else {
            try? child.logs[cell.name]?.refresh()
        }
        let log = child.logs[cell.name]
        // The log of a branch is the trunk's, and longer, until its own session has begun.
        let start = cell.startStep
        let hasBegun =
            start == 0 || log?.files.contains { ($0.sessionStart ?? 0) > start } ?? false
        let loss = hasBegun ? log?.series[Metric.trainLoss.tag]?.last : nil
        let logit = log?.series.filter {
            MetricFamily.maxAttentionLogits.pattern.matches($0.key)
        }
        .compactMap { $0.value.last?.value }.max()
        return Status.Running(
            name: cell.name, step: loss?.step ?? start, steps: cell.configuration.steps,
            loss: loss.map { Double($0.value) }, logit: logit.map(Double.init))
    }

    private func cost(_ cells: [Study.Cell]) -> Double { cells.map(cost).reduce(0, +) }

    private func cost(_ cell: Study.Cell) -> Double { costs[cell.name] ?? 0 }

    private func fractionDone() -> Double {
        let done = states.reduce(0) {
            [.finished, .diverged, .failed].contains($1.value) ? $0 + (costs[$1.key] ?? 0) : $0
        }
        return done / total
    }
}
