import Formats
import Foundation

/// What stands in a folder and below: runs, studies, logs of other tools.
///
/// Links are not followed, so that nothing outside the folder is read. Hidden folders, checkpoints and figures
/// are not entered.
struct FolderTree {
    /// What a folder holds.
    struct Place {
        /// From the root; empty for the root itself.
        var path: String
        /// Event files, in order.
        var events: [String] = []
        /// Whether it is a run of ballast.
        var isRun = false
        /// Whether it holds a study's plan.
        var isStudy = false
        /// Logs in tables and JSON lines.
        var logs: [String] = []
    }

    /// Folders are searched so deep.
    private static let deepest = 8
    /// The most folders that are looked at.
    private static let most = 40_000
    private static let skipped: Set = ["checkpoints", "figures", "cache"]

    /// The folders that hold something, parents first.
    private(set) var places: [Place] = []
    /// Whether there were more folders than are looked at.
    private(set) var isCut = false
    private var seen = 0

    init(_ root: String) { enter(root, "", 0) }

    private mutating func enter(_ root: String, _ path: String, _ depth: Int) {
        seen += 1
        guard seen <= Self.most else {
            isCut = true
            return
        }
        let full = path.isEmpty ? root : root + "/" + path
        guard let names = try? AtomicFile.names(in: full) else { return }
        var place = Place(path: path)
        let present = Set(names)
        place.isRun = present.contains("config.yaml")
        place.isStudy = present.contains("sweep.json")
        // Ballast's own tables are no logs.
        let isOurs =
            place.isRun || place.isStudy || present.contains("summary.json")
            || present.contains("report.html")
        for name in names where !name.hasPrefix(".") {
            if name.contains(".tfevents."), FileKind(full + "/" + name) == .file {
                place.events.append(name)
            } else if !isOurs, FolderTree.isLog(name), FileKind(full + "/" + name) == .file {
                place.logs.append(name)
            }
        }
        if place.isRun || place.isStudy || !place.events.isEmpty || !place.logs.isEmpty {
            places.append(place)
        }
        // A run holds no other runs.
        guard depth < Self.deepest, !place.isRun || place.isStudy else { return }
        for name in names
        where !name.hasPrefix(".") && !Self.skipped.contains(name)
            && FileKind(full + "/" + name) == .folder
        {
            enter(root, path.isEmpty ? name : path + "/" + name, depth + 1)
        }
    }

    private static func isLog(_ name: String) -> Bool {
        name == "trainer_state.json" || [".csv", ".tsv", ".jsonl"].contains { name.hasSuffix($0) }
    }
}

/// What stands under a name, links not followed.
enum FileKind {
    case file, folder, other

    /// Asks the file system; nil where nothing stands.
    init?(_ path: String) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFREG: self = .file
        case S_IFDIR: self = .folder
        default: self = .other
        }
    }
}

/// When a file was written and how long it is: what changes when it does.
struct FileStamp: Hashable {
    private let seconds: Int
    private let nanoseconds: Int
    private let size: Int
    private let inode: UInt64

    /// Asks the file system; nil for what is no plain file.
    init?(_ path: String) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return nil
        }
        seconds = status.st_mtim.tv_sec
        nanoseconds = status.st_mtim.tv_nsec
        size = Int(status.st_size)
        inode = UInt64(status.st_ino)
    }

    /// The number of the file in its file system.
    var number: UInt64 { inode }
    /// Its bytes.
    var bytes: Int { size }
    /// Seconds since it was written.
    var age: Double { Date().timeIntervalSince1970 - Double(seconds) }
}

/// The files that processes hold locked.
///
/// Read from the kernel's table: to try a lock would for a moment keep a run from taking it.
struct LockTable {
    private let held: Set<UInt64>?

    /// Reads the table; unknown where there is none.
    init() {
        guard let text = try? String(contentsOfFile: "/proc/locks", encoding: .utf8) else {
            held = nil
            return
        }
        held = Set(
            text.split(separator: "\n").compactMap { line in
                let words = line.split(separator: " ")
                guard words.contains("FLOCK"), words.contains("WRITE"), !words.contains("->"),
                    let place = words.first(where: { $0.filter { $0 == ":" }.count == 2 }),
                    let number = place.split(separator: ":").last
                else { return nil }
                return UInt64(number)
            })
    }

    /// Whether a run's folder is locked by a process.
    func isHeld(_ path: String) -> Bool {
        guard let stamp = FileStamp(path) else { return false }
        return held?.contains(stamp.number) ?? (stamp.age < 60)
    }
}
