package import Documents
import Formats
import Foundation
import Reports
import Statistics
import Sweeps

/// The optimal learning rate against size, with intervals, the fitted line and the bound.
package struct TransferDrift: Sendable {
    package let name: String
    package let title: String
    private let result: TransferResult
    private static let columns = [
        "series", "axis", "extent", "optimum", "low", "high", "fitted", "lowest_loss", "reason",
    ]

    /// Shows a study's optima.
    package init(
        _ result: TransferResult, name: String = "transfer-optimum-against-size",
        title: String = "The optimal learning rate against size"
    ) {
        self.result = result
        self.name = name
        self.title = title
    }

    /// The figure with its drawing.
    package var drawn: DrawnFigure { DrawnFigure(name: name, title: title, drawing: draw()) }

    /// Draws the optima.
    package func draw() -> Drawing {
        let shown = result.sizeSeries.filter { $0.curves.contains { !$0.marks.isEmpty } }
        let marks = shown.flatMap { $0.curves.flatMap(\.marks) }
        guard !marks.isEmpty else {
            return .absent("No size has an optimum.", title: title, columns: Self.columns)
        }
        let bands = shown.flatMap { series in
            line(of: series).map { [$0.fitted / result.bound, $0.fitted * result.bound] } ?? []
        }
        let intervals = shown.flatMap(\.curves).compactMap(\.optimum).flatMap {
            [$0.low, $0.high].compactMap(\.self)
        }
        let extents = Set(shown.flatMap { $0.curves.map { Double($0.extent) } }).sorted()
        var figure = Specification(title: title)
        figure.width = shown.count > 1 ? 380 : 560
        figure.rows = rows(shown)
        if shown.count > 1 {
            figure.panels = .init(field: "panel", order: shown.map(panel))
        }
        let range = Ticks.room(
            about: (marks.map(\.learningRate) + intervals + bands).filter { $0 > 0 }, factor: 1.4)
        figure.layers = layers(extents: extents, range: range)
        let empty = result.sizeSeries.filter { series in !shown.contains { $0.name == series.name }
        }
        return Drawing(
            specification: figure, table: table(),
            caption: caption(marks, without: empty.map(\.name)))
    }

    private func panel(_ series: TransferResult.SizeSeries) -> String {
        "\(series.name): \(series.verdict.rawValue)"
    }

    /// The fitted learning rate at the smallest size that has an optimum.
    private func line(
        of series: TransferResult.SizeSeries
    ) -> (extent: Double, fitted: Double)? {
        let known = series.curves.compactMap { curve in
            curve.optimum.map { (log2(Double(curve.extent)), log2($0.learningRate)) }
        }
        guard let drift = series.drift, let first = known.first else { return nil }
        let count = Double(known.count)
        let centre = known.reduce(0) { $0 + $1.0 } / count
        let mean = known.reduce(0) { $0 + $1.1 } / count
        return (exp2(first.0), exp2(mean + log2(drift.perDoubling) * (first.0 - centre)))
    }

    /// The fitted learning rate at a size.
    private func fitted(_ series: TransferResult.SizeSeries, _ extent: Int) -> Double? {
        guard let line = line(of: series), let drift = series.drift else { return nil }
        return line.fitted * pow(drift.perDoubling, log2(Double(extent) / line.extent))
    }

    private func rows(_ sizeSeries: [TransferResult.SizeSeries]) -> [[String: JSONValue]] {
        sizeSeries.flatMap { series -> [[String: JSONValue]] in
            let start = line(of: series)
            let open = series.curves.flatMap { curve in
                curve.marks.filter { $0.kind != .optimum }.map { mark -> [String: JSONValue] in
                    [
                        "panel": .string(panel(series)), "extent": .number(Double(curve.extent)),
                        "open": .number(NumberText.rounded(mark.learningRate)),
                        "mark": .string(mark.kind.rawValue),
                        "why": .string(curve.reason ?? ""),
                    ]
                }
            }
            return open
                + series.curves.map { curve in
                    var row: [String: JSONValue] = [
                        "panel": .string(panel(series)), "extent": .number(Double(curve.extent)),
                    ]
                    if let optimum = curve.optimum {
                        row["optimum"] = .number(NumberText.rounded(optimum.learningRate))
                        row["low"] = .optional(optimum.low.map(NumberText.rounded))
                        row["high"] = .optional(optimum.high.map(NumberText.rounded))
                        row["loss"] = .number(NumberText.rounded(optimum.loss))
                    }
                    if let fitted = fitted(series, curve.extent), let start {
                        row["fitted"] = .number(NumberText.rounded(fitted))
                        row["floor"] = .number(NumberText.rounded(start.fitted / result.bound))
                        row["ceiling"] = .number(NumberText.rounded(start.fitted * result.bound))
                    }
                    return row
                }
        }
    }

    private func layers(extents: [Double], range: ClosedRange<Double>) -> [Layer] {
        let axes = Set(result.sizeSeries.map(\.axis.rawValue)).sorted().joined(separator: " or ")
        let x = Channel.position(
            "extent", title: axes, scale: .logarithmic(Ticks.room(about: extents, factor: 1.2)),
            axis: Axis(values: extents))
        let ticks = Ticks.decades(in: range)
        let y = Channel.position(
            "optimum", title: "optimal learning rate", scale: .logarithmic(range),
            axis: Axis(
                values: ticks.count > 2 ? ticks : Ticks.round(in: range), labels: .scientific))
        let tooltip = Channel.tooltip([
            "extent": "size", "optimum": "optimal learning rate", "low": "from", "high": "to",
            "loss": "lowest loss", "fitted": "line",
        ])
        let colour: JSONValue = "#0b84c6"
        let openTooltip = Channel.tooltip([
            "extent": "size", "open": "learning rate of the lowest loss", "why": "no optimum",
        ])
        let open: [(TransferResult.Curve.Mark.Kind, JSONValue)] = [
            (.above, "triangle-up"), (.below, "triangle-down"), (.open, "circle"),
        ]
        let marks = open.map { kind, shape in
            Layer(
                mark: .point,
                properties: [
                    "shape": shape, "size": 110, "filled": false, "strokeWidth": 2, "color": colour,
                ], channels: ["x": x, "y": .field("open")], tooltip: openTooltip,
                filter: "datum.mark === '\(kind.rawValue)'")
        }
        return marks + [
            Layer(
                mark: .area, properties: ["opacity": 0.14, "color": "#009e73"],
                channels: ["x": x, "y": .field("floor"), "y2": .field("ceiling", nil)],
                filter: "isValid(datum.floor)"),
            Layer(
                mark: .line, properties: ["style": "reference", "color": colour],
                channels: ["x": x, "y": .field("fitted")], filter: "isValid(datum.fitted)"),
            Layer(
                mark: .rule, properties: ["strokeWidth": 2.4, "color": colour],
                channels: ["x": x, "y": .field("low"), "y2": .field("high", nil)],
                filter: "isValid(datum.low)"),
            Layer(
                mark: .point,
                properties: ["shape": "diamond", "size": 130, "filled": true, "color": colour],
                channels: ["x": x, "y": y], tooltip: tooltip, filter: "isValid(datum.optimum)"),
        ]
    }

    private func table() -> CSVTable {
        var table = CSVTable(columns: Self.columns)
        for series in result.sizeSeries {
            for curve in series.curves {
                table.append([
                    .text(series.name), .text(series.axis.rawValue), .integer(curve.extent),
                    .optional(curve.optimum?.learningRate), .optional(curve.optimum?.low),
                    .optional(curve.optimum?.high), .optional(fitted(series, curve.extent)),
                    .optional(curve.optimum?.loss), .text(curve.reason ?? ""),
                ])
            }
        }
        return table
    }

    private func caption(
        _ marks: [TransferResult.Curve.Mark], without empty: [String]
    ) -> String {
        let percent = NumberText.setting((result.confidence * 1000).rounded() / 10)
        let kinds = Set(marks.map(\.kind))
        var sentences: [String] = []
        if kinds.contains(.optimum) {
            sentences.append("Diamonds are optima with their \(percent)% intervals.")
        }
        if kinds.contains(.above) || kinds.contains(.below) {
            sentences.append("Triangles point to where an optimum lies beyond the grid.")
        }
        if kinds.contains(.open) {
            sentences.append(
                "Open circles are the lowest losses of curves that have no optimum: too flat, or beside "
                    + "divergence.")
        }
        if result.sizeSeries.contains(where: { $0.drift != nil }) {
            sentences.append(
                "The dashed line is the regression of log optimal learning rate on log size; the band is "
                    + "a factor of \(NumberText.setting(result.bound)) about its start, within which the "
                    + "whole interval of the total drift must lie to pass.")
        }
        if !empty.isEmpty {
            sentences.append("No size has an optimum for \(NumberText.list(empty)).")
        }
        return sentences.joined(separator: " ")
    }
}

