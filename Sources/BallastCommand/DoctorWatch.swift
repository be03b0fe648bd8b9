import Ballast
import Doctor
import Foundation
import Import

/// `ballast doctor --watch`: looks again whenever the logs have changed.
struct DoctorWatch {
    /// Reading takes at most this part of the time.
    private static let share = 0.1

    private let command: DoctorCommand

    init(_ command: DoctorCommand) { self.command = command }

    /// Prints each finding when it appears or goes, until the runs are over or somebody stops it.
    ///
    /// - Returns: What was said last; nobody where no log appeared.
    func run() throws -> Diagnosis {
        Signals.listen()
        var last: Diagnosis?
        var complaint: String?
        var stamp: LogStamp?
        while true {
            let began = Date()
            let present = LogStamp(command.paths)
            if present != stamp {
                stamp = present
                do {
                    let (diagnosis, step, isOver) = try command.examine()
                    show(diagnosis, since: last, step)
                    last = diagnosis
                    complaint = nil
                    if isOver {
                        Terminal.line("the run is over: \(words(diagnosis.verdict))")
                        return diagnosis
                    }
                } catch let error as FormatError {
                    // A log that is being begun or replaced reads the next time.
                    if complaint != error.description { Terminal.line("waiting: \(error)") }
                    complaint = error.description
                }
            }
            let pause = max(command.interval, Date().timeIntervalSince(began) / Self.share)
            let end = Date().addingTimeInterval(pause)
            while Date() < end, Signals.stop == nil { Thread.sleep(forTimeInterval: 0.05) }
            if Signals.stop != nil { return last ?? Diagnosis() }
        }
    }

    private func show(_ diagnosis: Diagnosis, since last: Diagnosis?, _ step: Int?) {
        let place = step.map { "step \($0)" } ?? "now"
        if last == nil {
            let names = diagnosis.patients.prefix(8).map(\.name).joined(separator: ", ")
            Terminal.line(
                "\(place): watching \(names)\(diagnosis.patients.count > 8 ? ", ..." : "")"
                    + (diagnosis.verdict == .findings ? "" : "; \(words(diagnosis.verdict))"))
        }
        for change in diagnosis.changes(since: last) {
            switch change.kind {
            case .appeared:
                Terminal.line("\(place): \(change.patient)")
                Terminal.write(Diagnosis.text(change.finding, columns: Terminal.columns))
            case .gone:
                Terminal.line(
                    "\(place): \(change.patient): gone: "
                        + "\(change.finding.severity.rawValue.uppercased()) \(change.finding.pathology)"
                )
            }
        }
    }

    private func words(_ verdict: Diagnosis.Verdict) -> String {
        switch verdict {
        case .quiet: "quiet"
        case .findings: "findings that call for a change"
        case .cannotSay: "nothing found, and not all could be examined"
        }
    }
}

/// Sizes and times of the files under some paths, by which a change is told.
private struct LogStamp: Equatable {
    private var entries: [String: [Double]] = [:]

    init(_ paths: [String]) {
        let files = FileManager.default
        for path in paths {
            add(path)
            guard let names = files.enumerator(atPath: path) else { continue }
            for case let name as String in names { add(path + "/" + name) }
        }
    }

    private mutating func add(_ path: String) {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else {
            return
        }
        let size = (attributes[.size] as? NSNumber)?.doubleValue ?? 0
        let time = (attributes[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
        entries[path] = [size, time]
    }
}
