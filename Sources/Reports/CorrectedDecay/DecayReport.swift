import Formats
import Foundation
public import Sweeps

/// A decay study as files.
public struct DecayReport {
    private let result: DecayResult

    /// Describes a result.
    public init(_ result: DecayResult) { self.result = result }

    /// Writes `decay.json`, `decay.csv`, and `figures/decay-ratio.vl.json` and `.csv`, with Python
    /// `.svg` and `.png` too.
    ///
    /// - Parameters:
    ///   - folder: Where the files go; made if it is not there.
    ///   - python: A Python interpreter that has the package `vl-convert-python`.
    /// - Returns: The path of each file, then a note, beginning with `note:`, if images were left out.
    /// - Throws: What the file system refused.
    public func write(to folder: String, python: String?) throws -> [String] {
        let figure = DecayFigure(result)
        let drawing = figure.draw()
        try FileManager.default.createDirectory(
            atPath: folder + "/figures", withIntermediateDirectories: true)
        let json = String(decoding: try result.json(), as: UTF8.self) + "\n"
        try AtomicFile.write(json, to: folder + "/decay.json")
        try AtomicFile.write(DecayTable(result).text, to: folder + "/decay.csv")
        let stem = folder + "/figures/" + figure.name
        try AtomicFile.write(
            drawing.specification.json(.paper).prettyText, to: stem + ".vl.json")
        try AtomicFile.write(drawing.table.text, to: stem + ".csv")
        let files = [
            folder + "/decay.json", folder + "/decay.csv", stem + ".vl.json", stem + ".csv",
        ]
        guard let python else {
            return files + ["note: SVG and PNG were not drawn: no Python with vl-convert-python"]
        }
        if let reason = ImageWriter(python: python).draw([stem]) {
            return files + ["note: SVG and PNG were not drawn: \(reason)"]
        }
        return files + [stem + ".svg", stem + ".png"]
    }
}
