import OrderedCollections
import Statistics
public import Training

/// How far two measures rise together over a swept key: Spearman's rank correlation, seed by seed,
/// averaged over whatever else is swept.
///
/// ```yaml
/// check:
///   kind: association
///   of: loss
///   along: {metric: attn/0/max_logit, read: largest}
///   over: optimizer.learning-rate
///   expect: {above: 0.5}
/// ```
public struct AssociationCheck: FindingCheck {
    public static let kind = "association"
    public static let keys = ["of", "along", "over", "cells"]

    private let measure: any FindingMeasure
    private let axis: FindingAxis
    private let cells: FindingSelection

    public init(_ reader: FindingReader) throws(ConfigurationError) {
        measure = try reader.measure("of")
        axis = try reader.axis("along")
        cells = try reader.selection("cells")
    }

    public var selections: [FindingSelection] { [cells] }
    public var quantity: String {
        "rank correlation of \(measure.words) with \(axis.words), \(cells.text)"
    }
    public var unit: String { "" }

    public func strata(_ runs: [FindingRun]) throws(FindingGap) -> [FindingStratum] {
        var strata: [FindingStratum] = []
        for (label, curves) in try axis.curves(of: measure, cells, runs) {
            var values: [Double] = []
            for curve in curves {
                guard let value = RankCorrelation.of(curve.x, curve.y) else {
                    throw FindingGap(
                        "\(measure.words) has no rank correlation with \(axis.words): fewer than "
                            + "three runs per seed, or all of them alike")
                }
                values.append(value)
            }
            strata.append(FindingStratum(label, values))
        }
        return strata
    }
}
