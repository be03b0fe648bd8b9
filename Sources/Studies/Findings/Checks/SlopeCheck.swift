import DecayStudies
import OrderedCollections
import RunTables
import Runs
import Statistics
import Sweeps
public import Training

/// The exponent with which what is measured grows along an axis: the slope of logarithms, seed by seed,
/// averaged over whatever else is swept; or its difference from that of other runs.
///
/// ```yaml
/// check:
///   kind: slope
///   of: sensitivity
///   along: parameters        # or a swept key, or a measure with the key that varies, `over`
///   cells: {variant: depth}
///   less: {variant: width}   # may be left out
///   expect: {above: 0}
/// ```
public struct SlopeCheck: FindingCheck {
    public static let kind = "slope"
    public static let keys = ["of", "along", "over", "cells", "less"]

    private let measure: any FindingMeasure
    private let axis: FindingAxis
    private let cells: FindingSelection
    private let less: FindingSelection?

    public init(_ reader: FindingReader) throws(ConfigurationError) {
        measure = try reader.measure("of")
        axis = try reader.axis("along")
        cells = try reader.selection("cells")
        less = reader.has("less") ? try reader.selection("less") : nil
    }

    public var selections: [FindingSelection] { [cells] + [less].compactMap(\.self) }
    public var quantity: String {
        "exponent of \(measure.words) along \(axis.words), \(cells.text)"
            + (less.map { ", minus that of \($0.text)" } ?? "")
    }
    public var unit: String { "" }

    public func strata(_ runs: [FindingRun]) throws(FindingGap) -> [FindingStratum] {
        let own = try slopes(cells, runs)
        guard let less else {
            return own.map { FindingStratum($0.label, Array($0.slopes.values)) }
        }
        let other = try slopes(less, runs)
        guard own.count == 1, other.count == 1 else {
            throw FindingGap(
                "\(cells.text) and \(less.text) are \(own.count) and \(other.count) curves per seed, "
                    + "where one each is compared")
        }
        var differences: [Double] = []
        for (seed, slope) in own[0].slopes {
            guard let partner = other[0].slopes[seed] else {
                throw FindingGap("seed \(seed) has no run of \(less.text)")
            }
            differences.append(slope - partner)
        }
        return [FindingStratum([:], differences)]
    }

    /// The slopes of seeds under the same settings.
    private struct Slopes {
        var label: [String: SettingValue]
        var slopes: OrderedDictionary<UInt64, Double>
    }

    private func slopes(
        _ selection: FindingSelection, _ runs: [FindingRun]
    ) throws(FindingGap) -> [Slopes] {
        var result: [Slopes] = []
        for (label, curves) in try axis.curves(of: measure, selection, runs) {
            var own = Slopes(label: label, slopes: [:])
            for curve in curves {
                guard let slope = LogLogSlope.of(curve.x, curve.y) else {
                    throw FindingGap(
                        "\(measure.words) along \(axis.words) has no slope of logarithms: too few "
                            + "places, or a number that is not above zero")
                }
                own.slopes[curve.seed] = slope
            }
            result.append(own)
        }
        return result
    }
}
