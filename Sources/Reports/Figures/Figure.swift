package import Formats

/// A picture of a sweep.
///
/// ``Catalog`` lists those that a report shows.
package protocol Figure: Sendable {
    /// What its files are called, in kebab-case.
    var name: String { get }
    /// Its heading.
    var title: String { get }
    /// Draws a sweep; one that lacks what the figure shows gives a sentence that says so.
    func draw(_ sweep: SweepGrid) -> Drawing
}

/// A drawn figure.
package struct Drawing: Sendable {
    /// How it looks.
    package var specification: Specification
    /// The numbers behind it.
    package var table: CSVTable
    /// What is plotted, in which units and by which conventions.
    package var caption: String
    /// One sentence computed from the numbers; nil when there is nothing to say.
    package var finding: String?
    /// Whether there was something to draw.
    package var hasData = true
}

/// Every figure that ships, in the order of the report.
package enum Catalog {
    /// The figures.
    package static let figures: [any Figure] = [
        LossAgainstLearningRate(), AttentionLogitAgainstLearningRate(),
        SensitivityAgainstParameters(), LossCurves(), AttentionLogitCurves(),
    ]
}

extension Figure {
    /// The figure for a sweep that lacks what it shows.
    func absent(_ sentence: String, columns: [String]) -> Drawing {
        Drawing(
            specification: .sentence(sentence, title: title), table: CSVTable(columns: columns),
            caption: sentence, finding: nil, hasData: false)
    }
}

extension CSVTable.Field {
    /// A number, or nothing.
    static func optional(_ value: Double?) -> Self { value.map(number) ?? .empty }
    /// An integer, or nothing.
    static func optional(_ value: Int?) -> Self { value.map(integer) ?? .empty }
}
