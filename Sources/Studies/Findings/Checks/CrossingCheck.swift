import Foundation
import OrderedCollections
import Statistics
public import Training

/// Where along an axis what is measured leaves its best value: the geometric mean over seeds.
///
/// ```yaml
/// check:
///   kind: crossing
///   of: loss
///   along: model.forced-logits   # or a measure with the key that varies, `over`
///   rises-by: 0.1                # above the lowest; or falls-to: 0.5, of the largest
///   towards: larger              # larger or smaller places
///   expect: {from: 300, to: 3000}
/// ```
public struct CrossingCheck: FindingCheck {
    public static let kind = "crossing"
    public static let keys = [
        "of", "along", "over", "cells", "rises-by", "falls-to", "towards",
    ]

    private let measure: any FindingMeasure
    private let axis: FindingAxis
    private let cells: FindingSelection
    private let level: Crossing.Level
    private let direction: Crossing.Direction

    public init(_ reader: FindingReader) throws(ConfigurationError) {
        measure = try reader.measure("of")
        axis = try reader.axis("along")
        cells = try reader.selection("cells")
        direction = try reader.choice("towards", .larger)
        switch (try reader.number("rises-by"), try reader.number("falls-to")) {
        case (let amount?, nil) where amount > 0: level = .rise(amount)
        case (nil, let share?) where share > 0 && share < 1: level = .fall(share)
        default:
            throw reader.refusal(
                "rises-by", "give rises-by above 0, or falls-to between 0 and 1, and one of them")
        }
    }

    public var selections: [FindingSelection] { [cells] }
    public var quantity: String {
        let what =
            switch level {
            case .rise(let amount): "has risen by \(FindingText.number(amount))"
            case .fall(let share): "has fallen to \(FindingText.number(share)) of its largest"
            }
        return "\(axis.words) where \(measure.words) \(what), \(cells.text)"
    }
    public var unit: String { "" }
    public var isLogarithmic: Bool { true }

    public func strata(_ runs: [FindingRun]) throws(FindingGap) -> [FindingStratum] {
        var strata: [FindingStratum] = []
        for (label, curves) in try axis.curves(of: measure, cells, runs) {
            var places: [Double] = []
            for curve in curves {
                let place = Crossing.place(curve.x, curve.y, level: level, towards: direction)
                guard let place else {
                    let end = direction == .larger ? curve.x.max() : curve.x.min()
                    throw FindingGap(
                        "\(measure.words) does not cross the level up to "
                            + "\(FindingText.number(end ?? .nan)) (seed \(curve.seed)); extend the "
                            + "grid")
                }
                places.append(log(place))
            }
            strata.append(FindingStratum(label, places))
        }
        return strata
    }
}
