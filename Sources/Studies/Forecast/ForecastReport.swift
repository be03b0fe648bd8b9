public import Documents
import Formats
import Foundation

/// A forecast as files.
public struct ForecastReport {
    private let result: ForecastResult

    /// Describes a result.
    public init(_ result: ForecastResult) { self.result = result }

    /// Writes a page, `forecast.json`, `forecast.csv`, and for each signal
    /// `figures/forecast-<signal>.vl.json` and `.csv`, with Python `.svg` and `.png` too.
    ///
    /// - Parameters:
    ///   - folder: Where the files go; made if it is not there.
    ///   - page: What the page is called.
    ///   - vegaBundle: A classic script that sets `window.vegaEmbed`.
    ///   - python: A Python interpreter that has the package `vl-convert-python`.
    ///   - origin: How it was made.
    /// - Returns: The path of each file, then a note, beginning with `note:`, for each thing left out.
    /// - Throws: What the file system refused.
    public func write(
        to folder: String, page: String = "report.html", vegaBundle: String?, python: String?,
        origin: ReportOrigin
    ) throws -> [String] {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        let json = String(decoding: try result.json(), as: UTF8.self) + "\n"
        try AtomicFile.write(json, to: folder + "/forecast.json")
        try AtomicFile.write(ForecastTable(result).text, to: folder + "/forecast.csv")
        let files = try self.page(result, origin).write(
            to: folder, name: page, vegaBundle: vegaBundle, python: python)
        return [folder + "/forecast.json", folder + "/forecast.csv"] + files
    }
}
