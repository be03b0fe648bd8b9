public import Documents
public import Sweeps

/// A coordinate check as a page with its figure.
public struct CoordinateCheckReport {
    private let check: CoordinateCheck.Result

    /// Describes a check.
    public init(_ check: CoordinateCheck.Result) { self.check = check }

    /// Writes `coordcheck.html`, and `figures/activations-against-size.vl.json` and `.csv`, with Python
    /// `.svg` and `.png` too.
    ///
    /// The page has a name of its own since the folder may be that of a transfer study, which reads the
    /// check and has a `report.html`.
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
        try page(check, origin).write(
            to: folder, name: "coordcheck.html", vegaBundle: vegaBundle, python: python)
    }
}
