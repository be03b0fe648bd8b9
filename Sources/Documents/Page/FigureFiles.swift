import Formats
import Foundation

/// Figures as files: `NAME.vl.json` and `NAME.csv`, with Python `NAME.svg` and `NAME.png`.
package struct FigureFiles {
    /// The path of each file that stands there now.
    package private(set) var written: [String] = []
    /// What was left out, each with `note:` before it.
    package private(set) var notes: [String] = []
    /// The figures drawn as SVG, by name, as addresses that hold their data; empty where not asked for.
    package private(set) var images: [String: String] = [:]
    /// Whether SVG and PNG files stand there.
    package var hasImages: Bool { written.contains { $0.hasSuffix(".svg") } }

    /// Writes figures.
    ///
    /// Each file is written whole or not at all. Drawing that fails is a note, not an error; drawings of
    /// an earlier report are then removed, since they would show other numbers.
    ///
    /// - Parameters:
    ///   - figures: The figures, no two of one name.
    ///   - folder: Where their files go; made if it is not there.
    ///   - python: A Python interpreter that has the package `vl-convert-python`.
    ///   - readsImages: Whether a page will hold the SVG drawings.
    /// - Throws: What the file system refused.
    package init(
        _ figures: [DrawnFigure], to folder: String, python: String?, readsImages: Bool = false
    ) throws {
        guard !figures.isEmpty else { return }
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        let stems = figures.map { "\(folder)/\($0.name)" }
        for (figure, stem) in zip(figures, stems) {
            try AtomicFile.write(
                figure.drawing.specification.json(.paper).prettyText, to: stem + ".vl.json")
            try AtomicFile.write(figure.drawing.table.text, to: stem + ".csv")
            written += [stem + ".vl.json", stem + ".csv"]
        }
        let drawings = stems.flatMap { [$0 + ".svg", $0 + ".png"] }
        if let python {
            if let reason = ImageWriter(python: python).draw(stems) {
                notes.append("note: SVG and PNG were not drawn: \(reason)")
            } else {
                written += drawings
                if readsImages { images = try Self.images(figures.map(\.name), folder) }
            }
        } else {
            notes.append("note: SVG and PNG were not drawn: no Python with vl-convert-python")
        }
        for path in drawings where !hasImages && FileManager.default.fileExists(atPath: path) {
            try FileManager.default.removeItem(atPath: path)
        }
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

    /// Draws figures that stand in a folder for the column of a paper, into its folder `paper`.
    ///
    /// - Parameters:
    ///   - folder: The folder of `NAME.vl.json`, as a report leaves it.
    ///   - python: A Python interpreter that has the package `vl-convert-python`.
    /// - Returns: The path of each file, or what kept them from being drawn, with `note:` before it.
    /// - Throws: What the file system refused, or ``ColumnStyle/NoFigure`` with the file.
    package static func drawForPaper(in folder: String, python: String) throws -> [String] {
        let ending = ".vl.json"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0.hasSuffix(ending) }.sorted().map { String($0.dropLast(ending.count)) }
        guard !names.isEmpty else { return ["note: \(folder) holds no figure"] }
        let paper = folder + "/paper"
        try FileManager.default.createDirectory(atPath: paper, withIntermediateDirectories: true)
        for name in names {
            let file = "\(folder)/\(name)\(ending)"
            let column = try ColumnStyle.specification(
                of: Data(contentsOf: URL(fileURLWithPath: file)))
            try AtomicFile.write(
                String(decoding: column, as: UTF8.self), to: "\(paper)/\(name)\(ending)")
        }
        let stems = names.map { "\(paper)/\($0)" }
        if let reason = ImageWriter(python: python, drawsPDF: true).draw(stems) {
            return ["note: figures for paper were not drawn: \(reason)"]
        }
        return stems.flatMap { stem in ["svg", "pdf", "png"].map { "\(stem).\($0)" } }
    }
}
