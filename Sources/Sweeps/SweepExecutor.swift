import Formats
import Foundation
import OrderedCollections
public import Runs
import Telemetry
import Training

/// Trains the cells of a study, each in a process of its own, some side by side.
///
/// Which cells are missing is read from their folders, so running it again fills exactly those. A cell
/// that fails is recorded and does not stop the others.
public final class SweepExecutor {
    /// What a display needs to know.
    public struct Status: Sendable {
        /// A cell in training.
        public struct Running: Sendable {
            /// The cell's name.
            public var name: String
            /// Steps taken, as far as they are recorded.
            public var step: Int
            /// Steps to take.
            public var steps: Int
            /// The latest loss.
            public var loss: Double?
            /// The latest largest attention logit.
            public var logit: Double?
        }

        /// Cells in each state.
        public var counts: [CellState: Int]
        /// All cells.
        public var total: Int
        /// Those in training here.
        public var running: [Running]
        /// The fraction of the work that is done, by floating-point operations.
        public var fraction: Double
        /// Seconds since the start.
        public var elapsed: Double
        /// Seconds that remain at the speed so far; nil before anything is known.
        public var remaining: Double?
        /// Cells that ended since the last status, with their states.
        public var ended: [(name: String, state: CellState)]
    }

    private final class Child {
        let cell: Study.Cell
        let process: Process
        var log: EventLog?

        init(cell: Study.Cell, process: Process) {
            self.cell = cell
            self.process = process
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
    private var states: [String: CellState] = [:]
    private var children: [Child] = []
    private var waiting: [Study.Cell] = []
    private let start = ContinuousClock.now
    private var doneBefore = 0.0

    /// Creates an executor.
    ///
    /// - Parameters:
    ///   - study: The grid.
    ///   - folder: Where the cells stand.
    ///   - jobs: Cells in training at a time.
    ///   - command: The program that trains one cell and its first arguments; it is given the
    ///     configuration, `--out` and the folder.
    ///   - engine: What computes, as far as it is known here; cells of another are refused.
    ///   - accepting: What the user takes that is otherwise refused.
    /// - Throws: ``RunError/otherIdentity(folder:differences:others:)`` and
    ///   ``RunError/unknownIdentity(folder:parts:others:)`` when a cell of the folder is not what the study
    ///   asks for.
    public init(
        _ study: Study, in folder: SweepFolder, jobs: Int, command: [String],
        engine: [String: String]? = nil, accepting: IdentityAcceptance = []
    ) throws {
        standing = try StandingCells(
            study, in: folder.path, engine: engine, accepting: accepting)
        try standing.check()
        self.study = standing.study
        self.folder = standing.folder
        others = standing.others
        let (study, folder) = (self.study, self.folder)
        self.jobs = jobs
        self.command = command
        try FileManager.default.createDirectory(
            atPath: study.isKeyed ? folder.path : folder.path + "/cells",
            withIntermediateDirectories: true)
        try RunFolder(folder.path).write(study.plan, to: folder.plan)
        for cell in study.cells { states[cell.name] = try state(of: cell) }
        // The dearest first, so that no core waits long for the last.
        waiting = study.cells.filter {
            ![.finished, .diverged, .running].contains(states[$0.name])
        }
        .enumerated().sorted {
            (-cost($0.element), $0.offset) < (-cost($1.element), $1.offset)
        }.map(\.element)
        doneBefore = fractionDone()
    }

    /// The state of a cell: one whose files cannot be read is begun anew, and says so itself.
    private func state(of cell: Study.Cell) throws -> CellState {
        let state = try folder.state(of: cell.name)
        guard [.finished, .diverged].contains(state) else { return state }
        do {
            try standing.checkReadable(cell)
            return state
        } catch {
            return .interrupted
        }
    }

    /// Trains what is missing.
    ///
    /// - Parameters:
    ///   - interval: Seconds between calls of `display`.
    ///   - isCancelled: Asked often; once true, cells save and stop.
    ///   - display: Told how it stands.
    /// - Returns: The states of all cells.
    /// - Throws: An error when a process cannot be started or a folder cannot be read.
    public func run(
        interval: Double = 0.25, isCancelled: () -> Bool = { false }, display: (Status) -> Void
    ) throws -> [String: CellState] {
        var isStopping = false
        while true {
            let ended = try reap()
            if isCancelled(), !isStopping {
                isStopping = true
                waiting = []
                for child in children { child.process.terminate() }
            }
            while children.count < jobs, !waiting.isEmpty { try launch(waiting.removeFirst()) }
            display(status(ended))
            if children.isEmpty && waiting.isEmpty { return states }
            Thread.sleep(forTimeInterval: interval)
        }
    }

    private func launch(_ cell: Study.Cell) throws {
        let run = folder.cell(cell.name)
        try FileManager.default.createDirectory(
            atPath: run.path, withIntermediateDirectories: true)
        try? FileManager.default.removeItem(atPath: folder.failure(cell.name))
        // A configuration that stands there is checked by the run itself.
        let configuration = run.path + "/cell.yaml"
        try AtomicFile.write(ConfigurationFile.text(of: cell.configuration), to: configuration)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst()) + [configuration, "--out", run.path]
        _ = FileManager.default.createFile(atPath: folder.log(cell.name), contents: nil)
        let log = FileHandle(forWritingAtPath: folder.log(cell.name))
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = log ?? FileHandle.nullDevice
        process.standardError = log ?? FileHandle.nullDevice
        do {
            try process.run()
        } catch {
            throw RunError.system(
                path: command[0], operation: "start a process", reason: error.localizedDescription)
        }
        states[cell.name] = .running
        children.append(Child(cell: cell, process: process))
    }

