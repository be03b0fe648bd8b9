import ArgumentParser
import Ballast
import Foundation
import Slurm

/// `ballast sweep status`.
struct SweepStatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract:
            "Show the status of a sweep, from its folders and, where --slurm submitted it, the queue."
    )

    @Argument(help: "The sweep's folder.")
    var folder: String

    @Flag(help: "Refresh every two seconds until every run has a result.")
    var watch = false

    @OptionGroup var layout: TextOptions

    @Flag(help: "Print one line of JSON.")
    var json = false

    func validate() throws {
        if watch && json { throw ValidationError("--watch is interactive: leave --json out") }
    }

    func run() throws {
        if json { return print(try SweepStatus(folder).json) }
        guard watch else { return Terminal.write(try text(SweepStatus(folder))) }
        Signals.listen()
        let queue = SweepQueue(every: 15)
        while true {
            let status = try SweepStatus(folder, queue)
            // What goes on must not scroll out of sight.
            let room = Terminal.isInteractive ? max(Terminal.height - 6, 4) : nil
            let text = try text(status, rows: room)
            Terminal.write(Terminal.isInteractive ? "\u{1B}[H\u{1B}[2J" + text : text + "\n")
            if status.isDone { return }
            for _ in 0..<20 where Signals.stop == nil { Thread.sleep(forTimeInterval: 0.1) }
            if Signals.stop != nil { return }
        }
    }

    private func text(_ status: SweepStatus, rows: Int? = nil) throws -> String {
        status.headline + "\n\n"
            + status.table(rows: rows).text(
                columns: layout.columns, usesColour: Terminal.usesColour) + "\n"
            + (status.problems + status.notes).map { $0 + "\n" }.joined()
    }
}

/// How a sweep stands, as read from its folders.
struct SweepStatus {
    /// A run.
    struct Row {
        var name: String
        var state: CellState
        /// Steps taken, as far as they are recorded; nil before the first.
        var step: Int?
        /// Steps to take.
        var steps: Int
        /// The final loss, else the latest of training.
        var loss: Double?
        /// Seconds to its end at the speed of its session; nil where it does not run.
        var left: Double?
        /// Steps a second.
        var speed: Double?
        /// Why it has failed.
        var problem: String?
        /// The task of a job array that trains it, or will.
        var task: Queue.Task?

        /// Whether it has a result.
        var isDone: Bool { state == .finished || state == .diverged }

        /// Whether it is neither done nor in training, and a task of the queue has it; a task trains one run after
        /// another.
        var isQueued: Bool { task != nil && !isDone && state != .running }

        /// What a person reads of its state: that of its folder, or of the queue where that says more.
        var stateText: String {
            guard let task, isQueued else { return state.rawValue }
            return task.isOnNode ? "pending" : task.state.lowercased()
        }
    }

    private let name: String
    private let rows: [Row]
    /// What the queue did not say.
    let notes: [String]

    /// Reads the folders, and the queue of those that Slurm trains.
    init(_ path: String, _ queue: SweepQueue = SweepQueue(every: 0)) throws {
        let plan = try SweepFolder(path).readPlan()
        let submissions = SubmissionFolder(of: path, plan)
        let live = queue.tasks(submissions)
        notes = queue.notes
        let sweep = SweepFolder(path, plan: plan)
        name = plan.name
        rows = plan.cells.map { cell in
            var row = Row(name: cell.name, state: sweep.state(of: cell.name), steps: cell.steps)
            let folder = sweep.cell(cell.name)
            row.task = live[submissions.place(folder)]
            // Files that cannot be read are that run's alone, whose problem says it.
            if row.state == .failed { row.problem = sweep.problem(of: cell.name) }
            if let result = (try? folder.readResult()) ?? nil {
                row.step = result.stepsDone
                row.loss = result.diverged ? nil : result.finalLoss
            } else if folder.exists, let log = try? EventLog.read(folder: folder.path) {
                row.read(log)
            }
            return row
        }
    }

    /// Whether every run has a result.
    var isDone: Bool { rows.allSatisfy(\.isDone) }

