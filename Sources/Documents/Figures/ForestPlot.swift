/// Estimates with their intervals, a row each, beside the value that stands for no effect: a forest plot.
///
/// The numbers stand under each name, and colours say what each row comes to.
package struct ForestPlot {
    /// An estimate.
    package struct Row {
        /// Of what.
        package var label: String
        /// The estimate; nil where a row shows its parts alone.
        package var value: Double?
        /// The lower end of its interval; nil without one.
        package var low: Double?
        /// The upper end.
        package var high: Double?
        /// What it is a mean of.
        package var parts: [Double]
        /// What it comes to.
        package var outcome: Badge

        /// Describes an estimate.
        package init(
            _ label: String, _ value: Double?, low: Double? = nil, high: Double? = nil,
            parts: [Double] = [], outcome: Badge
        ) {
            self.label = label
            self.value = value
            self.low = low
            self.high = high
            self.parts = parts
            self.outcome = outcome
        }
    }

    /// What its files are called.
    package var name: String
    /// Its heading.
    package var title: String
    /// What the axis shows, with its unit.
    package var axis: String
    /// The estimates, row by row.
    package var rows: [Row]
    /// The value of no effect; nil where there is none.
    package var reference: Double?
    /// Where an effect is too small to matter, or is expected, shaded.
    package var band: ClosedRange<Double>?
    /// Whether equal ratios take equal space.
    package var isLogarithmic: Bool
    /// Whether it stands beside a sentence.
    package var isSmall: Bool
    /// A number in words.
    package var number: (Double) -> String

    /// Gathers estimates.
    package init(
        name: String, title: String, axis: String, rows: [Row], reference: Double? = 0,
        band: ClosedRange<Double>? = nil, isLogarithmic: Bool = false, isSmall: Bool = false,
        number: @escaping (Double) -> String = NumberText.short
    ) {
        self.name = name
        self.title = title
        self.axis = axis
        self.rows = rows
        self.reference = reference
        self.band = band
        self.isLogarithmic = isLogarithmic
        self.isSmall = isSmall
        self.number = number
    }

    /// Draws the estimates.
    ///
    /// - Parameters:
    ///   - caption: What is plotted, in which units and by which conventions.
    ///   - finding: One sentence computed from the numbers.
    /// - Returns: The figure with its drawing.
    package func drawn(caption: String, finding: String? = nil) -> DrawnFigure {
        var outcomes: [Badge] = []
        for row in rows where !outcomes.contains(where: { $0.word == row.outcome.word }) {
            outcomes.append(row.outcome)
        }
        var plot = IntervalPlot(
            name: name, title: title, axis: axis, seriesTitle: "",
            entries: rows.map { row in
                IntervalPlot.Entry(
                    label: row.label, series: row.outcome.word, value: row.value, low: row.low,
                    high: row.high, parts: row.parts, text: text(row))
            }, band: band, guides: reference.map { [$0] } ?? [], isLogarithmic: isLogarithmic,
            isSmall: isSmall)
        plot.outcomes = outcomes
        return plot.drawn(caption: caption, finding: finding)
    }

    private func text(_ row: Row) -> String {
        guard let value = row.value else { return "" }
        guard let low = row.low, let high = row.high else { return number(value) }
        return "\(number(value)) (\(number(low)) to \(number(high)))"
    }
}

extension Badge.Tone {
    /// The colour of a mark, which stands out from light and dark.
    var colour: String {
        switch self {
        case .good: "#009e73"
        case .bad: "#d55e00"
        case .open: "#858d99"
        }
    }
}
