import OrderedCollections
import Runs

/// What there is, for the page: runs, studies, how they stand.
package struct Overview: Encodable, Sendable {
    /// A run in a row.
    package struct Run: Encodable, Sendable {
        package var id: Int
        package var name: String
        package var kind: String
        package var state: String
        package var step: Int
        package var steps: Int?
        /// The latest training loss.
        package var loss: Double?
        /// The validation loss after the last step.
        package var finalLoss: Double?
        package var maxLogit: Double?
        /// Seconds to its end; nil for what does not run.
        package var left: Double?
        package var tokensPerSecond: Double?
        package var diverged: String?
        package var alarms: [RunEntry.Alarm]
        package var settings: [String: String]
        package var version: Int
    }

    /// A study with its cells.
    package struct Study: Encodable, Sendable {
        /// A cell of the grid.
        package struct Cell: Encodable, Sendable {
            package var name: String
            package var settings: [String: String]
            /// Its run; nil before it has begun.
            package var run: Int?
            /// Whether an earlier attempt failed before it left a run.
            package var steps: Int
        }
        package var id: Int
        package var name: String
        package var title: String
        package var axes: [String]
        package var cells: [Cell]
        package var verdicts: [String: String]
        package var pages: [String]
    }

    package var root: String
    package var version: Int
    package var runs: [Run]
    package var studies: [Study]
    /// Whether there is more than is shown.
    package var isCut: Bool
    /// Whether all that stands there was read.
    package var isRead: Bool
    /// The keys in which the settings of runs differ.
    package var keys: [String]

    init(
        root: String, version: Int, runs: [Run], studies: [Study], isCut: Bool, isRead: Bool
    ) {
        self.root = root
        self.version = version
        self.studies = studies
        self.isCut = isCut
        self.isRead = isRead
        let differing = Self.differingKeys(runs.map(\.settings))
        keys = differing.sorted()
        // What all runs have in common is no column of a table.
        self.runs = runs.map { run in
            var run = run
            run.settings = run.settings.filter { differing.contains($0.key) }
            return run
        }
    }

    /// The keys that not all have, or of which they have different values.
    static func differingKeys(_ all: [[String: String]]) -> Set<String> {
        guard let first = all.first else { return [] }
        var differing: Set<String> = []
        for settings in all.dropFirst() {
            for (key, value) in settings where first[key] != value { differing.insert(key) }
            for key in first.keys where settings[key] == nil { differing.insert(key) }
        }
        return differing
    }
}

extension Overview.Run {
    init(_ run: RunEntry) {
        let curves = run.curves
        let finite = { (value: Double?) in value.flatMap { $0.isFinite ? $0 : nil } }
        let left: Double? =
            if let speed = run.speed, let steps = run.steps {
                Double(max(steps - run.step, 0)) / speed
            } else {
                nil
            }
        let logits = curves.filter { $0.key.hasPrefix("attn/") && $0.key.hasSuffix("/max_logit") }
            .compactMap { $0.value.last?.value }
        self.init(
            id: run.id, name: run.name, kind: run.kind, state: run.state, step: run.step,
            steps: run.steps, loss: finite(curves["train/loss"]?.last?.value),
            finalLoss: finite(run.result?.finalLoss ?? curves["val/loss"]?.last?.value),
            maxLogit: finite(run.result?.maxAttentionLogit ?? logits.max()), left: left,
            tokensPerSecond: finite(
                run.result?.tokensPerSecond ?? curves["throughput/tokens_per_second"]?.last?.value),
            diverged: run.result.flatMap { result in
                result.diverged
                    ? "step \(result.divergedStep ?? result.stepsDone)"
                        + (result.divergedTensor.map { ", \($0)" } ?? "") : nil
            },
            alarms: run.alarms, settings: run.settings, version: run.version)
    }
}

extension Overview.Study {
    /// A study whose plan could be read.
    init?(_ study: StudyEntry, _ runs: [String: Int]) {
        guard let plan = study.plan else { return nil }
        self.init(
            id: study.id, name: study.name, title: plan.name, axes: plan.axes,
            cells: plan.cells.map { cell in
                Cell(
                    name: cell.name,
                    settings: Dictionary(
                        uniqueKeysWithValues: cell.settings.map { ($0, $1.words($0)) }),
                    run: runs[Self.place(StudyEntry.folder(of: cell), from: study.name)],
                    steps: cell.steps)
            }, verdicts: study.verdicts, pages: study.pages)
    }

    /// A folder from the root, given from a study.
    static func place(_ folder: String, from study: String) -> String {
        var parts = study == "." ? [] : study.split(separator: "/").map(String.init)
        for part in folder.split(separator: "/") {
            if part == ".." {
                guard !parts.isEmpty else { return "" }
                parts.removeLast()
            } else if part != "." {
                parts.append(String(part))
            }
        }
        return parts.joined(separator: "/")
    }
}

extension SettingValue {
    /// The value of a key in words.
    func words(_ key: String) -> String {
        switch self {
        case .flag(let value): "\(value)"
        case .number(let value): Settings.text(value, key)
        case .text(let value): value
        }
    }
}

/// A run with all that is known of it.
package struct RunDetail: Encodable, Sendable {
    var id: Int
    var name: String
    var kind: String
    var state: String
    var settings: [String: String]
    var tags: [String]
    var alarms: [RunEntry.Alarm]
    var notes: [String]

    init(_ run: RunEntry) {
        id = run.id
        name = run.name
        kind = run.kind
        state = run.state
        settings = run.settings
        tags = Array(run.curves.keys)
        alarms = run.alarms
        notes = run.notes
    }
}