    /// How many are done, and when the rest is.
    var headline: String {
        let done = rows.count(where: \.isDone)
        let others = [CellState.diverged, .failed, .running, .interrupted].compactMap { state in
            let count = rows.count { $0.state == state && !$0.isQueued }
            return count == 0 ? nil : "\(count) \(state.rawValue)"
        }
        let queued = rows.count(where: \.isQueued)
        let speed = rows.compactMap(\.speed).reduce(0, +)
        let open = rows.filter { $0.state != .finished && $0.state != .diverged }
        let steps = open.reduce(0) { $0 + max($1.steps - ($1.step ?? 0), 0) }
        let left = speed > 0 ? ", about \(Terminal.time(Double(steps) / speed)) left" : ""
        let states = others + (queued == 0 ? [] : ["\(queued) in the queue"])
        return "\(name): \(done) of \(rows.count) runs done"
            + (states.isEmpty ? "" : " (\(states.joined(separator: ", ")))") + left
    }

    /// The runs, a row each.
    ///
    /// - Parameter count: How many there is room for; of more, those that fail, run or wait stand before those that
    ///   are done.
    /// - Returns: The table, which says how many more there are.
    func table(rows count: Int? = nil) -> Table {
        let order: [CellState] = [
            .failed, .running, .interrupted, .missing, .diverged, .finished,
        ]
        let places = rows.indices.sorted {
            (order.firstIndex(of: rows[$0].state) ?? 0, $0)
                < (order.firstIndex(of: rows[$1].state) ?? 0, $1)
        }
        let shown = places.prefix(count ?? rows.count).sorted().map { rows[$0] }
        let rest = rows.count - shown.count
        let hasQueue = rows.contains { $0.task != nil && !$0.isDone }
        let columns: [Table.Column] = [
            .word("state"), .word("run"), .number("step", priority: 1), .number("loss"),
            .number("left", priority: 2),
        ]
        return Table(
            columns + (hasQueue ? [.word("queue")] : []),
            shown.map { row in
                let state = row.isQueued ? .missing : row.state
                let style: Table.Cell.Style =
                    switch state {
                    case .diverged, .failed: .alarm
                    case .missing: .muted
                    case .finished, .running, .interrupted: .plain
                    }
                let cells: [Table.Cell] = [
                    .init("\(SweepDisplay.mark(state)) \(row.stateText)", style),
                    .init(row.name),
                    .init(row.step.map { "\($0)/\(row.steps)" } ?? "-"),
                    .init(row.loss.map { NumberText.loss($0) } ?? "-"),
                    .init(row.left.map(Terminal.time) ?? ""),
                ]
                let task = row.isDone ? nil : row.task
                return cells + (hasQueue ? [.init(task?.text ?? "")] : [])
            }, note: rest > 0 ? "and \(NumberText.count(rest, "run")) more" : nil)
    }

    /// Why runs have failed, a line each.
    var problems: [String] {
        rows.filter { $0.task == nil }.compactMap { row in
            row.problem.map { "failed: \(row.name): \($0)" }
        }
    }

    /// The same for programs.
    var json: String {
        get throws {
            let running: [[String: Any]] = rows.filter { $0.state == .running }.map { row in
                var entry: [String: Any] = ["name": row.name, "steps": row.steps]
                entry["step"] = row.step
                entry["loss"] = row.loss.flatMap { $0.isFinite ? $0 : nil }
                entry["seconds_left"] = row.left
                return entry
            }
            let cells = rows.map { row in
                var cell = ["name": row.name, "state": row.state.rawValue]
                if let task = row.task, !row.isDone {
                    cell["queue"] = task.state.lowercased()
                    cell["job"] = "\(task.job)_\(task.index)"
                    if !task.node.isEmpty { cell["node"] = task.node }
                }
                return cell
            }
            let data = try JSONSerialization.data(
                withJSONObject: ["name": name, "cells": cells, "running": running] as [String: Any],
                options: [.sortedKeys, .withoutEscapingSlashes])
            return String(decoding: data, as: UTF8.self)
        }
    }
}

extension SweepStatus.Row {
    /// Takes what a log says.
    fileprivate mutating func read(_ log: EventLog) {
        guard let points = log.series[Metric.trainLoss.tag], let last = points.last else { return }
        step = last.step
        loss = Double(last.value)
        guard state == .running, let file = log.files.last, let begin = file.firstWallTime else {
            return
        }
        let first = file.sessionStart ?? 0
        let seconds = last.wallTime - begin
        guard seconds > 0, last.step > first else { return }
        let rate = Double(last.step - first) / seconds
        speed = rate
        left = Double(max(steps - last.step, 0)) / rate
    }
}
