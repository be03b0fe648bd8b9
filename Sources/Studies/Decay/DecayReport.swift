public import Documents
import Formats
import Foundation

/// A decay study as files.
public struct DecayReport {
    private let result: DecayResult

    /// Describes a result.
    public init(_ result: DecayResult) { self.result = result }

    /// Writes `report.html`, `decay.json`, `decay.csv`, and `figures/decay-ratio.vl.json` and `.csv`, with
    /// Python `.svg` and `.png` too.
    ///
    /// - Parameters:
    ///   - folder: Where the files go; made if it is not there.
    ///   - vegaBundle: A classic script that sets `window.vegaEmbed`.
    ///   - python: A Python interpreter that has the package `vl-convert-python`.
    ///   - origin: How it was made.
    /// - Returns: The path of each file, then a note, beginning with `note:`, for each thing left out.
    /// - Throws: What the file system refused.
    public func write(
        to folder: String, vegaBundle: String?, python: String?, origin: ReportOrigin
    ) throws -> [String] {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        let json = String(decoding: try result.json(), as: UTF8.self) + "\n"
        try AtomicFile.write(json, to: folder + "/decay.json")
        try AtomicFile.write(DecayTable(result).text, to: folder + "/decay.csv")
        return [folder + "/decay.json", folder + "/decay.csv"]
            + (try page(result, origin).write(
                to: folder, vegaBundle: vegaBundle, python: python))
    }
}
