import Formats
import Foundation
import OrderedCollections

/// Reads JSON lines, and `trainer_state.json` of Hugging Face's Trainer.
enum JSONRunReader {
    static func run(
        _ name: String, _ path: String, _ options: LogReader.Options
    ) throws(FormatError) -> LoggedRun {
        var run = LoggedRun(name: name, sources: [path], names: options.names)
        let bytes = try Gzip.contents(of: path, limit: LogReader.longest)
        if let state = object(bytes[...]), let history = state["log_history"] as? [[String: Any]] {
            for entry in history { add(entry, to: &run, line: 0) }
            return run
        }
        var (line, damaged) = (0, 0)
        for text in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            line += 1
            guard text.contains(where: { $0 > 0x20 }) else { continue }
            guard let entry = object(text) else {
                damaged += 1
                if damaged == 1 { run.notes.append("\(path): line \(line) is no JSON object") }
                continue
            }
            add(entry, to: &run, line: line)
        }
        guard !run.series.isEmpty else {
            throw .corrupt(
                path: path, place: "line 1", found: "no JSON objects with numbers",
                advice: "give a file with an object a line, or trainer_state.json")
        }
        if damaged > 1 { run.notes.append("\(path): \(damaged) lines are no JSON objects") }
        return run
    }

    /// Adds the numbers of an object, those of objects in it under names joined by slashes.
    private static func add(_ entry: [String: Any], to run: inout LoggedRun, line: Int) {
        var numbers: [String: Double] = [:]
        collect(entry, "", 0, &numbers)
        let counts = MetricNames.steps + MetricNames.otherCounts
        let key = counts.first { numbers[$0] != nil }
        let step = key.flatMap { numbers[$0] }.flatMap { Int(exactly: $0.rounded()) } ?? line
        for name in numbers.keys.sorted()
        where name != key && (!counts.contains(name) || MetricNames.isEpoch(name)) {
            run.add(name, step: step, value: numbers[name] ?? .nan)
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
            } else if let text = value as? String, text.hasPrefix(mark),
                let special = Double(text.dropFirst(mark.count).lowercased())
            {
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

    /// What tells Python's NaN and Infinity from strings of that name.
    private static let mark = "python:"

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
                result += [UInt8(ascii: "\"")] + Array(mark.utf8) + word + [UInt8(ascii: "\"")]
                index += word.count
            } else {
                result.append(byte)
                index += 1
            }
        }
        return result
    }
}
