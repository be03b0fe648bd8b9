import Foundation
import Import
import OrderedCollections
import Runs

/// What a folder contains, read while others write it; it writes nothing.
///
/// ```swift
/// let model = DashboardModel(root: "runs")
/// await model.refresh()
/// let overview = await model.overview()
/// ```
package actor DashboardModel {
    /// The folder, links resolved.
    package nonisolated let root: String

    private var runs: [RunEntry] = []
    private var studies: [StudyEntry] = []
    private var runNumbers: [String: Int] = [:]
    private var studyNumbers: [String: Int] = [:]
    private var logStamps: [String: FileStamp] = [:]
    private var eventNames: [Int: [String]] = [:]
    private var gone: Set<Int> = []
    private var tree: FolderTree?
    private var treeAge = ContinuousClock.now
    private var isCut = false
    /// Raised with each change of the overview.
    private(set) var version = 0

    /// Events of a run that are read before others have their turn.
    private static let share = 20_000
    /// How long one pass may take before those who ask are served.
    private static let patience = Duration.milliseconds(150)
    /// The most runs that are kept.
    private static let mostRuns = 20_000
    private var next = 0
    /// Runs whose curves somebody waits for.
    private var wanted: Set<Int> = []

    /// A model of a folder; nothing is read yet.
    package init(root: String) {
        let resolved = unsafe realpath(root, nil)
        defer { unsafe free(resolved) }
        self.root = unsafe resolved.map { unsafe String(cString: $0) } ?? root
    }

    /// Reads what is new, for a while; whoever asks meanwhile sees what was read before.
    ///
    /// - Returns: Whether all that stands there was read.
    @discardableResult
    package func refresh() -> Bool {
        let begin = ContinuousClock.now
        if tree == nil || begin >= treeAge {
            discover()
            // Walking the folders takes at most a tenth of the time.
            let taken = ContinuousClock.now - begin
            treeAge = .now + max(.seconds(1), taken * 10)
        }
        let locks = LockTable()
        for index in studies.indices {
            let before = studies[index].version
            studies[index].refresh()
            if studies[index].version != before { version += 1 }
        }
        // What somebody waits for first, then runs in training, the others in turn.
        var isComplete = true
        for index in wanted.sorted() {
            isComplete = read(index, locks) && isComplete
            if runs[index].isRead { wanted.remove(index) }
            if ContinuousClock.now - begin > Self.patience { return false }
        }
        for index in runs.indices where runs[index].state == "running" {
            isComplete = read(index, locks) && isComplete
        }
        let count = runs.count
        for offset in 0..<count {
            let index = (next + offset) % count
            guard runs[index].state != "running" else { continue }
            isComplete = read(index, locks) && isComplete
            if ContinuousClock.now - begin > Self.patience, offset + 1 < count {
                next = (index + 1) % count
                return false
            }
        }
        return isComplete && examine(until: begin + Self.patience * 2)
    }

    private func read(_ index: Int, _ locks: LockTable) -> Bool {
        let before = runs[index].version
        runs[index].refresh(events: eventNames[index] ?? [], locks: locks, most: Self.share)
        if runs[index].version != before { version += 1 }
        return runs[index].isRead
    }

    private func examine(until end: ContinuousClock.Instant) -> Bool {
        for index in runs.indices where runs[index].isUnexamined {
            let before = runs[index].version
            runs[index].examine()
            if runs[index].version != before { version += 1 }
            if ContinuousClock.now > end { return false }
        }
        return true
    }

    private func discover() {
        let tree = FolderTree(root)
        self.tree = tree
        isCut = tree.isCut
        var present: Set<Int> = []
        for place in tree.places {
            let full = place.path.isEmpty ? root : root + "/" + place.path
            let name = place.path.isEmpty ? "." : place.path
            if place.isStudy, studyNumbers[name] == nil {
                studyNumbers[name] = studies.count
                studies.append(StudyEntry(id: studies.count, name: name, path: full))
                version += 1
            }
            if place.isRun || !place.events.isEmpty {
                let kind = place.isRun && isOurs(full) ? "ballast" : "tensorboard"
                guard kind == "ballast" || !place.events.isEmpty,
                    let number = number(name, full, kind)
                else { continue }
                eventNames[number] = place.events
                present.insert(number)
            }
            for log in place.logs { readLog(log, place.path, &present) }
        }
        let lost = Set(runs.indices).subtracting(present)
        if lost != gone {
            gone = lost
            version += 1
        }
    }

    /// Whether a folder with a configuration is one of ours, and not W&B's or another tool's.
    private func isOurs(_ path: String) -> Bool {
        ["manifest.json", "result.json", "cell.yaml", "lock"].contains {
            FileStamp(path + "/" + $0) != nil
        }
    }

    private func number(_ name: String, _ path: String, _ kind: String) -> Int? {
        if let number = runNumbers[name] { return number }
        guard runs.count < Self.mostRuns else {
            isCut = true
            return nil
        }
        runNumbers[name] = runs.count
        runs.append(RunEntry(id: runs.count, name: name, path: path, kind: kind))
        version += 1
        return runs.count - 1
    }

    /// Reads a table or JSON lines as a whole, where it has changed.
    private func readLog(_ file: String, _ folder: String, _ present: inout Set<Int>) {
        let name = folder.isEmpty ? file : folder + "/" + file
        let path = root + "/" + name
        let kind = (file as NSString).pathExtension
        guard let stamp = FileStamp(path), stamp.bytes <= 1 << 28 else { return }
        if logStamps[name] != stamp {
            logStamps[name] = stamp
            // A table that is no log is none.
            for run in (try? LogReader.runs(at: path)) ?? [] where !run.series.isEmpty {
                guard let number = number(logName(name, run), path, kind) else { return }
                runs[number].take(run)
                version += 1
            }
        }
        for (key, number) in runNumbers where key == name || key.hasPrefix(name + "#") {
            present.insert(number)
        }
    }

    private func logName(_ name: String, _ run: LoggedRun) -> String {
        let title = ((name as NSString).lastPathComponent as NSString).deletingPathExtension
        return run.name == title ? name : name + "#" + run.name
    }

    /// The runs and studies as they are known now.
    package func overview() -> Overview {
        let shown = runs.filter { !gone.contains($0.id) }
        let places = Dictionary(
            shown.map { ($0.name, $0.id) }, uniquingKeysWith: { first, _ in first })
        return Overview(
            root: root, version: version, runs: shown.map { Overview.Run($0) },
            studies: studies.compactMap { Overview.Study($0, places) }, isCut: isCut,
            isRead: shown.allSatisfy(\.isRead))
    }

    /// One run with all of its settings and tags; nil where there is none of that number.
    package func run(_ id: Int) -> RunDetail? {
        runs.indices.contains(id) && !gone.contains(id) ? RunDetail(runs[id]) : nil
    }

    /// A curve as it is now; nil where there is none.
    package func curve(_ tag: String, of id: Int) -> Curve? {
        guard runs.indices.contains(id), !gone.contains(id) else { return nil }
        if !runs[id].isRead { wanted.insert(id) }
        return runs[id].curves[tag]
    }

    /// The tags of all runs, losses first.
    package func tags() -> [String] {
        var counts: OrderedDictionary<String, Int> = [:]
        for run in runs where !gone.contains(run.id) {
            for tag in run.curves.keys { counts[tag, default: 0] += 1 }
        }
        return counts.keys.sorted { (Self.rank($0), $0) < (Self.rank($1), $1) }
    }

    /// What people look at first.
    private static func rank(_ tag: String) -> Int {
        let first = ["train/", "val/", "eval/", "optim/", "attn/", "out/"]
        if let place = first.firstIndex(where: tag.hasPrefix), !tag.contains("/head/") {
            return place
        }
        return first.count + (tag.hasPrefix("norm/") || tag.hasPrefix("act/") ? 0 : 1)
    }
}
