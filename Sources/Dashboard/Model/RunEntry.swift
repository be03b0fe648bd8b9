import Doctor
import Formats
import Foundation
import Import
import OrderedCollections
import Runs

/// A run as it is known now.
package struct RunEntry {
    /// Its number, which never changes while the server runs.
    let id: Int
    /// Its folder or file from the root; for one of several runs of a table, with its name behind `#`.
    let name: String
    /// Where it stands.
    let path: String
    /// What wrote it: `ballast`, `tensorboard`, or the ending of a log.
    let kind: String
    /// The settings of its configuration.
    var settings: [String: String] = [:]
    /// `running`, `finished`, `diverged`, `failed`, `interrupted`, or `logged` for the runs of other tools.
    var state = "logged"
    /// What it came to.
    var result: RunResult?
    /// What is wrong with it, the worst first.
    var alarms: [Alarm] = []
    /// Raised with each change that people see.
    private(set) var version = 0
    /// What could not be read.
    private(set) var notes: [String] = []

    private var tail: EventTail?
    /// The curves of a log that is read as a whole.
    private var table: OrderedDictionary<String, Curve> = [:]
    private var stamps: [String: FileStamp] = [:]
    private var examined = -1
    /// Whether all of its log was read.
    private(set) var isRead = false

    /// A finding of the doctor.
    package struct Alarm: Encodable, Hashable, Sendable {
        package var name: String
        var severity: String
        var place: String?
        var step: Int?
        var evidence: String
        var change: String?
        var source: String?
    }

    init(id: Int, name: String, path: String, kind: String) {
        self.id = id
        self.name = name
        self.path = path
        self.kind = kind
        if kind == "ballast" || kind == "tensorboard" { tail = EventTail(folder: path) }
    }

    /// The curves by tag.
    var curves: OrderedDictionary<String, Curve> { tail?.curves ?? table }

    /// The last step that was logged.
    var step: Int {
        result?.stepsDone ?? tail?.lastStep ?? table.values.compactMap { $0.last?.step }.max() ?? 0
    }

    /// Steps asked for.
    var steps: Int? { result?.steps ?? settings["steps"].flatMap(Int.init) }

    /// Steps a second of the newest session; nil for what does not run.
    var speed: Double? {
        guard state == "running", let session = tail?.session, let last = tail?.lastStep else {
            return nil
        }
        let seconds = session.lastTime - session.firstTime
        guard seconds > 0, last > session.firstStep else { return nil }
        return Double(last - session.firstStep) / seconds
    }

    /// Reads what is new.
    ///
    /// - Parameters:
    ///   - events: The event files that stand there.
    ///   - locks: The files that processes hold.
    ///   - most: The most events to read now.
    mutating func refresh(events: [String], locks: LockTable, most: Int) {
        let before = (tail?.version ?? 0, state, result == nil, settings.count)
        if kind == "ballast" { readFolder(locks) }
        if kind == "tensorboard", hasChanged("config.yaml") {
            settings = Settings.read(path + "/config.yaml")
        }
        if tail != nil {
            isRead = tail?.refresh(events, most: most) ?? true
            // Descriptors are few: only what grows stays open.
            if isRead, state != "running" { tail?.close() }
            if state == "logged", let last = tail?.session?.lastTime,
                Date().timeIntervalSince1970 - last < 60
            {
                state = "running"
            } else if kind == "tensorboard" {
                state = "logged"
            }
        }
        let after = (tail?.version ?? 0, state, result == nil, settings.count)
        if before != after { version += 1 }
    }

    private mutating func hasChanged(_ name: String) -> Bool {
        guard let stamp = FileStamp(path + "/" + name), stamps[name] != stamp else { return false }
        stamps[name] = stamp
        return true
    }

    private mutating func readFolder(_ locks: LockTable) {
        let folder = RunFolder(path)
        if hasChanged("config.yaml") { settings = Settings.read(folder.configuration) }
        if hasChanged("result.json") {
            // One that is being replaced, or damaged, is none.
            result = (try? folder.readResult()) ?? nil
        } else if result != nil, FileStamp(folder.result) == nil {
            result = nil
        }
        if let result {
            state = result.diverged ? "diverged" : "finished"
        } else if locks.isHeld(folder.lock) {
            state = "running"
        } else if FileStamp(path + "/failed.txt") != nil {
            state = "failed"
        } else {
            state = "interrupted"
        }
    }

    /// Takes the curves of a log that was read as a whole.
    mutating func take(_ run: LoggedRun) {
        var curves: OrderedDictionary<String, Curve> = [:]
        for (tag, points) in run.series {
            var curve = Curve()
            for point in points { curve.append(step: point.step, value: Float(point.value)) }
            curves[tag] = curve
        }
        table = curves
        settings = Dictionary(
            run.settings.map { ($0.key, Settings.number($0.value)) }, uniquingKeysWith: { $1 })
        notes = run.notes
        isRead = true
        version += 1
    }

    /// Whether the doctor has not seen what is there now.
    var isUnexamined: Bool { isRead && examined != version }

    /// Asks the doctor, who knows nothing of most tags.
    mutating func examine() {
        var run = LoggedRun(name: name, sources: [])
        let families = ["attn/", "out/", "range/", "ratio/", "norm/gradient/", "train/", "optim/"]
        for (tag, curve) in curves where families.contains(where: tag.hasPrefix) {
            for place in curve.places(buckets: 400) {
                run.add(tag, step: Int(curve.steps[place]), value: Double(curve.values[place]))
            }
        }
        let epsilon = settings["optimizer.epsilon"].flatMap(Double.init)
        let patient = DoctorCase(run, epsilon: epsilon)
        var found: [DoctorFinding] = []
        // Thinned curves have no single steps.
        let left = ["loss_spikes", "bad_batch", "data_order_lost"]
        for pathology in Pathology.all where !left.contains(pathology.name) {
            if case .findings(let findings) = pathology.examine(patient) { found += findings }
        }
        let order: [DoctorFinding.Severity] = [.alarm, .warning, .note]
        let alarms = found.filter { $0.severity != .note }.sorted {
            (order.firstIndex(of: $0.severity) ?? 3) < (order.firstIndex(of: $1.severity) ?? 3)
        }.map { finding in
            Alarm(
                name: finding.pathology, severity: finding.severity.rawValue,
                place: finding.place, step: finding.step, evidence: finding.evidence,
                change: finding.change, source: finding.source)
        }
        if alarms != self.alarms {
            self.alarms = alarms
            version += 1
        }
        examined = version
    }
}