extension TransferResult.Curve {
    /// Where a figure puts the lowest loss of a curve.
    struct Mark {
        /// What stands there.
        enum Kind: String {
            /// The optimum.
            case optimum
            /// The end of the grid above which it lies.
            case above
            /// The end of the grid below which it lies.
            case below
            /// The lowest loss of a curve without an optimum.
            case open
        }

        var kind: Kind
        var learningRate: Double
    }

    /// Where the lowest loss stands; none where runs are missing.
    var marks: [Mark] {
        if let optimum { return [Mark(kind: .optimum, learningRate: optimum.learningRate)] }
        guard points.allSatisfy({ $0.missing == 0 }), let first = points.first,
            let last = points.last
        else { return [] }
        do {
            _ = try Optimum(
                LossCurve(points.map { .init(learningRate: $0.learningRate, losses: $0.losses) }))
            return []
        } catch {
            return switch error {
            case .everyRunDiverged: [Mark(kind: .below, learningRate: first.learningRate)]
            case .beyond(let isDown, _):
                [
                    isDown
                        ? Mark(kind: .below, learningRate: first.learningRate)
                        : Mark(kind: .above, learningRate: last.learningRate)
                ]
            case .edgeOfDivergence(let rate, _), .flat(let rate):
                [Mark(kind: .open, learningRate: rate)]
            case .severalOptima(let low, let high):
                [low, high].map { Mark(kind: .open, learningRate: $0) }
            }
        }
    }
}
