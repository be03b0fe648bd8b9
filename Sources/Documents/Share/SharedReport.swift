import Formats
import Foundation

/// A copy of a report that says nothing of the machine that made it.
public struct SharedReport {
    /// Copies the files of a report, without what a redaction hides.
    ///
    /// - Parameters:
    ///   - files: Paths below `folder`; what is no text there is drawn anew or left out.
    ///   - folder: The folder of the report.
    ///   - copy: Where the copies go, at the same places below it.
    ///   - redaction: What is hidden.
    ///   - python: A Python interpreter that has the package `vl-convert-python`; nil for no drawings.
    /// - Returns: The path of each file written, then a note, beginning with `note:`, for what is left out.
    /// - Throws: What the file system refused.
    public static func write(
        _ files: [String], of folder: String, to copy: String, hiding redaction: Redaction,
        python: String?
    ) throws -> [String] {
        var written: [String] = []
        var stems: [String] = []
        for file in files where file.hasPrefix(folder + "/") {
            let name = String(file.dropFirst(folder.count + 1))
            guard ["html", "csv", "json", "md"].contains((name as NSString).pathExtension) else {
                continue
            }
            let target = copy + "/" + name
            try FileManager.default.createDirectory(
                atPath: (target as NSString).deletingLastPathComponent,
                withIntermediateDirectories: true)
            let text = try String(contentsOfFile: file, encoding: .utf8)
            try AtomicFile.write(
                name.hasSuffix(".html") ? redaction.page(text) : redaction.text(text), to: target)
            written.append(target)
            if name.hasSuffix(".vl.json") { stems.append(String(target.dropLast(8))) }
        }
        guard !stems.isEmpty else { return written }
        // Drawings hold the same words as specifications, so they are made of those without them.
        let reason =
            python.map { ImageWriter(python: $0).draw(stems) }
            ?? "no Python with vl-convert-python"
        if let reason { return written + ["note: SVG and PNG were not drawn: \(reason)"] }
        return written + stems.flatMap { [$0 + ".svg", $0 + ".png"] }
    }
}
