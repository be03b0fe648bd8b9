public import Documents
import Formats
import Foundation
public import RunTables
import Runs

/// What a sweep came to, for people: a page, figures, tables.
///
/// ```swift
/// let report = SweepReport(table)
/// print(report.table())
/// for line in try report.write(to: "out/report", vegaBundle: bundle, python: nil) { print(line) }
/// ```
///
/// Everything swept except the learning rate and the seed identifies a line: a size (width, and depth
/// where it varies) under an intervention, named by the remaining swept settings. Seeds are averaged. A
/// cell without a result is listed as such, and a run that diverged is drawn and counted.
public struct SweepReport {
    private let sweep: SweepGrid
    private let documents: [Document]
    private let context: SweepContext

    /// Puts a sweep in order; nothing is read or written.
    ///
    /// - Parameters:
    ///   - table: The runs.
    ///   - documents: What studies say of them.
    ///   - context: What was trained, and where each run stands.
    public init(
        _ table: RunTable, documents: [Document] = [], context: SweepContext = SweepContext()
    ) {
        sweep = SweepGrid(table)
        self.documents = documents
        self.context = context
    }

    /// The sweep for a terminal: what it comes to, the table of ``table(usesColour:columns:)``, how to go on.
    ///
    /// - Parameters:
    ///   - columns: The width of the terminal.
    ///   - usesColour: Whether to mark the best, the diverged and the alarming with terminal colours.
    /// - Returns: Lines that each end with a line feed.
    public func text(columns: Int, usesColour: Bool = false) -> String {
        func wrapped(_ text: String) -> String {
            Lines.wrapped(text, to: columns).joined(separator: "\n") + "\n"
        }
        let next = sweep.next.map(wrapped)
        return wrapped(sweep.headline) + "\n"
            + table(usesColour: usesColour, columns: columns)
            + (next.isEmpty ? "" : "\n" + next.joined())
    }

    /// The table that a terminal shows: the final loss and the largest attention logit at each learning
    /// rate, the learning-rate sensitivity and the best learning rate of each size and intervention.
    ///
    /// - Parameters:
    ///   - usesColour: Whether to mark the best, the diverged and the alarming with terminal colours.
    ///   - columns: The width of the terminal; learning rates beyond it continue below.
    /// - Returns: Lines that each end with a line feed.
    public func table(usesColour: Bool = false, columns: Int = 120) -> String {
        TerminalTable(sweep: sweep, usesColour: usesColour, columns: columns).text
    }

    /// The sweep for programs: what `summary.json` holds.
    public func summary() -> SummaryDocument { SummaryDocument(sweep) }

    /// Writes `report.html`, `summary.json`, `runs.csv` and, for each figure, `figures/<name>.vl.json`,
    /// `figures/<name>.csv` and, with Python, `figures/<name>.svg` and `figures/<name>.png`.
    ///
    /// Each file is written whole or not at all. Drawing that fails is a note, not an error; drawings
    /// of an earlier report are then removed, since they would show other numbers.
    ///
    /// - Parameters:
    ///   - folder: Where the files go; made if it is not there.
    ///   - vegaBundle: A classic script that sets `window.vega`, `window.vegaLite` and
    ///     `window.vegaEmbed`. Without it the page holds the SVG drawings, if there are any.
    ///   - python: A Python interpreter that has the package `vl-convert-python`.
    ///   - origin: How it was made; nil leaves that out.
    /// - Returns: The path of each file written, then a note, beginning with `note:`, for each thing
    ///   left out.
    /// - Throws: What the file system refused.
    public func write(
        to folder: String, vegaBundle: String?, python: String?, origin: ReportOrigin? = nil
    ) throws -> [String] {
        let replaced = documents.reduce(into: Set<String>()) { $0.formUnion($1.replacedFigures) }
        let drawings = Catalog.figures.filter { !replaced.contains($0.name) }
            .map { DrawnFigure($0, $0.draw(sweep)) }
        let all = documents.flatMap(\.figures) + drawings
        let files = try FigureFiles(
            all, to: folder + "/figures", python: python, readsImages: vegaBundle == nil)
        let page = Page(
            sweep: sweep, documents: documents, drawings: drawings,
            figures: PageFigures(
                entries: all, vegaBundle: vegaBundle, images: files.images,
                hasImages: files.hasImages), origin: origin, context: context)
        var written = files.written
        func put(_ text: String, _ name: String) throws {
            try AtomicFile.write(text, to: folder + "/" + name)
            written.append(folder + "/" + name)
        }
        try put(page.text, "report.html")
        try put(RunsCSV(sweep).table.text, "runs.csv")
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let summary = try encoder.encode(summary())
        try put(String(decoding: summary, as: UTF8.self) + "\n", "summary.json")
        let note = "note: report.html has no interactive figures: no Vega bundle"
        // A log that cannot be read is its run's, and stops no other.
        let unread = sweep.table.failures.map {
            "note: what \($0.run) logged is left out: \($0.error)"
        }
        return written + files.notes + unread + (vegaBundle == nil ? [note] : [])
    }
}
