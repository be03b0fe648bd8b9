public import Formats
import Foundation
import Import
import OrderedCollections

/// The final values of one metric, a number for each run.
public struct RunValues: Sendable, Hashable {
    /// Where they come from.
    public var source: String
    /// The metric; nil for numbers that were given.
    public var metric: String?
    /// The names of the runs, one for each value.
    public var names: [String]
    /// The values, below 1e100 in magnitude.
    public var values: [Double]
    /// Runs that ended without a finite value, which are never left out in silence.
    public var diverged: [String]
    /// Rows and files that are no runs, and why.
    public var notes: [String]

    /// Whether a run that ended so did not diverge: squares of larger numbers are not finite.
    private static func isValue(_ value: Double) -> Bool { value.magnitude < 1e100 }

    /// Metrics that are looked for, the first that every run has.
    private static let defaults = ["val/loss", "val/bits_per_byte", "train/loss"]

    /// Reads runs.
    ///
    /// - Parameters:
    ///   - text: Numbers separated by commas; a log, or a folder of runs or logs; or a table with a row per run.
    ///     `PATH#TEXT` takes the rows and runs whose name or fields hold the text.
    ///   - metric: The metric, by our tag or as the log calls it; nil for the first of the validation
    ///     loss, bits per byte and the training loss.
    /// - Throws: `FormatError` for a path without runs or without the metric, with what it has.
    public init(_ text: String, metric: String?) throws(FormatError) {
        let fields = text.split(separator: ",", omittingEmptySubsequences: false)
        let numbers = fields.map { Double($0.trimmingCharacters(in: .whitespaces)) }
        if !numbers.contains(nil) {
            let known = numbers.compactMap(\.self)
            source = "numbers given"
            self.metric = nil
            names = known.indices.map { "run \($0 + 1)" }
            values = known.filter(Self.isValue)
            diverged = zip(names, known).filter { !Self.isValue($1) }.map(\.0)
            names = zip(names, known).filter { Self.isValue($1) }.map(\.0)
            notes = []
            return
        }
        if fields.count > 1, !numbers.allSatisfy({ $0 == nil }),
            !FileManager.default.fileExists(atPath: text),
            let place = numbers.firstIndex(of: nil)
        {
            throw .corrupt(
                path: text, place: "number \(place + 1)", found: "'\(fields[place])'",
                advice: "give numbers alone, or the path of a log")
        }
        var (path, part): (String, String?) = (text, nil)
        if !FileManager.default.fileExists(atPath: text), let mark = text.lastIndex(of: "#") {
            (path, part) = (String(text[..<mark]), String(text[text.index(after: mark)...]))
        }
        var runs = try LogReader.runs(at: path)
        var notes: [String] = []
        if let part {
            let all = runs.count
            runs = runs.filter { run in
                run.name.contains(part) || run.words.values.contains { $0.contains(part) }
            }
            guard !runs.isEmpty else {
                throw .missing(
                    path: path, name: "run whose name or fields hold '\(part)'",
                    advice: "it has \(all) runs; give text that one of them holds")
            }
        }
        let failed = runs.filter { $0.failure != nil }
        if let first = failed.first {
            let names = failed.map(\.name).joined(separator: ", ")
            guard failed.count < runs.count else {
                throw .missing(
                    path: text, name: "run that ended",
                    advice: "of \(names) the table says '\(first.failure ?? "")'")
            }
            for (failure, runs) in OrderedDictionary(grouping: failed, by: { $0.failure ?? "" }) {
                notes.append(
                    "left out, since their status is '\(failure)': "
                        + runs.map(\.name).joined(separator: ", "))
            }
            runs.removeAll { $0.failure != nil }
        }
        let known = Set(runs.flatMap { $0.series.keys })
        let wanted = metric.map { [$0, MetricNames.tag(of: $0) ?? $0] } ?? Self.defaults
        guard
            let tag = wanted.first(where: { tag in
                runs.contains { $0.series[tag]?.isEmpty == false }
            })
        else {
            throw .missing(
                path: path, name: metric.map { "metric '\($0)'" } ?? "loss",
                advice: "it has \(known.sorted().prefix(12).joined(separator: ", ")); name one "
                    + "with --metric")
        }
        (source, self.metric) = (text, tag)
        (names, values, diverged) = ([], [], [])
        for run in runs {
            guard let last = run.series[tag]?.last else {
                notes.append("\(run.name) has no \(tag)")
                continue
            }
            if Self.isValue(last.value) {
                names.append(run.name)
                values.append(last.value)
            } else {
                diverged.append(run.name)
            }
        }
        self.notes = notes
    }
}
