import Formats
import Foundation
import OrderedCollections

/// Reads tables: a row per step, or a row per run.
///
/// Columns are separated by commas, tabs or semicolons. Exports of W&B have columns `name - metric` for
/// several runs, with `__MIN` and `__MAX` beside them, which are left out.
enum TableRunReader {
    static func runs(
        _ name: String, _ path: String, _ options: LogReader.Options
    ) throws(FormatError) -> [LoggedRun] {
        var stream = try TableStream(path, name: name)
        try Gzip.forEachChunk(of: path) { chunk throws(FormatError) in try stream.take(chunk) }
        try stream.finish()
        guard let columns = stream.columns else {
            let bytes = try Gzip.contents(of: path, limit: LogReader.longest)
            return try runsByRow(name, path, DelimitedTable(bytes, path: path), options)
        }
        var runs: OrderedDictionary<String, LoggedRun> = [:]
        for series in columns.series where !series.points.isEmpty {
            runs[
                series.owner,
                default: LoggedRun(name: series.owner, sources: [path], names: options.names)
            ].take(series.metric, series.points, wentBackTo: series.wentBackTo)
        }
        guard !runs.isEmpty else {
            let isSaid = columns.unread > 0 && !columns.unreadStep.isEmpty
            throw .corrupt(
                path: path, place: isSaid ? "column '\(columns.roles.stepName)'" : "columns",
                found: isSaid
                    ? "'\(columns.unreadStep)' in place of a number of steps"
                    : "no numbers beside '\(columns.roles.stepName)'",
                advice: isSaid
                    ? "write steps in digits alone" : "give a table with a column a metric")
        }
        guard columns.fallen < 2 || 4 * columns.fallen < 3 * columns.rows else {
            throw .unsupported(
                path: path, place: "column '\(columns.roles.stepName)'",
                found: "steps that fall from row to row", advice: "sort the rows by it")
        }
        runs.values[0].notes += notes(columns, path)
        return Array(runs.values)
    }

    /// What was left out or read otherwise.
    private static func notes(_ columns: TableColumns, _ path: String) -> [String] {
        let name = columns.roles.stepName
        return [
            columns.unread > 0
                ? "\(path): \(columns.unread) rows without a number in '\(name)' left out" : nil,
            columns.isCut ? "\(path): its last row is not complete, and was left out" : nil,
            columns.hasNumberedRows
                ? "\(path): nothing counts updates, and '\(name)' is no whole number: steps are the numbers of "
                    + "its rows" : nil,
        ].compactMap(\.self)
    }

    /// A run a row: its numbers are settings, and losses its last values.
    private static func runsByRow(
        _ name: String, _ path: String, _ table: DelimitedTable, _ options: LogReader.Options
    ) throws(FormatError) -> [LoggedRun] {
        let metrics = table.columns.map { title -> String? in
            let tag = options.names.tag(of: title)
            return tag == "optim/lr" ? nil : tag
        }
        // Rows that tell a time and no setting are moments of a run whose steps are not said.
        let isTimed = table.columns.contains { TableRoles.times.contains($0.lowercased()) }
        let isOfRuns = !isTimed || table.columns.contains { SettingNames.keyPath(of: $0) != nil }
        guard metrics.contains(where: { $0 != nil }), isOfRuns else {
            throw .missing(
                path: path, name: "column of steps",
                advice:
                    "its columns are \(table.columns.prefix(12).joined(separator: ", ")); name one "
                    + "'step', or one 'loss' for a row a run (--names says which is which)")
        }
        return table.rows.enumerated().map { place, row in
            var run = LoggedRun(
                name: "\(name)/\(place + 1)", sources: [path], names: options.names)
            for (index, field) in row.enumerated()
            where index < table.columns.count && !table.columns[index].isEmpty {
                guard let value = number(field) else {
                    if metrics[index] == nil, !field.isEmpty {
                        run.words[table.columns[index]] = field
                    }
                    continue
                }
                if metrics[index] != nil {
                    run.add(table.columns[index], step: 0, value: value)
                } else {
                    run.settings[table.columns[index]] = value
                }
            }
            return run
        }
    }

    private static func number(_ field: String) -> Double? {
        let text = field.filter { $0 != " " }
        return text.isEmpty ? nil : Double(text)
    }
}

/// Text of rows and fields, in which rows need not be complete.
struct DelimitedTable {
    let columns: [String]
    let rows: [[String]]
    /// What stands between fields.
    let separator: UInt8
    /// Where the rows that were read end.
    let end: Int

    /// Where the names of columns begin: behind a byte-order mark, blank lines and lines of comments.
    private static func head(of bytes: [UInt8]) -> Int {
        var start = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
        while start < bytes.count {
            let line = bytes[start...].prefix { $0 != UInt8(ascii: "\n") }
            let isLeft = line.allSatisfy { $0 <= 0x20 } || line.first == UInt8(ascii: "#")
            guard isLeft, line.endIndex < bytes.count else { return start }
            start = line.endIndex + 1
        }
        return start
    }

    /// Reads at most `limit` rows, that of the names of columns included.
    init(_ bytes: [UInt8], path: String, rows limit: Int = .max) throws(FormatError) {
        let start = Self.head(of: bytes)
        let head = bytes[start...].prefix { $0 != UInt8(ascii: "\n") }
        let separators = "\t,;".utf8.map { separator in
            (separator, head.count { $0 == separator })
        }
        separator = separators.max { $0.1 < $1.1 }?.0 ?? UInt8(ascii: ",")
        var rows: [[String]] = []
        var row: [String] = []
        var field: [UInt8] = []
        var isQuoted = false
        var index = start
        func finish(_ field: inout [UInt8]) {
            if field.last == UInt8(ascii: "\r") { field.removeLast() }
            row.append(String(decoding: field, as: UTF8.self))
            field.removeAll(keepingCapacity: true)
        }
        while index < bytes.count, rows.count < limit {
            let byte = bytes[index]
            index += 1
            if isQuoted {
                if byte != UInt8(ascii: "\"") {
                    field.append(byte)
                } else if index < bytes.count, bytes[index] == byte {
                    field.append(byte)
                    index += 1
                } else {
                    isQuoted = false
                }
            } else if byte == UInt8(ascii: "\""), field.isEmpty {
                isQuoted = true
            } else if byte == separator {
                finish(&field)
            } else if byte == UInt8(ascii: "\n") {
                finish(&field)
                if row.contains(where: { !$0.isEmpty }) { rows.append(row) }
                row = []
            } else {
                field.append(byte)
            }
        }
        if !field.isEmpty || !row.isEmpty {
            finish(&field)
            if row.contains(where: { !$0.isEmpty }) { rows.append(row) }
        }
        guard let columns = rows.first, !isQuoted else {
            throw .corrupt(
                path: path, place: "table",
                found: isQuoted ? "a quote that is never closed" : "no line of column names",
                advice: "correct the file")
        }
        end = index
        self.columns = columns
        self.rows = Array(rows.dropFirst())
    }
}
