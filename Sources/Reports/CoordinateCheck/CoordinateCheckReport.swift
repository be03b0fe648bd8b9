import Formats
import Foundation
public import Sweeps

/// The picture of a coordinate check, as files.
public struct CoordinateCheckReport {
    private let check: CoordinateCheck.Result

    /// Describes a check.
    public init(_ check: CoordinateCheck.Result) { self.check = check }

    /// Writes `activations-against-size.vl.json` and `.csv`, with Python `.svg` and `.png` too.
    ///
    /// - Parameters:
    ///   - folder: Where the files go; made if it is not there.
    ///   - python: A Python interpreter that has the package `vl-convert-python`.
    /// - Returns: The path of each file, then a note, beginning with `note:`, if images were left out.
    /// - Throws: What the file system refused.
    public func write(to folder: String, python: String?) throws -> [String] {
        let figure = ActivationsAgainstSize(check)
        let drawing = figure.draw()
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        let stem = folder + "/" + figure.name
        try AtomicFile.write(
            drawing.specification.json(.paper).prettyText, to: stem + ".vl.json")
        try AtomicFile.write(drawing.table.text, to: stem + ".csv")
        let files = [stem + ".vl.json", stem + ".csv"]
        guard let python else {
            return files + ["note: SVG and PNG were not drawn: no Python with vl-convert-python"]
        }
        if let reason = ImageWriter(python: python).draw([stem]) {
            return files + ["note: SVG and PNG were not drawn: \(reason)"]
        }
        return files + [stem + ".svg", stem + ".png"]
    }
}
