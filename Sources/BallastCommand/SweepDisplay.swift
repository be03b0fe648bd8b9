import Ballast
import Foundation

/// How a sweep stands, while it runs.
final class SweepDisplay {
    private let study: Study
    private let jobs: Int
    private let isSilent: Bool
    private var lines = 0
    private var lastLine = ContinuousClock.now

    init(_ study: Study, jobs: Int, isSilent: Bool) {
        self.study = study
        self.jobs = jobs
        self.isSilent = isSilent
        if !isSilent {
            let runs = NumberText.count(study.cells.count, "run")
            Terminal.line("\(study.name): \(runs), \(jobs) at a time")
        }
    }

    /// A sign for a state.
    static func mark(_ state: CellState) -> String {
        switch state {
        case .finished: "✓"
        case .diverged: "○"
        case .failed: "✗"
        case .running: "▸"
        case .interrupted: "…"
        case .missing: " "
        }
    }

    /// Shows a status.
    func show(_ status: SweepExecutor.Status) {
        if isSilent { return }
        erase()
        for (name, state, loss) in status.ended {
            let end = loss.map { "  loss \(NumberText.loss($0))" } ?? ""
            Terminal.line("\(Self.mark(state)) \(state.rawValue)  \(name)\(end)")
        }
        if Terminal.isInteractive {
            draw(status)
        } else if ContinuousClock.now - lastLine >= .seconds(10) {
            lastLine = .now
            Terminal.line(overall(status))
            for running in status.running { Terminal.line("  " + line(running)) }
        }
    }

    /// Takes the live lines away.
    func end() { if !isSilent { erase() } }

    private func erase() {
        guard Terminal.isInteractive, lines > 0 else { return }
        Terminal.write("\u{1B}[\(lines)A\u{1B}[J")
        lines = 0
    }

    private func draw(_ status: SweepExecutor.Status) {
        let width = Terminal.width - 1
        var text = [overall(status)]
        let cells = min(max(width - 8, 10), 60)
        let full = Int(clamped: status.fraction * Double(cells))
        let percent = Int(clamped: status.fraction * 100)
        text.append(
            String(repeating: "█", count: full) + String(repeating: "░", count: cells - full)
                + " \(percent)%")
        text += status.running.map { "▸ " + line($0) }
        Terminal.write(text.map { String($0.prefix(width)) + "\n" }.joined())
        lines = text.count
    }

    private func overall(_ status: SweepExecutor.Status) -> String {
        let done = status.counts[.finished, default: 0] + status.counts[.diverged, default: 0]
        let others = [CellState.diverged, .failed].compactMap { state -> String? in
            let count = status.counts[state, default: 0]
            return count == 0 ? nil : "\(count) \(state.rawValue)"
        }
        let remaining = status.remaining.map { ", about \(Terminal.time($0)) left" } ?? ""
        return "\(study.name)  \(done) of \(status.total) done"
            + (others.isEmpty ? "" : " (\(others.joined(separator: ", ")))")
            + "  \(Terminal.time(status.elapsed)) elapsed\(remaining)"
    }

    private func line(_ running: SweepExecutor.Status.Running) -> String {
        let loss = running.loss.map { "  loss \(NumberText.loss($0))" } ?? ""
        let logit = running.logit.map { "  max_logit \(Terminal.number($0))" } ?? ""
        return "\(running.name)  step \(running.step)/\(running.steps)\(loss)\(logit)"
    }
}
