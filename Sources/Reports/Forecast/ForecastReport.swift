import Formats
import Foundation
public import Sweeps

/// A forecast as files.
public struct ForecastReport {
    private let result: ForecastResult

    /// Describes a result.
    public init(_ result: ForecastResult) { self.result = result }

    /// Writes `forecast.json`, `forecast.csv`, and for each signal
    /// `figures/forecast-<signal>.vl.json` and `.csv`, with Python `.svg` and `.png` too.
    ///
    /// - Parameters:
    ///   - folder: Where the files go; made if it is not there.
    ///   - python: A Python interpreter that has the package `vl-convert-python`.
    /// - Returns: The path of each file, then a note, beginning with `note:`, if images were left out.
    /// - Throws: What the file system refused.
    public func write(to folder: String, python: String?) throws -> [String] {
        let figures = folder + "/figures"
        try FileManager.default.createDirectory(
            atPath: figures, withIntermediateDirectories: true)
        let json = String(decoding: try result.json(), as: UTF8.self) + "\n"
        try AtomicFile.write(json, to: folder + "/forecast.json")
        try AtomicFile.write(ForecastTable(result).text, to: folder + "/forecast.csv")
        var files = [folder + "/forecast.json", folder + "/forecast.csv"]
        var stems: [String] = []
        for signal in result.signals {
            let figure = ForecastFigure(result, signal)
            let drawing = figure.draw()
            let stem = figures + "/" + figure.name
            try AtomicFile.write(
                drawing.specification.json(.paper).prettyText, to: stem + ".vl.json")
            try AtomicFile.write(drawing.table.text, to: stem + ".csv")
            files += [stem + ".vl.json", stem + ".csv"]
            stems.append(stem)
        }
        guard let python else {
            return files + ["note: SVG and PNG were not drawn: no Python with vl-convert-python"]
        }
        if let reason = ImageWriter(python: python).draw(stems) {
            return files + ["note: SVG and PNG were not drawn: \(reason)"]
        }
        return files + stems.flatMap { [$0 + ".svg", $0 + ".png"] }
    }
}
