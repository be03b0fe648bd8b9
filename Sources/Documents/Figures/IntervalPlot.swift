import Formats
import Foundation

/// Numbers with their intervals, a name a row, side by side where several series have one of a name.
package struct IntervalPlot {
    /// A number.
    package struct Entry {
        /// Its row.
        package var label: String
        /// Its series; empty where there is one.
        package var series = ""
        /// The number; nil where there is none.
        package var value: Double?
        /// The lower end of its interval; nil without one.
        package var low: Double?
        /// The upper end.
        package var high: Double?
        /// What it is a mean of, drawn as small points.
        package var parts: [Double] = []
        /// A second line under its label; empty for none.
        package var text = ""

        /// Names a number.
        package init(
            label: String, series: String = "", value: Double? = nil, low: Double? = nil,
            high: Double? = nil, parts: [Double] = [], text: String = ""
        ) {
            self.label = label
            self.text = text
            self.series = series
            self.value = value
            self.low = low
            self.high = high
            self.parts = parts
        }
    }

    /// What its files are called.
    package var name: String
    /// Its heading.
    package var title: String
    /// What the axis shows, with its unit.
    package var axis: String
    /// What the series are.
    package var seriesTitle = ""
    /// The numbers, row by row.
    package var entries: [Entry]
    /// Where numbers should lie, shaded; an end that is not finite is that of the frame.
    package var band: ClosedRange<Double>?
    /// Places to compare with, drawn across all rows.
    package var guides: [Double] = []
    /// Whether equal ratios take equal space; for numbers that are all positive.
    package var isLogarithmic = false
    /// Whether rows are few and short, as beside a sentence.
    package var isSmall: Bool
    /// What series mean, where a series is what a number comes to: numbers of one row then share its line.
    package var outcomes: [Badge] = []

    /// Gathers numbers.
    package init(
        name: String, title: String, axis: String, seriesTitle: String = "", entries: [Entry],
        band: ClosedRange<Double>? = nil, guides: [Double] = [], isLogarithmic: Bool = false,
        isSmall: Bool = false
    ) {
        self.name = name
        self.title = title
        self.axis = axis
        self.seriesTitle = seriesTitle
        self.entries = entries
        self.band = band
        self.guides = guides
        self.isLogarithmic = isLogarithmic
        self.isSmall = isSmall
    }

    /// Columns of the table.
    private static let columns = ["label", "series", "kind", "value", "low", "high"]

    /// Names in the order in which they come.
    private func distinct(_ names: [String]) -> [String] {
        names.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// Draws the numbers.
    ///
    /// - Parameters:
    ///   - caption: What is plotted, in which units and by which conventions.
    ///   - finding: One sentence computed from the numbers.
    /// - Returns: The figure with its drawing.
    package func drawn(caption: String, finding: String? = nil) -> DrawnFigure {
        let known = entries.filter { entry in
            entry.value?.isFinite ?? false || entry.parts.contains(where: \.isFinite)
        }
        guard let frame = frame(known) else {
            return DrawnFigure(
                name: name, title: title,
                drawing: Drawing(
                    specification: .sentence("There is no number to draw.", title: title),
                    table: table(), caption: "There is no number to draw.", finding: nil,
                    hasData: false))
        }
        let labels = distinct(known.map(\.heading))
        let series = distinct(known.map(\.series))
        var figure = Specification(title: title)
        figure.width = isSmall ? 420 : 560
        figure.height = max(
            Double(labels.count) * rowHeight(series.count) + 8, 48)
        let longest =
            labels.flatMap { $0.split(separator: "\n").map(\.count) }.max() ?? 0
        figure.room = 56 + min(Double(longest) * 7, 300)
        figure.rows = known.flatMap { rows($0, frame) }
        figure.layers = layers(labels, series, frame)
        let isCut = known.contains { entry in
            [entry.low, entry.high].compactMap(\.self).contains { !frame.contains($0) }
        }
        return DrawnFigure(
            name: name, title: title,
            drawing: Drawing(
                specification: figure, table: table(),
                caption: caption + (isCut ? " Arrows mark intervals that leave the frame." : ""),
                finding: finding))
    }

    private func rowHeight(_ series: Int) -> Double {
        if entries.contains(where: { !$0.text.isEmpty }) { return 38 }
        return isSmall ? 30 : 12 + 13 * (outcomes.isEmpty ? Double(series) : 1)
    }

    /// The range of the axis: numbers, band and guides, and as much of intervals as leaves them readable.
    private func frame(_ known: [Entry]) -> ClosedRange<Double>? {
        let limits = band.map { [$0.lowerBound, $0.upperBound].filter(\.isFinite) } ?? []
        let values = known.flatMap { [$0.value].compactMap(\.self) + $0.parts.filter(\.isFinite) }
        let core = values + limits + guides
        func place(_ value: Double) -> Double { isLogarithmic ? log(value) : value }
        guard !values.isEmpty, let low = core.map(place).min(), let high = core.map(place).max()
        else { return nil }
        let span = high > low ? high - low : isLogarithmic ? 1 : max(high.magnitude, 1e-6)
        let ends = known.flatMap { [$0.low, $0.high].compactMap(\.self) }.map(place)
            .filter(\.isFinite)
        let most = 1.2 * span
        let from = max(min(ends.min() ?? low, low), low - most)
        let to = min(max(ends.max() ?? high, high), high + most)
        let room = 0.05 * (to - from)
        if isLogarithmic {
            return NumberText.rounded(exp(from - room))...NumberText.rounded(exp(to + room))
        }
        // Nothing that cannot be negative is drawn with room below zero.
        let least = from >= 0 && from < 0.4 * to ? 0 : from - room
        return NumberText.rounded(least)...NumberText.rounded(to + room)
    }

    private func rows(_ entry: Entry, _ frame: ClosedRange<Double>) -> [[String: JSONValue]] {
        let common: [String: JSONValue] = [
            "label": .string(entry.heading), "series": .string(entry.series),
        ]
        // Where an interval leaves the frame, an arrow stands.
        func edge(_ value: Double?, _ limit: Double, _ isBeyond: (Double, Double) -> Bool)
            -> JSONValue
        {
            .optional(value.flatMap { isBeyond($0, limit) ? limit : nil })
        }
        func inside(_ value: Double?) -> JSONValue {
            .optional(
                value.map {
                    NumberText.rounded(min(max($0, frame.lowerBound), frame.upperBound))
                })
        }
        let parts = entry.parts.filter(\.isFinite).map { part in
            common.merging(["part": .number(NumberText.rounded(part))]) { $1 }
        }
        return parts + [
            common.merging([
                "value": .optional(entry.value.map(NumberText.rounded)), "low": inside(entry.low),
                "high": inside(entry.high),
                "beyond_low": edge(entry.low, frame.lowerBound, <),
                "beyond_high": edge(entry.high, frame.upperBound, >),
                "interval": .string(
                    entry.low.flatMap { low in
                        entry.high.map {
                            "\(NumberText.short(low)) to \(NumberText.short($0))"
                        }
                    } ?? "none"),
            ]) { $1 }
        ]
    }

    private func layers(
        _ labels: [String], _ series: [String], _ frame: ClosedRange<Double>
    ) -> [Layer] {
        let x = Channel.position(
            "value", title: axis, scale: isLogarithmic ? .logarithmic(frame) : .linear(frame),
            axis: isLogarithmic
                ? Axis(values: ticks(frame), labels: .powers) : Axis(count: isSmall ? 5 : 8))
        var channels: [String: Channel] = ["y": .names("label", values: labels)]
        var properties: [String: JSONValue] = [:]
        if !outcomes.isEmpty {
            channels["color"] = .colour(
                "series", .nominal, title: seriesTitle, values: outcomes.map(\.word),
                colours: outcomes.map(\.tone.colour))
        } else if series.count > 1 {
            channels["yOffset"] = .beside("series", values: series)
            channels["color"] = .colour("series", .nominal, title: seriesTitle, values: series)
        } else {
            properties["color"] = "#0b84c6"
        }
        func merged(_ own: [String: Channel]) -> [String: Channel] {
            channels.merging(own) { $1 }
        }
        var layers: [Layer] = []
        if let band {
            let ends = band.clamped(to: frame)
            layers.append(
                Layer(
                    mark: .rect, properties: ["opacity": 0.16, "color": "#009e73"],
                    channels: ["x": .field("from"), "x2": .field("to", nil)],
                    rows: [
                        ["from": .number(ends.lowerBound), "to": .number(ends.upperBound)]
                    ]))
        }
        layers += guides.map { guide in
            Layer(
                mark: .rule, properties: ["style": "reference"], channels: ["x": .field("guide")],
                rows: [["guide": .number(guide)]])
        }
        if entries.contains(where: { !$0.parts.isEmpty }) {
            layers.append(
                Layer(
                    mark: .point,
                    properties: properties.merging([
                        "size": 26, "filled": true, "opacity": 0.6,
                    ]) { $1 }, channels: merged(["x": .field("part")]),
                    filter: "isValid(datum.part)"))
        }
        let arrows = [("beyond_low", "triangle-left"), ("beyond_high", "triangle-right")].map {
            Layer(
                mark: .point,
                properties: properties.merging([
                    "shape": .string($1), "size": 60, "filled": true, "opacity": 1,
                ]) { $1 }, channels: merged(["x": .field($0)]), filter: "isValid(datum.\($0))")
        }
        return layers + arrows + [
            Layer(
                mark: .rule, properties: properties.merging(["strokeWidth": 2]) { $1 },
                channels: merged(["x": .field("low"), "x2": .field("high", nil)]),
                filter: "isValid(datum.low) && isValid(datum.high)"),
            Layer(
                mark: .point,
                properties: properties.merging(["size": 64, "filled": true, "opacity": 1]) { $1 },
                channels: merged(["x": x]),
                tooltip: Channel.tooltip([
                    "label": "of", "series": "series", "value": "value", "interval": "interval",
                ]), filter: "isValid(datum.value)"),
        ]
    }

    private func ticks(_ frame: ClosedRange<Double>) -> [Double] {
        let decades = Ticks.decades(in: frame)
        return decades.count > 2 ? decades : Ticks.round(in: frame)
    }

    private func table() -> CSVTable {
        var table = CSVTable(columns: Self.columns)
        for entry in entries {
            table.append([
                .text(entry.label), .text(entry.series), .text("value"), .optional(entry.value),
                .optional(entry.low), .optional(entry.high),
            ])
            for part in entry.parts {
                table.append([
                    .text(entry.label), .text(entry.series), .text("part"), .number(part), .empty,
                    .empty,
                ])
            }
        }
        return table
    }
}

extension IntervalPlot.Entry {
    /// The label with what stands under it.
    var heading: String { text.isEmpty ? label : "\(label)\n\(text)" }
}
