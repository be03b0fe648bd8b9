package import Documents
import Formats
import Foundation
import Statistics

/// A signal against size on logarithmic axes: what ran, the fits, the held-out forecast of the largest
/// size, the forecast of the target, and the lines not to cross.
///
/// Source: arXiv 2309.14322, figure 9.
package struct ForecastFigure {
    package var name: String { "forecast-" + signal.name }
    package var title: String { "Forecast: \(signal.name.replacing("-", with: " "))" }
    private let result: ForecastResult
    private let signal: ForecastResult.Signal

    /// Shows one signal of a result.
    package init(_ result: ForecastResult, _ signal: ForecastResult.Signal) {
        self.result = result
        self.signal = signal
    }

    /// The figure with its drawing.
    package var drawn: DrawnFigure { DrawnFigure(name: name, title: title, drawing: draw()) }

    private func label(_ line: ForecastResult.Line) -> String {
        (line.intervention.isEmpty ? "" : line.intervention + ", ")
            + NumberText.rate(line.learningRate)
    }

    /// Draws the forecast.
    package func draw() -> Drawing {
        var table = ForecastTable(result).table
        table = own(table)
        let rows = rows()
        let values = rows.flatMap { row in
            ["value", "fit", "low", "high", "held", "held_low", "held_high"].compactMap { key in
                row[key]?.double
            }
        }.filter { $0 > 0 && $0.isFinite }
        guard let lowest = values.min(), let highest = values.max() else {
            return Drawing(
                specification: .sentence("Nothing was recorded.", title: title), table: table,
                caption: "Nothing was recorded.", finding: nil, hasData: false)
        }
        let measured = lowest...highest
        let guides = signal.thresholds.filter { signal.isShown($0, beside: measured) }
        let range = Ticks.room(about: [lowest, highest] + guides.map(\.value), factor: 1.6)
        var figure = Specification(title: title)
        figure.width = 560
        figure.rows = rows
        figure.ramp = .learningRate(signal.lines.count)
        figure.layers = layers(range)
        let sizes = rows.compactMap { row in row["parameters"]?.double }
        let labels = GuideLabels(
            guides.map {
                .init($0.value, "\($0.name) (\($0.level.rawValue))", isBelow: !$0.isCeiling)
            }, among: places(rows, sizes), range: range, height: figure.height)
        figure.layers += labels.layers
        // The name of the target stands where fewer marks are: at the upper end of the guide, or at the lower one.
        let span = log(range.upperBound / range.lowerBound)
        let heights = places(rows, sizes).filter { $0.x > 0.7 && $0.value > 0 }.map {
            log($0.value / range.lowerBound) / span
        }
        let lines = guides.map { log($0.value / range.lowerBound) / span }
        // A line through a name is worse than marks beside it.
        func crowd(_ fromEdge: (Double) -> Double) -> Int {
            heights.count { fromEdge($0) < 0.18 } + 100 * lines.count { fromEdge($0) < 0.09 }
        }
        figure.layers += Layer.verticalGuide(
            at: result.targetParameters,
            "target, \(NumberText.parameters(result.targetParameters))",
            atBottom: crowd { 1 - $0 } > crowd { $0 })
        let hidden = signal.thresholds.filter { $0.level == .alarm && !guides.contains($0) }
        return Drawing(
            specification: figure, table: table, caption: caption(hidden), finding: nil)
    }

    /// Where marks lie: from 0 to 1 along the axis of sizes, with their values.
    private func places(
        _ rows: [[String: JSONValue]], _ sizes: [Double]
    ) -> [(x: Double, value: Double)] {
        guard let least = sizes.min(), let span = sizes.max().map({ log($0 / least) }), span > 0
        else { return [] }
        return rows.flatMap { row -> [(x: Double, value: Double)] in
            guard let size = row["parameters"]?.double else { return [] }
            return ["value", "fit", "held", "forecast"].compactMap { key in
                row[key]?.double.map { (log(size / least) / span, $0) }
            }
        }
    }

    private func own(_ table: CSVTable) -> CSVTable {
        var copy = CSVTable(columns: table.columns)
        for row in table.rows where row.first == signal.name { copy.append(row.map { .text($0) }) }
        return copy
    }

    /// Rows for runs, fits, held-out forecasts and targets; lines stand slightly apart.
    private func rows() -> [[String: JSONValue]] {
        signal.lines.enumerated().flatMap { index, line -> [[String: JSONValue]] in
            let shift = pow(1.035, Double(index) - Double(signal.lines.count - 1) / 2)
            func row(_ parameters: Double, _ fields: [String: Double?]) -> [String: JSONValue] {
                var row: [String: JSONValue] = [
                    "line": .string(label(line)),
                    "parameters": .number(NumberText.rounded(parameters)),
                ]
                for (key, value) in fields {
                    row[key] = .optional(value.map(NumberText.rounded))
                }
                return row
            }
            var rows = line.points.flatMap { point in
                point.values.map { row(point.parameters * shift, ["value": $0]) }
            }
            rows += line.curve.map { row($0.parameters, ["fit": $0.value]) }
            if let held = line.heldOut.first, let last = line.points.last {
                rows.append(
                    row(
                        last.parameters * shift,
                        ["held": held.value, "held_low": held.low, "held_high": held.high]))
            }
            if let value = line.value {
                rows.append(
                    row(
                        result.targetParameters * shift,
                        ["forecast": value, "low": line.low, "high": line.high]))
            }
            return rows
        }
    }

    private func layers(_ range: ClosedRange<Double>) -> [Layer] {
        let sizes =
            signal.lines.flatMap { $0.points.map(\.parameters) } + [result.targetParameters]
        let xRange = Ticks.room(about: sizes, factor: 1.3)
        let decades = Ticks.decades(in: xRange)
        let x = Channel.position(
            "parameters", title: "parameters without embedding and head",
            scale: .logarithmic(xRange),
            axis: Axis(
                values: decades.count > 1 ? decades : Ticks.round(in: xRange), labels: .metric))
        let ticks = Ticks.decades(in: range)
        let y = Channel.position(
            "value", title: signal.name.replacing("-", with: " "), scale: .logarithmic(range),
            axis: Axis(values: ticks.count > 1 ? ticks : Ticks.round(in: range), labels: .powers))
        let colour = Channel.colour(
            "line", .ordinal, title: "peak learning rate", values: signal.lines.map(label))
        let tooltip = Channel.tooltip([
            "line": "learning rate", "parameters": "parameters", "value": "measured",
            "held": "held-out forecast", "forecast": "forecast",
        ])
        return [
            Layer(
                mark: .line, properties: ["strokeWidth": 1.6, "strokeDash": [5, 3]],
                channels: ["x": x, "y": .field("fit"), "color": colour],
                filter: "isValid(datum.fit)"),
            Layer(
                mark: .point, properties: ["size": 36, "filled": true],
                channels: ["x": x, "y": y, "color": colour], tooltip: tooltip,
                filter: "isValid(datum.value)"),
            Layer(
                mark: .rule, properties: ["strokeWidth": 1.6, "opacity": 0.7],
                channels: [
                    "x": x, "y": .field("held_low"), "y2": .field("held_high", nil),
                    "color": colour,
                ], filter: "isValid(datum.held)"),
            Layer(
                mark: .point, properties: ["shape": "diamond", "size": 90, "filled": false],
                channels: ["x": x, "y": .field("held"), "color": colour], tooltip: tooltip,
                filter: "isValid(datum.held)"),
            Layer(
                mark: .rule, properties: ["strokeWidth": 2.6],
                channels: [
                    "x": x, "y": .field("low"), "y2": .field("high", nil), "color": colour,
                ], filter: "isValid(datum.forecast)"),
            Layer(
                mark: .point, properties: ["shape": "diamond", "size": 130, "filled": true],
                channels: ["x": x, "y": .field("forecast"), "color": colour], tooltip: tooltip,
                filter: "isValid(datum.forecast)"),
        ]
    }

    private func caption(_ hidden: [ForecastThreshold]) -> String {
        let percent = NumberText.setting((result.confidence * 1000).rounded() / 10)
        let isForecast = signal.lines.contains { $0.value != nil }
        let far = hidden.map { "\($0.name) at \(NumberText.roundedRate($0.value))" }
        return signal.meaning.prefix(1).uppercased() + signal.meaning.dropFirst() + ". Read at "
            + "\(signal.reading). Points are runs; dashed lines are log-log fits. An open diamond is "
            + "the forecast of the largest size from the smaller ones alone, with its \(percent)% "
            + "interval for one run. The vertical line is the target"
            + (isForecast
                ? "; filled diamonds are its forecasts, where extrapolation that far was validated."
                : ": no forecast was validated that far.")
            + (far.isEmpty ? "" : " Outside the frame: \(NumberText.list(far)).")
    }
}

extension ForecastResult.Signal {
    /// The ratio to what was measured beyond which an alarm would flatten everything else.
    private static let farthest = 1e8

    /// Whether a line belongs into a figure: alarms and warnings do, the end of a number format where some
    /// forecast reaches it and the runs did not.
    func isShown(_ threshold: ForecastThreshold, beside measured: ClosedRange<Double>) -> Bool {
        guard threshold.level == .format else {
            return threshold.value > measured.lowerBound / Self.farthest
                && threshold.value < measured.upperBound * Self.farthest
        }
        return lines.contains { line in
            line.crossings.contains { $0.threshold == threshold.name } && !line.isBeyond(threshold)
        }
    }
}

extension ForecastResult.Line {
    /// Whether the largest size that ran lies beyond a line.
    func isBeyond(_ threshold: ForecastThreshold) -> Bool {
        points.last { !$0.values.isEmpty }.flatMap { Descriptive.mean(of: $0.values) }
            .map(threshold.isCrossed) ?? false
    }
}
