public import Formats
import Foundation
import OrderedCollections

/// Finds the logs under a path and reads them as runs.
///
/// ```swift
/// for run in try LogReader.runs(at: "logs") {
///     print(run.name, run.series["train/loss"]?.last?.value ?? .nan)
/// }
/// ```
public enum LogReader {
    /// The largest text log that is read, in bytes.
    static let longest = 1 << 31
    /// Folders are searched this deep.
    private static let deepest = 6
    private static let eventPrefix = "events.out.tfevents."

    /// Reads the runs of a file or folder.
    ///
    /// - Parameter path: An event file, a table (`.csv`, `.tsv`), `.jsonl`, `trainer_state.json`, or a folder
    ///   that holds them: event files of one folder are one run.
    /// - Returns: The runs in the order of their paths.
    /// - Throws: ``FormatError`` for a path that is not there, holds no log, or is damaged.
    public static func runs(at path: String) throws(FormatError) -> [LoggedRun] {
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw .system(path, "open", code: ENOENT)
        }
        guard isFolder.boolValue else { return try runs(of: path) }
        let runs = try runs(in: path, "", 0)
        guard !runs.isEmpty else {
            throw .missing(
                path: path, name: "log",
                advice: "give event files of TensorBoard, .csv, .tsv, .jsonl or trainer_state.json")
        }
        return runs
    }

    /// Whether a file's name is that of a log.
    public static func isLog(_ name: String) -> Bool {
        name.hasPrefix(eventPrefix) || name.contains(".tfevents.") || name == "trainer_state.json"
            || [".csv", ".tsv", ".jsonl"].contains { name.hasSuffix($0) }
    }

    private static func runs(in folder: String, _ name: String, _ depth: Int) throws(FormatError)
        -> [LoggedRun]
    {
        var runs: [LoggedRun] = []
        let names = try AtomicFile.names(in: folder)
        let events = names.filter { $0.contains(".tfevents.") }
        if !events.isEmpty {
            let title = name.isEmpty ? (folder as NSString).lastPathComponent : name
            let run = try EventRunReader.run(title, events.map { folder + "/" + $0 })
            if !run.series.isEmpty { runs.append(run) }
        }
        for entry in names where !entry.hasPrefix(".") && !events.contains(entry) {
            let path = folder + "/" + entry
            var isFolder: ObjCBool = false
            guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                continue
            }
            let inner = name.isEmpty ? entry : name + "/" + entry
            if isFolder.boolValue {
                // Figures and data of reports are no logs.
                if depth < deepest, entry != "figures", entry != "checkpoints" {
                    runs += try self.runs(in: path, inner, depth + 1)
                }
            } else if isLog(entry) {
                for var run in try self.runs(of: path) {
                    if !name.isEmpty { run.name = name + "/" + run.name }
                    runs.append(run)
                }
            }
        }
        return runs
    }

    /// The runs of a file.
    private static func runs(of path: String) throws(FormatError) -> [LoggedRun] {
        let file = (path as NSString).lastPathComponent
        let title = (file as NSString).deletingPathExtension
        if file.contains(".tfevents.") { return [try EventRunReader.run(file, [path])] }
        if file.hasSuffix(".jsonl") || file.hasSuffix(".json") {
            var run = try JSONRunReader.run(title, path)
            RunSettings.add(to: &run)
            return [run]
        }
        if file.hasSuffix(".csv") || file.hasSuffix(".tsv") || file.hasSuffix(".csv.gz") {
            var runs = try TableRunReader.runs(title, path)
            // What a table says of each run itself is that.
            for index in runs.indices where runs[index].settings.isEmpty {
                RunSettings.add(to: &runs[index])
            }
            return runs
        }
        throw .unsupported(
            path: path, place: "name", found: "a file that is no known log",
            advice: "give event files of TensorBoard, .csv, .tsv, .jsonl or trainer_state.json")
    }
}
