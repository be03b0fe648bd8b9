package import Documents
import Formats
import Reports
import Statistics
import Sweeps

/// The final loss against the learning rate, a curve a size, with the optimum of each and its interval.
package struct TransferLossCurves: Sendable {
    package let name: String
    package let title: String
    private let result: TransferResult
    private static let columns = [
        "series", "axis", "extent", "learning_rate", "mean_loss", "min_loss", "max_loss",
        "diverged",
        "without_result", "in_parabola",
    ]
    /// Losses above so many times the highest optimum stand at the upper edge.
    private static let ceiling = 2.0

    /// Shows a study's curves.
    package init(
        _ result: TransferResult, name: String = "transfer-loss-against-learning-rate",
        title: String = "Where the loss is lowest, by size"
    ) {
        self.result = result
        self.name = name
        self.title = title
    }

    private var curves: [(series: TransferResult.SizeSeries, curve: TransferResult.Curve)] {
        result.sizeSeries.flatMap { series in series.curves.map { (series, $0) } }
    }

    /// What sizes are called in the legend.
    private func label(_ series: TransferResult.SizeSeries, _ curve: TransferResult.Curve) -> String
    {
        Set(result.sizeSeries.map(\.axis)).count > 1
            ? "\(series.axis.rawValue) \(curve.extent)" : "\(curve.extent)"
    }

    /// The figure with its drawing.
    package var drawn: DrawnFigure { DrawnFigure(name: name, title: title, drawing: draw()) }

    /// Draws the curves.
    package func draw() -> Drawing {
        let means = curves.flatMap { $0.curve.points.compactMap(\.mean) }
        guard let lowest = means.min(), let highest = means.max() else {
            return .absent(
                "No learning rate has a result of every seed.", title: title, columns: Self.columns)
        }
        let best = curves.compactMap { $0.curve.points.compactMap(\.mean).min() }
        let top = min(highest, Self.ceiling * (best.max() ?? highest))
        var labels: [String] = []
        for (series, curve) in curves where !labels.contains(label(series, curve)) {
            labels.append(label(series, curve))
        }
        var figure = Specification(title: title)
        figure.ramp = .size(labels.count)
        figure.height = 300
        figure.rows = rows(labels, top: top)
        if result.sizeSeries.count > 1 {
            figure.panels = .init(field: "panel", order: result.sizeSeries.map(panel))
        }
        figure.layers = layers(
            labels,
            range: Ticks.range(
                from: lowest * 0.985, to: top, height: figure.height,
                free: 22 + 11 * Double(labels.count)))
        return Drawing(
            specification: figure, table: table(), caption: caption(), finding: finding())
    }

    private func panel(_ series: TransferResult.SizeSeries) -> String {
        "\(series.name): \(series.verdict.rawValue)"
    }

    private func rows(_ labels: [String], top: Double) -> [[String: JSONValue]] {
        curves.flatMap { series, curve -> [[String: JSONValue]] in
            let size = label(series, curve)
            let common: [String: JSONValue] = [
                "panel": .string(panel(series)), "size": .string(size),
                "line": .string("\(series.axis.rawValue) \(curve.extent)"),
            ]
            let place = Double(labels.firstIndex(of: size) ?? 0)
            var rows = curve.points.compactMap { point -> [String: JSONValue]? in
                var row = common
                row["learning_rate"] = .number(point.learningRate)
                row["runs"] = .string(
                    "\(point.losses.compactMap { $0 }.count) finished, \(point.diverged) diverged, "
                        + "\(point.missing) without a result")
                if let mean = point.mean, mean <= top {
                    let losses = point.losses.compactMap { $0 }
                    row["loss"] = .number(NumberText.rounded(mean))
                    row["low"] = .optional(losses.min().map(NumberText.rounded))
                    row["high"] = .optional(losses.max().map { NumberText.rounded(min($0, top)) })
                    return row
                }
                guard point.diverged > 0 || point.mean != nil else { return nil }
                row["edge"] = .number(8 + 11 * place)
                row["note"] = .string(
                    point.diverged > 0 && point.losses.count > 1
                        ? "\(point.diverged) of \(point.losses.count)" : "")
                row["mean"] = .optional(point.mean.map(NumberText.rounded))
                return row
            }
            if let optimum = curve.optimum {
                var row = common
                row["optimum"] = .number(NumberText.rounded(optimum.learningRate))
                row["optimum_low"] = .optional(optimum.low.map(NumberText.rounded))
                row["optimum_high"] = .optional(optimum.high.map(NumberText.rounded))
                row["optimum_loss"] = .number(NumberText.rounded(optimum.loss))
                rows.append(row)
            }
            return rows
        }
    }

    private func layers(_ labels: [String], range: ClosedRange<Double>) -> [Layer] {
        let rates = Set(curves.flatMap { $0.curve.points.map(\.learningRate) }).sorted()
        let x = Ticks.learningRate(rates)
        let y = Channel.position(
            "loss", title: "final validation loss (nats per token)", scale: .logarithmic(range),
            axis: Axis(values: Ticks.round(in: range)))
        let title = Set(result.sizeSeries.map(\.axis.rawValue)).sorted().joined(separator: " or ")
        let colour = Channel.colour("size", .ordinal, title: title, values: labels)
        let faint = Channel.when("pick", 1, otherwise: 0.12)
        let tooltip = Channel.tooltip([
            "line": "size", "learning_rate": "learning rate", "loss": "mean loss", "low": "lowest",
            "high": "highest", "runs": "runs",
        ])
        let optimumTooltip = Channel.tooltip([
            "line": "size", "optimum": "optimal learning rate", "optimum_low": "from",
            "optimum_high": "to", "optimum_loss": "lowest loss",
        ])
        let edgeTooltip = Channel.tooltip([
            "line": "size", "learning_rate": "learning rate", "mean": "mean loss", "runs": "runs",
        ])
        let edge: [String: Channel] = [
            "x": x, "y": .pixelField("edge"), "color": colour, "opacity": faint,
        ]
        return [
            Layer(
                mark: .area, properties: ["opacity": 0.16],
                channels: ["x": x, "y": .field("low"), "y2": .field("high", nil), "color": colour],
                filter: "isValid(datum.loss)"),
            Layer(
                mark: .line,
                properties: [
                    "strokeWidth": 2, "point": ["size": 32, "filled": true, "opacity": 1],
                ],
                channels: ["x": x, "y": y, "color": colour, "opacity": faint], tooltip: tooltip,
                filter: "isValid(datum.loss)", selection: .legend(name: "pick", field: "size")),
            Layer(
                mark: .rule, properties: ["strokeWidth": 3],
                channels: [
                    "x": .field("optimum_low"), "x2": .field("optimum_high", nil),
                    "y": .field("optimum_loss"), "color": colour, "opacity": faint,
                ], filter: "isValid(datum.optimum_low)"),
            Layer(
                mark: .point,
                properties: ["shape": "diamond", "size": 150, "filled": true, "stroke": "white"],
                channels: [
                    "x": .field("optimum"), "y": .field("optimum_loss"), "color": colour,
                    "opacity": faint,
                ], tooltip: optimumTooltip, filter: "isValid(datum.optimum)"),
            Layer(
                mark: .point,
                properties: [
                    "shape": "triangle-up", "size": 58, "strokeWidth": 1.6, "filled": false,
                ], channels: edge, tooltip: edgeTooltip, filter: "isValid(datum.edge)"),
            Layer(
                mark: .text, properties: ["align": "right", "dx": -7, "fontSize": 9],
                channels: edge.merging(["text": .field("note", nil)]) { $1 },
                filter: "isValid(datum.edge)"),
        ]
    }

    private func table() -> CSVTable {
        var table = CSVTable(columns: Self.columns)
        for (series, curve) in curves {
            for point in curve.points {
                let losses = point.losses.compactMap { $0 }
                let isInside = curve.optimum?.window.contains(point.learningRate) ?? false
                table.append([
                    .text(series.name), .text(series.axis.rawValue), .integer(curve.extent),
                    .number(point.learningRate), .optional(point.mean), .optional(losses.min()),
                    .optional(losses.max()), .integer(point.diverged), .integer(point.missing),
                    .integer(isInside ? 1 : 0),
                ])
            }
        }
        return table
    }

    private func caption() -> String {
        let seeds = result.sizeSeries.map(\.seeds).max() ?? 0
        let percent = NumberText.setting((result.confidence * 1000).rounded() / 10)
        return
            "Validation cross-entropy after the last step, in nats per token without z-loss, on a "
            + "logarithmic axis. Lines are means over \(seeds) seeds, bands run from the lowest to "
            + "the highest. A diamond is the lowest point of a parabola in log learning rate through "
            + "the points about the lowest of each curve; the bar through it is its \(percent)% "
            + "interval, from the spread of the seeds pooled over sizes. Open triangles at the upper "
            + "edge are learning rates with a run that diverged, or a mean above the frame."
    }

    private func finding() -> String? {
        let lost = curves.filter { $0.curve.optimum == nil }
        guard let first = lost.first else {
            return curves.isEmpty
                ? nil : "Each of the \(curves.count) curves has an optimum within its grid."
        }
        return "\(lost.count) of \(NumberText.count(curves.count, "curve")) "
            + "\(lost.count == 1 ? "has" : "have") no optimum, the first \(first.series.axis.rawValue) "
            + "\(first.curve.extent)."
    }
}
