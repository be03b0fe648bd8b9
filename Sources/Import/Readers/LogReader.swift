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
    /// How many files of a folder that are no logs are listed.
    private static let listed = 20
    /// Folders are searched this deep.
    private static let deepest = 6
    private static let eventPrefix = "events.out.tfevents."

    /// What a person says of logs.
    public struct Options: Sendable, Hashable {
        /// Patterns of lines; where there are some, text logs are read by them alone.
        public var patterns: [LinePattern]
        /// Names of metrics beside those of ``MetricNames``.
        public var names: MetricAliases

        /// What a person says, which may be nothing.
        public init(patterns: [LinePattern] = [], names: MetricAliases = MetricAliases()) {
            self.patterns = patterns
            self.names = names
        }
    }

    /// What may be given.
    static let known = """
        give event files of TensorBoard, .csv, .tsv, .jsonl, trainer_state.json, .wandb or the text that nanoGPT, \
        build-nanogpt, llm.c, modded-nanogpt, Megatron, torchtitan, OLMo-core or Hugging Face's Trainer print
        """

    /// Reads the runs of a file or folder.
    ///
    /// - Parameters:
    ///   - path: An event file, a table (`.csv`, `.tsv`), `.jsonl`, `trainer_state.json`, `.wandb`, a text log, or
    ///     a folder that holds them: event files of one folder are one run, and text (`.log`, `.txt`, `.out`)
    ///     beside other logs is what the same run printed, and is not read.
    ///   - options: What a person says of them.
    /// - Returns: The runs in the order of their paths.
    /// - Throws: `FormatError` for a path that is not there, holds no log, or is damaged.
    public static func runs(
        at path: String, options: Options = Options()
    ) throws(FormatError) -> [LoggedRun] {
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw .system(path, "open", code: ENOENT)
        }
        guard isFolder.boolValue else { return try runs(of: path, options) }
        var skipped: [FormatError] = []
        var runs = try runs(in: path, "", 0, options, &skipped)
        guard !runs.isEmpty else {
            throw skipped.first
                ?? .missing(
                    path: path, name: "log",
                    advice: known + ", or say how lines of text are built: --pattern")
        }
        runs[0].notes += skipped.prefix(listed).map { "not read: \($0)" }
        if skipped.count > listed {
            runs[0].notes.append("not read: \(skipped.count - listed) files more")
        }
        return runs
    }

    /// Whether a file's name is that of a log.
    public static func isLog(_ name: String) -> Bool {
        let name = expanded(name)
        return name.hasPrefix(eventPrefix) || name.contains(".tfevents.")
            || name == "trainer_state.json"
            || [".csv", ".tsv", ".jsonl", ".wandb"].contains { name.hasSuffix($0) }
    }

    /// Whether a file's name is one that text logs have.
    private static func isText(_ name: String) -> Bool {
        [".log", ".txt", ".out"].contains { expanded(name).hasSuffix($0) }
    }

    /// The name without `.gz`: what is compressed is what its name says.
    private static func expanded(_ name: String) -> String {
        name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
    }

    /// Where Hugging Face's Trainer left several states of one run, as in `checkpoint-200` and `checkpoint-300`, the
    /// folders of all but the last, whose history holds theirs.
    private static func earlierStates(_ names: [String], in folder: String) -> Set<String> {
        let states = names.compactMap { name -> (name: String, step: Int)? in
            guard name.hasPrefix("checkpoint-"), let step = Int(name.dropFirst(11)),
                FileManager.default.fileExists(atPath: "\(folder)/\(name)/trainer_state.json")
            else { return nil }
            return (name, step)
        }.sorted { $0.step < $1.step }
        let isWhole = names.contains("trainer_state.json")
        return Set((isWhole ? states[...] : states.dropLast()).map(\.name))
    }

    private static func runs(
        in folder: String, _ name: String, _ depth: Int, _ options: Options,
        _ skipped: inout [FormatError]
    ) throws(FormatError) -> [LoggedRun] {
        var runs: [LoggedRun] = []
        let names = try AtomicFile.names(in: folder)
        // Beside the log of `ballast probe` stand the same numbers as an event file.
        let isProbed = names.contains("ballast_probe.jsonl")
        let doubles = names.filter { isProbed && $0.hasSuffix(".ballast_probe") }
        let events = names.filter { $0.contains(".tfevents.") && !doubles.contains($0) }
        if !events.isEmpty {
            let title = name.isEmpty ? (folder as NSString).lastPathComponent : name
            let run = try EventRunReader.run(title, events.map { folder + "/" + $0 }, options)
            if !run.series.isEmpty { runs.append(run) }
        }
        var holdsLogs = !events.isEmpty
        let isWandb = names.contains { $0.hasSuffix(".wandb") }
        // Tables beside a plan of ballast are summaries of the runs below it.
        let isSweep = names.contains("sweep.json")
        let read = Set(events + doubles).union(earlierStates(names, in: folder))
        for entry in names where !entry.hasPrefix(".") && !read.contains(entry) {
            let path = folder + "/" + entry
            var isFolder: ObjCBool = false
            guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                continue
            }
            let inner = name.isEmpty ? entry : name + "/" + entry
            if isFolder.boolValue, isLinkToSibling(path) { continue }
            if isFolder.boolValue {
                // Figures and data of reports are no logs; what W&B keeps beside a run is in its log.
                if depth < deepest, entry != "figures", entry != "checkpoints",
                    !(isWandb && ["files", "logs", "tmp"].contains(entry))
                {
                    let found = try self.runs(
                        in: path, inner, depth + 1, options, &skipped)
                    // PyTorch's `add_hparams` makes a folder of its own for the settings of a run.
                    if found.count == 1, found[0].isSettingsAlone, !events.isEmpty, !runs.isEmpty {
                        runs[0].addSettings(of: found[0])
                    } else {
                        runs += found
                    }
                }
            } else if isLog(entry), !isSweep {
                do throws(FormatError) {
                    for var run in try self.runs(of: path, options) {
                        if !name.isEmpty { run.name = name + "/" + run.name }
                        runs.append(run)
                    }
                    holdsLogs = true
                } catch {
                    // Folders hold tables of many kinds; what the system refuses is no such thing.
                    if case .system = error { throw error }
                    skipped.append(error)
                }
            }
        }
        guard !holdsLogs else { return runs }
        for entry in names where !entry.hasPrefix(".") && isText(entry) {
            let path = folder + "/" + entry
            let title = (expanded(entry) as NSString).deletingPathExtension
            var isFolder: ObjCBool = false
            guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder),
                !isFolder.boolValue, TextRunReader.mayBeLog(path, options),
                let run = try TextRunReader.run(
                    name.isEmpty ? title : name + "/" + title, path, options)
            else { continue }
            runs.append(run)
        }
        return runs
    }

    /// Whether a folder is another name of one beside it, as `latest-run` of W&B.
    private static func isLinkToSibling(_ path: String) -> Bool {
        let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path)
        return target.map { !$0.contains("/") } ?? false
    }

    /// Refuses a file without bytes, and text in words of two bytes, as PowerShell writes it.
    private static func refuseUnreadable(_ path: String, _ start: [UInt8]) throws(FormatError) {
        if start.isEmpty {
            throw .corrupt(
                path: path, place: "contents", found: "no bytes",
                advice: "the file is empty: leave it out, or wait until something is logged")
        }
        if start.starts(with: [0xff, 0xfe]) || start.starts(with: [0xfe, 0xff]) {
            throw .unsupported(
                path: path, place: "contents", found: "text in UTF-16",
                advice: "convert it: iconv -f UTF-16 -t UTF-8 '\(path)' > utf8-log")
        }
    }

    /// The runs of a file.
    private static func runs(
        of path: String, _ options: Options
    ) throws(FormatError) -> [LoggedRun] {
        let start = try WholeFile.start(64, of: path)
        if let refusal = GitLFSPointer.refusal(of: path, start) { throw refusal }
        try refuseUnreadable(path, start)
        let file = expanded((path as NSString).lastPathComponent)
        let title = (file as NSString).deletingPathExtension
        if file.contains(".tfevents.") { return [try EventRunReader.run(file, [path], options)] }
        if file.hasSuffix(".wandb") { return [try WandbRunReader.run(title, path, options)] }
        if file.hasSuffix(".jsonl") || file.hasSuffix(".json") {
            var run = try JSONRunReader.run(title, path, options)
            RunSettings.add(to: &run)
            return [run]
        }
        if file.hasSuffix(".csv") || file.hasSuffix(".tsv") {
            var runs = try TableRunReader.runs(title, path, options)
            // What a table says of each run itself is that.
            for index in runs.indices where runs[index].settings.isEmpty {
                RunSettings.add(to: &runs[index])
            }
            return runs
        }
        if let run = try TextRunReader.run(title, path, options) { return [run] }
        guard options.patterns.isEmpty else {
            throw .unsupported(
                path: path, place: "lines", found: "none that a --pattern matches",
                advice: "compare the pattern with a line of the file")
        }
        throw .unsupported(
            path: path, place: "contents", found: "no log of a kind that is known",
            advice: known + ", or say how its lines are built: --pattern "
                + #"'step (?<step>\d+) loss (?<loss>\S+)'"#)
    }
}