    /// Takes note of processes that ended.
    private func reap() throws -> [(name: String, state: CellState)] {
        var ended: [(name: String, state: CellState)] = []
        for child in children where !child.process.isRunning {
            let name = child.cell.name
            let wasAsked = [130, 143].contains(child.process.terminationStatus)
            if child.process.terminationStatus != 0, !wasAsked,
                child.process.terminationReason == .exit
            {
                let log = (try? String(contentsOfFile: folder.log(name), encoding: .utf8)) ?? ""
                try? AtomicFile.write(
                    "exit code \(child.process.terminationStatus)\n\(log.suffix(2000))",
                    to: folder.failure(name))
            } else if child.process.terminationReason == .uncaughtSignal {
                try? AtomicFile.write(
                    "ended by signal \(child.process.terminationStatus)\n",
                    to: folder.failure(name))
            }
            var state = try folder.state(of: name)
            // As of a text that changed since the command began.
            if let error = standing.refusal(of: child.cell) {
                try? AtomicFile.write("\(error)\n", to: folder.failure(name))
                state = .failed
            }
            states[name] = state
            ended.append((name, state))
        }
        children.removeAll { !$0.process.isRunning }
        return ended
    }

    private func status(_ ended: [(name: String, state: CellState)]) -> Status {
        let running = children.map { child -> Status.Running in
            let path = folder.cell(child.cell.name).path
            if child.log == nil {
                child.log = try? EventLog.read(folder: path)
            } else {
                try? child.log?.refresh()
            }
            // The log of a branch is the trunk's, and longer, until its own session has begun.
            let start = child.cell.startStep
            let hasBegun =
                start == 0
                || child.log?.files.contains { ($0.sessionStart ?? 0) > start } ?? false
            let loss = hasBegun ? child.log?.series[Metric.trainLoss.tag]?.last : nil
            let logit = child.log?.series.filter {
                MetricFamily.maxAttentionLogits.pattern.matches($0.key)
            }
            .compactMap { $0.value.last?.value }.max()
            return Status.Running(
                name: child.cell.name, step: loss?.step ?? start,
                steps: child.cell.configuration.steps, loss: loss.map { Double($0.value) },
                logit: logit.map(Double.init))
        }
        let total = study.cells.map(cost).reduce(0, +)
        let partial = zip(children, running).map { child, status -> Double in
            let taken = max(status.step - child.cell.startStep, 0)
            return cost(child.cell) * Double(taken) / Double(max(child.cell.ownSteps, 1))
        }.reduce(0, +)
        let fraction = fractionDone() + partial / max(total, 1)
        let elapsed = (ContinuousClock.now - start) / .seconds(1)
        let speed = (fraction - doneBefore) / max(elapsed, 1e-9)
        return Status(
            counts: Dictionary(grouping: states.values, by: \.self).mapValues(\.count),
            total: study.cells.count, running: running, fraction: min(fraction, 1),
            elapsed: elapsed,
            remaining: fraction - doneBefore > 0.01 ? max(1 - fraction, 0) / speed : nil,
            ended: ended)
    }

    private func cost(_ cell: Study.Cell) -> Double {
        cell.configuration.flopsPerStep * Double(cell.ownSteps)
    }

    private func fractionDone() -> Double {
        let done = study.cells.filter {
            [.finished, .diverged, .failed].contains(states[$0.name])
        }.map(cost).reduce(0, +)
        return done / max(study.cells.map(cost).reduce(0, +), 1)
    }
}
