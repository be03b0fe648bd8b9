import OrderedCollections
public import Training

/// What is measured itself.
///
/// ```yaml
/// check: {kind: value, of: {decay: law-distance}, cells: {variant: SGD}, expect: {below: 1.05}}
/// ```
public struct ValueCheck: FindingCheck {
    public static let kind = "value"
    public static let keys = ["of", "cells"]

    private let measure: any FindingMeasure
    private let cells: FindingSelection

    public init(_ reader: FindingReader) throws(ConfigurationError) {
        measure = try reader.measure("of")
        cells = try reader.selection("cells")
    }

    public var selections: [FindingSelection] { [cells] }
    public var quantity: String { "\(measure.words) of \(cells.text)" }
    public var unit: String { measure.unit }

    public func strata(_ runs: [FindingRun]) throws(FindingGap) -> [FindingStratum] {
        let points = try measure.points(runs.filter { cells.contains($0.settings) })
        return FindingGroups.of(points, without: []).map { settings, points in
            FindingStratum(settings, points.map(\.value))
        }
    }
}
