import Formats
import Foundation

/// Numbers over rows and columns as colours, one a cell: a heat map.
///
/// A cell without a number stays blank.
package struct HeatMap {
    /// A number and where it stands.
    package struct Cell {
        /// Its row.
        package var row: String
        /// Its column.
        package var column: String
        /// The number.
        package var value: Double
        /// What it is the number of, as whoever points at it reads.
        package var detail: String

        /// Places a number.
        package init(row: String, column: String, value: Double, detail: String = "") {
            self.row = row
            self.column = column
            self.value = value
            self.detail = detail
        }
    }

    /// What colours stand out.
    package enum Emphasis: Sendable {
        /// Large numbers.
        case large
        /// Small numbers.
        case small
        /// Numbers far from zero, in two colours.
        case farFromZero
    }

    /// What its files are called.
    package var name: String
    /// Its heading.
    package var title: String
    /// What the columns are.
    package var xAxis: String
    /// What the colours show, with its unit.
    package var measure: String
    /// The rows from top to bottom.
    package var rows: [String]
    /// The columns from left to right.
    package var columns: [String]
    /// The numbers.
    package var cells: [Cell]
    /// What colours stand out.
    package var emphasis: Emphasis
    /// Whether equal ratios take equal steps of colour; for numbers above zero.
    package var isLogarithmic: Bool

    /// Gathers numbers.
    package init(
        name: String, title: String, xAxis: String, measure: String, rows: [String],
        columns: [String], cells: [Cell], emphasis: Emphasis = .large, isLogarithmic: Bool = false
    ) {
        self.name = name
        self.title = title
        self.xAxis = xAxis
        self.measure = measure
        self.rows = rows
        self.columns = columns
        self.cells = cells
        self.emphasis = emphasis
        self.isLogarithmic = isLogarithmic
    }

    /// Draws the numbers.
    ///
    /// - Parameters:
    ///   - caption: What is plotted, in which units and by which conventions.
    ///   - finding: One sentence computed from the numbers.
    /// - Returns: The figure with its drawing.
    package func drawn(caption: String, finding: String? = nil) -> DrawnFigure {
        let known = cells.filter { $0.value.isFinite && (!isLogarithmic || $0.value > 0) }
        guard !known.isEmpty else {
            let sentence = "There is no number to draw."
            return DrawnFigure(
                name: name, title: title,
                drawing: Drawing(
                    specification: .sentence(sentence, title: title), table: table,
                    caption: sentence, hasData: false))
        }
        let shown = rows.filter { row in known.contains { $0.row == row } }
        var figure = Specification(title: title)
        figure.ramp = .numbers
        figure.width = 620
        figure.height = Double(shown.count) * 24
        figure.room = 56 + min(Double(shown.map(\.count).max() ?? 0) * 7, 300)
        figure.rows = known.map { cell in
            [
                "row": .string(cell.row), "column": .string(cell.column),
                "value": .number(NumberText.rounded(cell.value)), "of": .string(cell.detail),
            ]
        }
        figure.layers = [
            Layer(
                mark: .rect, properties: ["strokeWidth": 0],
                channels: [
                    "x": .columns("column", title: xAxis, values: columns),
                    "y": .rows("row", values: shown),
                    "color": .shade(
                        "value", title: measure, range: range(known.map(\.value)),
                        isLogarithmic: isLogarithmic, emphasis: emphasis),
                ],
                tooltip: Channel.tooltip([
                    "of": "of", "row": "part", "column": xAxis, "value": measure,
                ]))
        ]
        return DrawnFigure(
            name: name, title: title,
            drawing: Drawing(
                specification: figure, table: table, caption: caption, finding: finding))
    }

    /// The numbers at the ends of the colours, never the same.
    private func range(_ values: [Double]) -> ClosedRange<Double> {
        if isLogarithmic { return Ticks.room(about: values, factor: 1.02) }
        let low = values.min() ?? 0
        let high = values.max() ?? 0
        if emphasis == .farFromZero {
            let reach = max(low.magnitude, high.magnitude, 1e-3)
            return NumberText.rounded(-reach)...NumberText.rounded(reach)
        }
        let room = high > low ? 0 : max(0.01 * high.magnitude, 1e-3)
        return NumberText.rounded(low - room)...NumberText.rounded(high + room)
    }

    private var table: CSVTable {
        var table = CSVTable(columns: ["row", "column", "value", "of"])
        for cell in cells {
            table.append([
                .text(cell.row), .text(cell.column), .number(cell.value), .text(cell.detail),
            ])
        }
        return table
    }
}

extension Channel {
    /// Names side by side below the panel, in an order; where there is no room for all, some.
    fileprivate static func columns(_ field: String, title: String, values: [String]) -> Self {
        Self(
            json: [
                "field": .string(field), "type": "ordinal", "title": .string(title),
                "scale": [
                    "domain": .strings(values), "paddingInner": values.count > 60 ? 0 : 0.06,
                ],
                "axis": [
                    "labelAngle": 0, "labelOverlap": "greedy", "labelSeparation": 8, "grid": false,
                    "domain": false, "ticks": false,
                ],
            ])
    }

    /// Names down the left side of the panel, in an order, without lines through their rows.
    fileprivate static func rows(_ field: String, values: [String]) -> Self {
        Self(
            json: [
                "field": .string(field), "type": "nominal", "title": nil,
                "scale": ["domain": .strings(values), "paddingInner": 0.06],
                "axis": [
                    "labelLimit": 300, "labelOverlap": false, "ticks": false, "grid": false,
                    "domain": false,
                ],
            ])
    }

    /// A colour between two for each number, with a legend.
    fileprivate static func shade(
        _ field: String, title: String, range: ClosedRange<Double>, isLogarithmic: Bool,
        emphasis: HeatMap.Emphasis
    ) -> Self {
        var scale: [String: JSONValue] = [
            "type": isLogarithmic ? "log" : "linear", "nice": false,
            "domain": .numbers([range.lowerBound, range.upperBound]),
        ]
        if !isLogarithmic { scale["zero"] = false }
        switch emphasis {
        case .large: scale["range"] = "heatmap"
        case .small: (scale["range"], scale["reverse"]) = ("heatmap", true)
        case .farFromZero: (scale["range"], scale["domainMid"]) = ("diverging", 0)
        }
        var legend: [String: JSONValue] = [
            "type": "gradient", "gradientLength": 170, "gradientThickness": 11,
            "labelExpr": .string((isLogarithmic ? Axis.Labels.powers : .plain).expression),
            "tickCount": 4, "labelOverlap": "greedy", "labelSeparation": 4, "titleLimit": 300,
        ]
        if isLogarithmic {
            let decades = Ticks.decades(in: range)
            legend["values"] = .numbers(decades.count > 1 ? decades : Ticks.round(in: range))
        }
        return Self(
            json: [
                "field": .string(field), "type": "quantitative", "title": .string(title),
                "scale": .object(scale), "legend": .object(legend),
            ])
    }
}
