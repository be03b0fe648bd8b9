import Formats
import Foundation
import OrderedCollections
import Yams

/// Reads `.wandb` files of offline runs: history, configuration and name.
enum WandbRunReader {
    /// Objects in objects are read so deep.
    private static let deepest = 6

    static func run(
        _ name: String, _ path: String, _ options: LogReader.Options
    ) throws(FormatError) -> LoggedRun {
        var file = try WandbFile(path)
        var run = LoggedRun(name: name, sources: [path], names: options.names)
        var rows: [(count: Int, numbers: [(name: String, value: Double)])] = []
        var unread = 0
        while let bytes = file.next() {
            guard let record = try? WandbRecord(bytes) else {
                unread += 1
                continue
            }
            if let name = record.displayName, !name.isEmpty { run.name = name }
            for item in record.settings where !item.name.hasPrefix("_") {
                RunSettings.add(
                    item.name.replacing("/", with: "."), setting(item.json), to: &run)
            }
            guard !record.history.isEmpty else { continue }
            var numbers: [(String, Double)] = []
            for item in record.history { collect(item.name, value(item.json), 0, &numbers) }
            let own = numbers.first { $0.0 == "_step" }.flatMap { Int(exactly: $0.1) }
            rows.append((own ?? record.count ?? rows.count, numbers))
        }
        add(rows, to: &run)
        if let damage = file.damage {
            run.notes.append("\(path): \(damage); what stands before is read")
        }
        if unread > 0 { run.notes.append("\(path): \(unread) records are no messages of W&B") }
        return run
    }

    /// Adds what was logged, by the count of steps that all of it has, else by the calls of `log`.
    private static func add(
        _ rows: [(count: Int, numbers: [(name: String, value: Double)])], to run: inout LoggedRun
    ) {
        let counters = MetricNames.steps.filter { $0 != "_step" }
        let isMetric = { (name: String) in
            !name.hasPrefix("_") && !counters.contains(name)
                && !MetricNames.otherCounts.contains(name)
        }
        let counter = counters.first { counter in
            rows.allSatisfy { row in
                row.numbers.contains { $0.name == counter }
                    || !row.numbers.contains { isMetric($0.name) }
            }
        }
        for row in rows {
            let own = row.numbers.first { $0.name == counter }?.value
            let step = own.flatMap { Int(exactly: $0.rounded()) } ?? row.count
            for (name, value) in row.numbers where isMetric(name) {
                run.add(name, step: step, value: value)
            }
        }
    }

    /// A setting in JSON.
    ///
    /// YAML's reader tells numbers from truths in it, and would follow anchors, of which JSON has none.
    private static func setting(_ json: String) -> Any? {
        json.utf8.contains(UInt8(ascii: "&")) ? value(json) : try? Yams.load(yaml: json)
    }

    /// A value of JSON, which may be a number, a text or Python's NaN and Infinity.
    private static func value(_ json: String) -> Any? {
        if let number = Double(json) { return number }
        return try? JSONSerialization.jsonObject(
            with: Data(json.utf8), options: .fragmentsAllowed)
    }

    /// The numbers of a value, those of an object under names joined by slashes; histograms and media, which
    /// are objects with a type, are left out.
    private static func collect(
        _ name: String, _ value: Any?, _ depth: Int, _ numbers: inout [(String, Double)]
    ) {
        if let object = value as? [String: Any] {
            guard depth < deepest, object["_type"] == nil else { return }
            for (key, inner) in object.sorted(by: { $0.key < $1.key }) {
                collect(name + "/" + key, inner, depth + 1, &numbers)
            }
        } else if let number = value as? Double {
            numbers.append((name, number))
        } else if let text = value as? String, ["NaN", "Infinity", "-Infinity"].contains(text),
            let special = Double(text)
        {
            numbers.append((name, special))
        }
    }
}
