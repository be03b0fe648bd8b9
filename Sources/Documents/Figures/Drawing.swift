package import Formats

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

    /// Describes a drawing.
    package init(
        specification: Specification, table: CSVTable, caption: String, finding: String? = nil,
        hasData: Bool = true
    ) {
        self.specification = specification
        self.table = table
        self.caption = caption
        self.finding = finding
        self.hasData = hasData
    }
}

extension Drawing {
    /// A drawing of data that lacks what it shows: a sentence that says so.
    package static func absent(_ sentence: String, title: String, columns: [String]) -> Drawing {
        Drawing(
            specification: .sentence(sentence, title: title), table: CSVTable(columns: columns),
            caption: sentence, hasData: false)
    }
}

extension CSVTable.Field {
    /// A number, or nothing.
    package static func optional(_ value: Double?) -> Self { value.map(number) ?? .empty }
    /// An integer, or nothing.
    package static func optional(_ value: Int?) -> Self { value.map(integer) ?? .empty }
}
