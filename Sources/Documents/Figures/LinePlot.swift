import Formats

/// Lines through points, a line a series and a panel for each of what they show.
package struct LinePlot {
    /// A point of a line.
    package struct Point {
        /// Its panel; empty where there is one.
        package var panel = ""
        /// Its line.
        package var series: String
        /// Where it stands.
        package var x: Double
        /// How high.
        package var y: Double
        /// The lower end of its interval; nil without one.
        package var low: Double?
        /// The upper end.
        package var high: Double?

        /// Places a point.
        package init(
            panel: String = "", series: String, x: Double, y: Double, low: Double? = nil,
            high: Double? = nil
        ) {
            self.panel = panel
            self.series = series
            self.x = x
            self.y = y
            self.low = low
            self.high = high
        }
    }

    /// What its files are called.
    package var name: String
    /// Its heading.
    package var title: String
    /// What the horizontal axis shows, with its unit.
    package var xAxis: String
    /// What the vertical axis shows, with its unit.
    package var yAxis: String
    /// What the series are.
    package var seriesTitle: String
    /// The points, line by line.
    package var points: [Point]
    /// Whether equal ratios take equal space along x.
    package var hasLogarithmicX = true
    /// Whether equal ratios take equal space along y.
    package var hasLogarithmicY = false
    /// Whether panels have one vertical axis in common.
    package var sharesHeight = true
    /// A shaded range: for some places along x its lower and upper end.
    package var band: [(x: Double, low: Double, high: Double)] = []
    /// Panels beside each other.
    package var columns: Int

    /// Gathers points.
    package init(
        name: String, title: String, xAxis: String, yAxis: String, seriesTitle: String,
        points: [Point], hasLogarithmicX: Bool = true, hasLogarithmicY: Bool = false,
        sharesHeight: Bool = true, band: [(x: Double, low: Double, high: Double)] = [],
        columns: Int = 3
    ) {
        self.name = name
        self.title = title
        self.xAxis = xAxis
        self.yAxis = yAxis
        self.seriesTitle = seriesTitle
        self.points = points
        self.hasLogarithmicX = hasLogarithmicX
        self.hasLogarithmicY = hasLogarithmicY
        self.sharesHeight = sharesHeight
        self.band = band
        self.columns = columns
    }

    private func distinct(_ names: [String]) -> [String] {
        names.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// Draws the lines.
    ///
    /// - Parameters:
    ///   - caption: What is plotted, in which units and by which conventions.
    ///   - finding: One sentence computed from the numbers.
    ///   - all: All points, where not all are drawn; the table holds these.
    /// - Returns: The figure with its drawing.
    package func drawn(caption: String, finding: String? = nil, all: [Point]? = nil) -> DrawnFigure
    {
        let table = table(all ?? points)
        let known = points.filter { point in
            point.y.isFinite && (!hasLogarithmicY || point.y > 0)
        }
        guard !known.isEmpty else {
            return DrawnFigure(
                name: name, title: title,
                drawing: Drawing(
                    specification: .sentence("Nothing was recorded.", title: title), table: table,
                    caption: "Nothing was recorded.", finding: nil, hasData: false))
        }
        let panels = distinct(known.map(\.panel))
        var figure = Specification(title: title)
        figure.width = panels.count > 1 ? 280 : 520
        figure.height = panels.count > 1 ? 190 : 280
        figure.rows = known.map(row)
        if panels.count > 1 {
            figure.panels = .init(
                field: "panel", order: panels, columns: columns, sharesHeight: sharesHeight)
        }
        figure.layers = layers(known)
        return DrawnFigure(
            name: name, title: title,
            drawing: Drawing(
                specification: figure, table: table, caption: caption, finding: finding))
    }

    private func row(_ point: Point) -> [String: JSONValue] {
        [
            "panel": .string(point.panel), "series": .string(point.series),
            "x": .number(NumberText.rounded(point.x)), "y": .number(NumberText.rounded(point.y)),
            "low": .optional(point.low.map(NumberText.rounded)),
            "high": .optional(point.high.map(NumberText.rounded)),
        ]
    }

    private func layers(_ known: [Point]) -> [Layer] {
        let places = Set(known.map(\.x)).sorted()
        let x: Channel
        if hasLogarithmicX {
            let range = Ticks.room(about: places, factor: 1.15)
            let isCount = places.allSatisfy { $0 == $0.rounded() && $0 >= 1 && $0 < 1e5 }
            let decades = Ticks.decades(in: range)
            x = .position(
                "x", title: xAxis, scale: .logarithmic(range),
                axis: isCount && places.count <= 8
                    ? Axis(values: places)
                    : Axis(
                        values: decades.count > 1 ? decades : Ticks.round(in: range),
                        labels: .metric))
        } else {
            let span = max((places.last ?? 1) - (places.first ?? 0), 1)
            x = .position(
                "x", title: xAxis,
                scale: .linear(
                    ((places.first ?? 0) - 0.08 * span)...((places.last ?? 1) + 0.08 * span)),
                axis: Axis(values: places))
        }
        let y: Channel
        if hasLogarithmicY {
            var heights: [Double] = known.map(\.y)
            heights += known.compactMap(\.low) + known.compactMap(\.high)
            heights += band.map(\.low) + band.map(\.high)
            let range = Ticks.room(about: heights.filter { $0 > 0 }, factor: 1.08)
            y = .position(
                "y", title: yAxis, scale: .logarithmic(range),
                axis: Axis(values: Ticks.round(in: range)))
        } else {
            // Axes of their own take the same room, so that panels stand below each other.
            y = .position(
                "y", title: yAxis, scale: Scale(padding: 10),
                axis: Axis(count: 5, leastExtent: sharesHeight ? nil : 52))
        }
        let series = distinct(known.map(\.series))
        let colour = Channel.colour("series", .nominal, title: seriesTitle, values: series)
        let faint = Channel.when("pick", 1, otherwise: 0.12)
        var layers: [Layer] = []
        if !band.isEmpty {
            layers.append(
                Layer(
                    mark: .area, properties: ["opacity": 0.16, "color": "#009e73"],
                    channels: ["x": x, "y": .field("floor"), "y2": .field("ceiling", nil)],
                    rows: band.map {
                        [
                            "x": .number(NumberText.rounded($0.x)),
                            "floor": .number(NumberText.rounded($0.low)),
                            "ceiling": .number(NumberText.rounded($0.high)),
                        ]
                    }))
        }
        if known.contains(where: { $0.low != nil && $0.high != nil }) {
            layers.append(
                Layer(
                    mark: .rule, properties: ["strokeWidth": 1.6, "opacity": 0.7],
                    channels: [
                        "x": x, "y": .field("low"), "y2": .field("high", nil), "color": colour,
                    ], filter: "isValid(datum.low) && isValid(datum.high)"))
        }
        layers.append(
            Layer(
                mark: .line,
                properties: ["strokeWidth": 1.8, "point": ["size": 30, "filled": true]],
                channels: ["x": x, "y": y, "color": colour, "opacity": faint],
                tooltip: Channel.tooltip([
                    "panel": "of", "series": "line", "x": "at", "y": "value", "low": "from",
                    "high": "to",
                ]), selection: .legend(name: "pick", field: "series")))
        return layers
    }

    private func table(_ points: [Point]) -> CSVTable {
        var table = CSVTable(columns: ["panel", "series", "x", "y", "low", "high"])
        for point in points {
            table.append([
                .text(point.panel), .text(point.series), .number(point.x), .number(point.y),
                .optional(point.low), .optional(point.high),
            ])
        }
        return table
    }
}
