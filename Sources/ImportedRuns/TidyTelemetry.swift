import Formats
package import Import
import OrderedCollections
import Telemetry

/// What runs logged as a tidy table: a row for each run, step and metric.
///
/// Columns are `run`, `step`, `metric`, `unit`, `value`; a metric of unknown unit has none. Rows go by run, then
/// step, then as the log has the metrics.
package struct TidyTelemetry: Sendable {
    private struct Row {
        var run: String
        var step: Int
        var metric: String
        var value: Double
    }

    private let rows: [Row]
    private let units: [String: String]

    /// Takes all metrics of runs.
    package init(_ runs: [LoggedRun]) {
        var rows: [Row] = []
        var units: [String: String] = [:]
        for run in runs {
            var own: [(order: Int, row: Row)] = []
            for (order, (tag, points)) in run.series.enumerated() {
                let unit = Metric(tag: tag).unit
                if unit != .unknown { units[tag] = unit.rawValue }
                own += points.map { point in
                    let row = Row(
                        run: run.name, step: point.step, metric: tag, value: point.value)
                    return (order, row)
                }
            }
            own.sort { ($0.row.step, $0.order) < ($1.row.step, $1.order) }
            rows += own.map(\.row)
        }
        self.rows = rows
        self.units = units
    }

    /// How many rows there are.
    package var count: Int { rows.count }

    /// A CSV with a line of column names; `nan`, `inf` and `-inf` as they are.
    package var csv: String {
        var table = CSVTable(columns: ["run", "step", "metric", "unit", "value"])
        for row in rows {
            table.append([
                .text(row.run), .integer(row.step), .text(row.metric),
                units[row.metric].map { .text($0) } ?? .empty, field(row.value),
            ])
        }
        return table.text
    }

    /// A JSON object a line; a value that is no number in JSON is null.
    package var jsonLines: String {
        var text = ""
        for row in rows {
            let value =
                row.value.isFinite
                ? Float(exactly: row.value).map { "\($0)" } ?? "\(row.value)" : "null"
            let unit = units[row.metric].map(Self.quoted) ?? "null"
            text += "{\"run\":\(Self.quoted(row.run)),\"step\":\(row.step),"
            text += "\"metric\":\(Self.quoted(row.metric)),\"unit\":\(unit),\"value\":\(value)}\n"
        }
        return text
    }

    /// In the fewest digits: a log of single precision has no more.
    private func field(_ value: Double) -> CSVTable.Field {
        Float(exactly: value).map { .single($0) } ?? .number(value)
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
