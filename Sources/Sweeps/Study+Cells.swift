import Documents
public import RunTables
import Runs
public import Training

// What cells are called, and how many there may be.
extension Study {
    /// The most cells of a study.
    static let mostCells = 20_000
    /// The most bytes that file systems take for the name of a folder.
    private static let longestName = 255

    /// The runs that are planned, a row each.
    public var table: RunTable {
        RunTable(
            name: name, axes: axes,
            rows: cells.map {
                RunRow(name: $0.name, settings: $0.settings, configuration: $0.configuration)
            }, wallSeconds: 0)
    }

    /// Refuses a study that sweeps nothing, and one of more cells than anybody trains, before any is made.
    ///
    /// - Parameters:
    ///   - counts: Points of each axis.
    ///   - path: The file.
    /// - Throws: ``Training/ConfigurationError``.
    static func requireCells(_ counts: [Int], _ path: String) throws(ConfigurationError) {
        guard !counts.isEmpty else {
            throw .malformed(
                source: path, key: "grid",
                reason: "is missing, and nothing else is swept; write key paths with values below "
                    + "it, as optimizer.learning-rate: [1e-3, 1e-2], or train one run with "
                    + "ballast train")
        }
        var cells = 1
        for count in counts {
            let (product, overflows) = cells.multipliedReportingOverflow(by: count)
            guard !overflows, product <= mostCells else {
                throw .malformed(
                    source: path, key: "grid",
                    reason: counts.map(String.init).joined(separator: " x ")
                        + " points are more than \(mostCells) cells; take values away, or cut the "
                        + "study in several")
            }
            cells = product
        }
    }

    /// Checks that the name of each cell's folder is one that file systems take.
    ///
    /// - Parameter path: The file.
    /// - Throws: `Training.ConfigurationError` for the first that is too long.
    public func requireFolderNames(source path: String) throws(ConfigurationError) {
        for cell in cells where cell.folder == nil && cell.name.utf8.count > Self.longestName {
            throw .malformed(
                source: path, key: "grid",
                reason: "a cell's folder would be called by \(cell.name.utf8.count) bytes "
                    + "(\(cell.name.prefix(40))...), and file systems take \(Self.longestName); name "
                    + "settings that go together under variants, or cut the study in several")
        }
    }

    /// A cell, called by the values that its configuration has.
    ///
    /// - Parameters:
    ///   - swept: The swept key paths with what the study says of them.
    ///   - configuration: What that resolves to.
    /// - Returns: The cell, in the sweep's own folder.
    package static func cell(
        _ swept: [(String, String)], _ configuration: RunConfiguration
    ) -> Cell {
        let table = KeyTable.shared(configuration.optimizer.rule)
        let values = swept.map { key, written in
            let value = table?[key]?.value(in: configuration)
            return (key: key, text: value?.text ?? written, value: value)
        }
        return Cell(
            name: name(of: values.map { ($0.key, shown($0.key, $0.value) ?? $0.text) }),
            settings: Dictionary(
                values.map { ($0.key, $0.value?.setting ?? setting($0.text)) }
            ) { $1 },
            configuration: configuration)
    }

    /// A learning rate as tables have it, whatever its size: `1e-1` beside `1e-2`; nil for another value.
    private static func shown(_ key: String, _ value: KeyValue?) -> String? {
        guard key.split(separator: ".").last == "learning-rate", case .number(let rate) = value
        else { return nil }
        return NumberText.rate(rate)
    }

    /// `width=64,qk-norm=true,learning-rate=1e-2`: what a folder may be called.
    private static func name(of settings: [(String, String)]) -> String {
        if settings.isEmpty { return "run" }
        let parts = settings.map { key, value in
            let last = key.split(separator: ".").last.map(String.init) ?? key
            return last + "=" + String(value.map { $0 == "/" || $0.isWhitespace ? "_" : $0 })
        }
        return parts.joined(separator: ",")
    }
}
