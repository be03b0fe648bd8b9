import Ballast
import Foundation

/// When a page that shows what is still going on is written again: seldom enough to take no time.
private struct RefreshClock {
    /// Seconds between two pages, at least.
    private static let interval = 10.0
    /// The share of the time that writing may take.
    private static let share = 0.02
    private var due: ContinuousClock.Instant = .now + .seconds(2)

    /// Writes where it is time to.
    mutating func write(_ body: () throws -> Void) {
        let begin = ContinuousClock.now
        guard begin >= due else { return }
        // What goes on must not end for the sake of its page, which is written again.
        try? body()
        let taken = (ContinuousClock.now - begin) / .seconds(1)
        due = begin + .seconds(max(Self.interval, taken / Self.share))
    }
}

/// The page of a run in training.
final class RunPage {
    private let folder: RunFolder
    private var clock = RefreshClock()
    private let bundle = ReportCommand.drawingTools.bundle

    /// The page in a run's folder.
    init(of folder: RunFolder) { self.folder = folder }

    /// Writes it, where the last one is old.
    func refresh() { clock.write { try write() } }

    /// Writes the last one; what hinders it is said, and is no failure of the run.
    func finish() {
        do {
            try write()
        } catch {
            Terminal.printError("note: no report was written: \(error)")
        }
    }

    private func write() throws {
        _ = try RunReport(folder).write(
            to: folder.path, vegaBundle: bundle, python: nil, origin: .ofThisCommand())
    }
}

/// The page of a sweep in training.
final class SweepPage {
    private let folder: SweepFolder
    private var clock = RefreshClock()

    /// The page in a sweep's folder.
    init(of folder: SweepFolder) { self.folder = folder }

    private func report() throws -> SweepReport {
        SweepReport(try folder.read(), context: try SweepContext(folder))
    }

    /// Writes it without images, where the last one is old.
    func refresh() {
        clock.write {
            _ = try report().write(
                to: folder.path, vegaBundle: ReportCommand.drawingTools.bundle, python: nil,
                origin: .ofThisCommand())
        }
    }

    /// Writes the last one; what hinders it is said, and is no failure of the runs.
    ///
    /// - Returns: The sweep as read.
    /// - Throws: What reading the sweep throws.
    func finish() throws -> SweepReport {
        let report = try report()
        do {
            // Images take longer than some sweeps: `ballast report` draws them.
            _ = try report.write(
                to: folder.path, vegaBundle: ReportCommand.drawingTools.bundle, python: nil,
                origin: .ofThisCommand())
        } catch {
            Terminal.printError("note: no report was written: \(error)")
        }
        return report
    }
}
