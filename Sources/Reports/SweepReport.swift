import Formats
import Foundation
public import Runs
public import Sweeps

/// What a sweep came to, for people: a page, figures, tables.
///
/// ```swift
/// let report = SweepReport(record)
/// print(report.table())
/// for line in try report.write(to: "out/report", vegaBundle: bundle, python: nil) { print(line) }
/// ```
///
/// Everything swept except the learning rate and the seed identifies a line: a size (width, and depth
/// where it varies) under an intervention, named by the remaining swept settings. Seeds are averaged. A
/// cell without a result is listed as such, and a run that diverged is drawn and counted.
public struct SweepReport: Sendable {
    private let sweep: SweepGrid
    private let transfer: TransferResult?

    /// Puts a sweep in order; nothing is read or written.
    ///
    /// - Parameters:
    ///   - record: The sweep.
    ///   - transfer: What it says of the transfer of its learning rate, if it was made to.
    public init(_ record: SweepRecord, transfer: TransferResult? = nil) {
        sweep = SweepGrid(record)
        self.transfer = transfer
    }

    /// The figures of the report, in order.
    private var figures: [any Figure] {
        let own: [any Figure] = transfer.map { [TransferLossCurves($0), TransferDrift($0)] } ?? []
        return own + Catalog.figures
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

    /// Writes `report.html`, `summary.json` and, for each figure, `figures/<name>.vl.json`,
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
    /// - Returns: The path of each file written, then a note, beginning with `note:`, for each thing
    ///   left out.
    /// - Throws: What the file system refused.
    public func write(to folder: String, vegaBundle: String?, python: String?) throws -> [String] {
        let figures = folder + "/figures"
        try FileManager.default.createDirectory(
            atPath: figures, withIntermediateDirectories: true)
        var written: [String] = []
        var notes: [String] = []
        func put(_ text: String, _ path: String) throws {
            try AtomicFile.write(text, to: path)
            written.append(path)
        }

        let drawings = self.figures.map { (figure: $0, drawing: $0.draw(sweep)) }
        for (figure, drawing) in drawings {
            let stem = "\(figures)/\(figure.name)"
            try put(drawing.specification.json(.paper).prettyText, stem + ".vl.json")
            try put(drawing.table.text, stem + ".csv")
        }
        let stems = drawings.map { "\(figures)/\($0.figure.name)" }
        var images: [String: String] = [:]
        if let python {
            if let reason = ImageWriter(python: python).draw(stems) {
                notes.append("note: SVG and PNG were not drawn: \(reason)")
            } else {
                written += stems.flatMap { [$0 + ".svg", $0 + ".png"] }
                if vegaBundle == nil {
                    images = try Self.images(drawings.map(\.figure.name), figures)
                }
            }
        } else {
            notes.append("note: SVG and PNG were not drawn: no Python with vl-convert-python")
        }
        if vegaBundle == nil {
            notes.append("note: report.html has no interactive figures: no Vega bundle")
        }
        let hasImages = written.contains { $0.hasSuffix(".svg") }
        for path in stems.flatMap({ [$0 + ".svg", $0 + ".png"] }) where !hasImages {
            if FileManager.default.fileExists(atPath: path) {
                try FileManager.default.removeItem(atPath: path)
            }
        }
        let page = Page(
            sweep: sweep, transfer: transfer, figures: drawings, vegaBundle: vegaBundle,
            images: images,
            hasImages: hasImages)
        try put(page.text, folder + "/report.html")
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let summary = try encoder.encode(summary())
        try put(String(decoding: summary, as: UTF8.self) + "\n", folder + "/summary.json")
        return written + notes
    }

    /// The SVG files as addresses that hold their data.
    private static func images(_ names: [String], _ folder: String) throws -> [String: String] {
        try Dictionary(
            uniqueKeysWithValues: names.map { name in
                let url = URL(fileURLWithPath: "\(folder)/\(name).svg")
                let data = try Data(contentsOf: url).base64EncodedString()
                return (name, "data:image/svg+xml;base64,\(data)")
            })
    }
}
