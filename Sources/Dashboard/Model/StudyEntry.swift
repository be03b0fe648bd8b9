import Foundation
import Runs

/// A sweep or a study as it is known now.
struct StudyEntry {
    /// Its number, which never changes while the server runs.
    let id: Int
    /// Its folder from the root; `.` for the root itself.
    let name: String
    /// Where it stands.
    let path: String
    /// What is swept; nil while it cannot be read.
    private(set) var plan: SweepFolder.Plan?
    /// Verdicts of commands that wrote one, by the names of their files.
    private(set) var verdicts: [String: String] = [:]
    /// Pages that stand there.
    private(set) var pages: [String] = []
    /// Raised with each change that people see.
    private(set) var version = 0
    private var stamps: [String: FileStamp] = [:]

    /// The longest plan or result that is read, in bytes.
    private static let longest = 1 << 26

    init(id: Int, name: String, path: String) {
        self.id = id
        self.name = name
        self.path = path
    }

    /// Where the run of a cell stands, from the study's folder.
    static func folder(of cell: SweepFolder.Plan.Cell) -> String {
        cell.folder ?? "cells/" + cell.name
    }

    /// Reads what is new.
    mutating func refresh() {
        if hasChanged("sweep.json"), let plan = try? SweepFolder(path).readPlan() {
            self.plan = plan
            version += 1
        }
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else { return }
        let pages = names.filter { $0.hasSuffix(".html") }.sorted()
        if pages != self.pages {
            self.pages = pages
            version += 1
        }
        for name in names
        where name.hasSuffix(".json") && name != "sweep.json" && name != "summary.json"
            && hasChanged(name)
        {
            let verdict = Self.verdict(path + "/" + name)
            guard verdict != verdicts[name] else { continue }
            verdicts[name] = verdict
            version += 1
        }
    }

    private mutating func hasChanged(_ name: String) -> Bool {
        guard let stamp = FileStamp(path + "/" + name), stamp.bytes <= Self.longest,
            stamps[name] != stamp
        else { return false }
        stamps[name] = stamp
        return true
    }

    private static func verdict(_ path: String) -> String? {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)),
            let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
            let verdict = object["verdict"] as? String, verdict.count < 40
        else { return nil }
        return verdict
    }
}
