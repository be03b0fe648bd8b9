import Formats
import Foundation
import Import
import OrderedCollections
import RunTables
import Runs
import Telemetry
import Training

extension RunImport {
    /// Writes a folder of runs: `sweep.json` and, for each run, what it logged under our tags, `result.json`
    /// and `import.json`, which says where each setting is from.
    ///
    /// - Parameter path: The folder, which holds no runs yet.
    /// - Throws: `Training.ConfigurationError` where it holds some, and what the file system refuses.
    public func write(to path: String) throws {
        guard !FileManager.default.fileExists(atPath: path + "/sweep.json") else {
            throw ConfigurationError.impossible(
                key: "--out", reason: "\(path) holds runs already; choose another folder")
        }
        let name = (path as NSString).lastPathComponent
        let folder = SweepFolder(path)
        for run in runs {
            let place = folder.cell(run.name)
            try FileManager.default.createDirectory(
                atPath: place.path, withIntermediateDirectories: true)
            for old in try AtomicFile.names(in: place.path) {
                try FileManager.default.removeItem(atPath: place.path + "/" + old)
            }
            let events = try EventFileWriter(folder: place.path)
            for (tag, points) in run.log.series {
                for point in points {
                    try events.append(
                        step: point.step, wallTime: 0,
                        scalars: [(tag: tag, value: Float(point.value))])
                }
            }
            try events.close()
            try place.write(Origin(run, loss: loss.tag), to: place.imported)
            if let result = result(of: run) { try place.write(result, to: place.result) }
        }
        let cells = runs.map { run in
            SweepFolder.Plan.Cell(
                name: run.name,
                settings: Dictionary(
                    uniqueKeysWithValues: run.settings.map { ($0.key, $0.value.value) }),
                steps: result(of: run)?.steps ?? run.log.lastStep ?? 0)
        }
        try RunFolder(path).write(Summary(self), to: path + "/import.json")
        // Written last: the folder is whole.
        try RunFolder(path).write(
            SweepFolder.Plan(name: name, axes: axes, cells: cells), to: folder.plan)
    }

    /// Where a run is from: the contents of its `import.json`.
    private struct Origin: Encodable {
        var schema = "ballast.import/1"
        var name: String
        var sources: [String]
        var loss: String
        var settings: [String: [String: SettingValue]]
        var others: [String: SettingValue]
        var renamed: [String: String]
        var unknown: [String]
        var resumes: Int
        var notes: [String]

        init(_ run: ImportedRun, loss: String) {
            name = run.log.name
            sources = run.log.sources
            self.loss = loss
            settings = Dictionary(
                uniqueKeysWithValues: run.settings.map { key, setting in
                    (
                        key,
                        [
                            "value": setting.value, "name": .text(setting.name),
                            "source": .text(setting.source),
                        ]
                    )
                })
            others = Dictionary(uniqueKeysWithValues: run.others.map { ($0.key, $0.value) })
            renamed = run.log.originalNames
            unknown = run.log.unknownNames
            resumes = run.log.resumes
            notes = run.conflicts + run.log.notes
        }
    }

    /// What was made of all of them: the contents of the folder's `import.json`.
    private struct Summary: Encodable {
        var schema = "ballast.import/1"
        var runs: Int
        var loss: String
        var axes: [String]
        var notes: [String]

        init(_ table: RunImport) {
            runs = table.runs.count
            loss = table.loss.tag
            axes = table.axes
            notes = table.notes
        }
    }

    /// Lines for people: how many runs, what they differ in and where that is from, what was not understood.
    public var text: String {
        let results = runs.map(result)
        let diverged = results.count { $0?.diverged ?? false }
        let unfinished = results.count { $0 == nil }
        var lines = [
            "\(runs.count) run\(runs.count == 1 ? "" : "s"): "
                + "\(runs.count - diverged - unfinished) finished, \(diverged) diverged, "
                + "\(unfinished) unfinished; compared by \(loss.tag)"
        ]
        for key in OrderedSet(axes + runs.flatMap(\.settings.keys)) {
            let settings = runs.compactMap { $0.settings[key] }
            let values = OrderedSet(settings.map(\.value)).sorted {
                ($0.number ?? 0, $0.text) < ($1.number ?? 0, $1.text)
            }
            let shown = values.prefix(8).map(\.text).joined(separator: ", ")
            let sources = OrderedSet(settings.map { "\($0.name), \($0.source)" })
            lines.append(
                "  \(key): \(shown)\(values.count > 8 ? ", ... (\(values.count) values)" : "") "
                    + "(\(sources.prefix(3).joined(separator: "; ")))"
                    + (values.count == 1 && runs.count > 1 ? ", the same in all" : ""))
        }
        lines += notes.map { "  note: \($0)" }
        return lines.joined(separator: "\n")
    }
}
