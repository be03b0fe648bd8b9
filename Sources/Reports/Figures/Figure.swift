package import Documents

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
        .absent(sentence, title: title, columns: columns)
    }
}

extension DrawnFigure {
    /// A figure with its drawing.
    init(_ figure: any Figure, _ drawing: Drawing) {
        self.init(name: figure.name, title: figure.title, drawing: drawing)
    }
}
