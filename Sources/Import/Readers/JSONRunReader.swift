import Formats
import Foundation
import OrderedCollections

/// Reads JSON lines, and `trainer_state.json` of Hugging Face's Trainer.
enum JSONRunReader {
    static func run(
        _ name: String, _ path: String, _ options: LogReader.Options
    ) throws(FormatError) -> LoggedRun {
        var run = LoggedRun(name: name, sources: [path], names: options.names)
        var bytes = try Gzip.contents(of: path, limit: LogReader.longest)[...]
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { bytes = bytes.dropFirst(3) }
        if let state = object(bytes), let history = state["log_history"] as? [Any] {
            try add(history, of: state, to: &run)
            return run
        }
        var rows: [Row] = []
        var (line, damaged) = (0, 0)
        for text in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            line += 1
            guard text.contains(where: { $0 > 0x20 }) else { continue }
            guard let entry = object(text) else {
                damaged += 1
                if damaged == 1 { run.notes.append("\(path): line \(line) is no JSON object") }
                continue
            }
            rows.append(Row(entry, line))
        }
        add(rows, to: &run)
        guard !run.series.isEmpty else {
            throw .corrupt(
                path: path, place: "line 1", found: "no JSON objects with numbers",
                advice: "give a file with an object a line, or trainer_state.json")
        }
        if damaged > 1 { run.notes.append("\(path): \(damaged) lines are no JSON objects") }
        return run
    }

    /// Adds the history of a `trainer_state.json`, and how many steps the run is to have.
    private static func add(
        _ history: [Any], of state: [String: Any], to run: inout LoggedRun
    ) throws(FormatError) {
        let entries = history.compactMap { $0 as? [String: Any] }
        // What has no step says nothing of one.
        add(entries.map { Row($0, 0) }, to: &run)
        guard !run.series.isEmpty else {
            throw .corrupt(
                path: run.sources[0], place: "log_history",
                found: "no entries with numbers",
                advice: "give the state of a run that has logged (logging_steps)")
        }
        if entries.count < history.count {
            run.notes.append(
                "\(run.sources[0]): \(history.count - entries.count) entries of log_history are no objects"
            )
        }
        if let steps = state["max_steps"] as? Double, steps > 0 {
            run.settings["max_steps"] = steps
        }
    }

    /// The numbers of an object, those of objects in it under names joined by slashes.
    private struct Row {
        let line: Int
        var numbers: [String: Double] = [:]
        /// What counts steps, if anything does, and whether it counts updates.
        var count: (name: String, value: Double, isUpdates: Bool)?

        init(_ entry: [String: Any], _ line: Int) {
            self.line = line
            collect(entry, "", 0, &numbers)
            count =
                count(among: MetricNames.steps, isUpdates: true)
                ?? count(among: MetricNames.otherCounts, isUpdates: false)
        }

        private func count(
            among names: [String], isUpdates: Bool
        ) -> (name: String, value: Double, isUpdates: Bool)? {
            for name in names {
                if let value = numbers[name] { return (name, value, isUpdates) }
            }
            let own = Dictionary(numbers.keys.map { ($0.lowercased(), $0) }) { min($0, $1) }
            for name in names {
                if let found = own[name], let value = numbers[found] {
                    return (found, value, isUpdates)
                }
            }
            return nil
        }
    }

    /// Adds rows; where epochs or tokens count that are no whole numbers, rows are numbered.
    private static func add(_ rows: [Row], to run: inout LoggedRun) {
        let counts = Set(MetricNames.steps + MetricNames.otherCounts)
        let hasParts = rows.contains { row in
            row.count.map { !$0.isUpdates && $0.value != $0.value.rounded() } ?? false
        }
        for row in rows {
            var (step, key) = (row.line, row.count?.name)
            if let count = row.count, count.isUpdates || !hasParts {
                step = Int(exactly: count.value.rounded()) ?? row.line
            } else if let name = key, MetricNames.isEpoch(name.lowercased()) {
                key = nil
            }
            for name in row.numbers.keys.sorted()
            where name != key
                && (!counts.contains(name.lowercased()) || MetricNames.isEpoch(name.lowercased()))
            {
                run.add(name, step: step, value: row.numbers[name] ?? .nan)
            }
        }
        if hasParts {
            run.notes.append(
                "\(run.sources[0]): nothing counts updates, and \(rows.first?.count?.name ?? "what counts") is no "
                    + "whole number: steps are the numbers of its rows")
        }
    }

    private static func collect(
        _ entry: [String: Any], _ prefix: String, _ depth: Int, _ numbers: inout [String: Double]
    ) {
        guard depth < 6 else { return }
        for (key, value) in entry {
            if let inner = value as? [String: Any] {
                collect(inner, prefix + key + "/", depth + 1, &numbers)
            } else if let number = value as? Double {
                numbers[prefix + key] = number
            } else if let text = value as? String, let special = special(text) {
                numbers[prefix + key] = special
            }
        }
    }

    /// A JSON object, in which Python's NaN and Infinity may stand.
    private static func object(_ text: ArraySlice<UInt8>) -> [String: Any]? {
        if let plain = try? JSONSerialization.jsonObject(with: Data(text)) as? [String: Any] {
            return plain
        }
        return try? JSONSerialization.jsonObject(with: Data(quotingSpecials(text)))
            as? [String: Any]
    }

    /// NaN and infinities, which some write as strings since JSON has none.
    private static func special(_ text: String) -> Double? {
        switch text {
        case "NaN", "nan": .nan
        case "Infinity", "inf", "Inf": .infinity
        case "-Infinity", "-inf", "-Inf": -.infinity
        default: nil
        }
    }

    /// The text with NaN and Infinity outside of strings in quotes.
    private static func quotingSpecials(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var index = text.startIndex
        var isString = false
        let words = ["-Infinity", "Infinity", "NaN"].map { Array($0.utf8) }
        while index < text.endIndex {
            let byte = text[index]
            if isString, byte == UInt8(ascii: "\\"), index + 1 < text.endIndex {
                result += [byte, text[index + 1]]
                index += 2
                continue
            }
            if byte == UInt8(ascii: "\"") { isString.toggle() }
            if !isString, let word = words.first(where: { text[index...].starts(with: $0) }) {
                result += [UInt8(ascii: "\"")] + word + [UInt8(ascii: "\"")]
                index += word.count
            } else {
                result.append(byte)
                index += 1
            }
        }
        return result
    }
}
