import DecayStudies
import Foundation
import OrderedCollections
import RunTables
import Runs
public import Training

/// What is measured under one setting less what is under another, seed by seed, averaged over whatever
/// else is swept.
///
/// ```yaml
/// check:
///   kind: difference
///   of: sensitivity
///   cells: {variant: qk-norm}
///   against: {variant: none}
///   expect: {below: 0}
/// ```
public struct DifferenceCheck: FindingCheck {
    public static let kind = "difference"
    public static let keys = ["of", "cells", "against"]

    private let contrast: Contrast

    public init(_ reader: FindingReader) throws(ConfigurationError) {
        contrast = try Contrast(reader)
    }

    public var selections: [FindingSelection] { contrast.selections }
    public var quantity: String { contrast.words("minus that") }
    public var unit: String { contrast.measure.unit }

    public func strata(_ runs: [FindingRun]) throws(FindingGap) -> [FindingStratum] {
        try contrast.pairs(runs).map { label, pairs in
            FindingStratum(label, pairs.map { $0 - $1 })
        }
    }
}

/// What is measured under one setting over what is under another, seed by seed.
///
/// The geometric mean over whatever else is swept. The keys are those of ``DifferenceCheck``.
public struct RatioCheck: FindingCheck {
    public static let kind = "ratio"
    public static let keys = DifferenceCheck.keys

    private let contrast: Contrast

    public init(_ reader: FindingReader) throws(ConfigurationError) {
        contrast = try Contrast(reader)
    }

    public var selections: [FindingSelection] { contrast.selections }
    public var quantity: String { contrast.words("over that") }
    public var unit: String { "" }
    public var isLogarithmic: Bool { true }

    public func strata(_ runs: [FindingRun]) throws(FindingGap) -> [FindingStratum] {
        var strata: [FindingStratum] = []
        for (label, pairs) in try contrast.pairs(runs) {
            guard pairs.allSatisfy({ $0 > 0 && $1 > 0 }) else {
                throw FindingGap("\(contrast.measure.words) is not above zero everywhere")
            }
            strata.append(FindingStratum(label, pairs.map { log($0 / $1) }))
        }
        return strata
    }
}

/// Two selections whose points stand side by side.
private struct Contrast: Sendable {
    let measure: any FindingMeasure
    let cells: FindingSelection
    let against: FindingSelection

    init(_ reader: FindingReader) throws(ConfigurationError) {
        measure = try reader.measure("of")
        cells = try reader.selection("cells")
        against = try reader.selection("against")
        guard cells != against else {
            throw reader.refusal("against", "is the same as cells")
        }
    }

    var selections: [FindingSelection] { [cells, against] }

    func words(_ between: String) -> String {
        "\(measure.words) of \(cells.text) \(between) of \(against.text)"
    }

    /// The keys that tell the selections apart.
    private var keys: Set<String> {
        Set(cells.conditions.keys).union(against.conditions.keys).filter {
            cells.conditions[$0] != against.conditions[$0]
        }
    }

    func pairs(
        _ runs: [FindingRun]
    ) throws(FindingGap) -> [(label: [String: SettingValue], pairs: [(Double, Double)])] {
        func points(_ selection: FindingSelection) throws(FindingGap)
            -> OrderedDictionary<[String: SettingValue], [FindingPoint]>
        {
            FindingGroups.of(
                try measure.points(runs.filter { selection.contains($0.settings) }),
                without: keys)
        }
        let (own, other) = (try points(cells), try points(against))
        var result: [(label: [String: SettingValue], pairs: [(Double, Double)])] = []
        for (label, members) in own {
            let partners = other[label] ?? []
            var pairs: [(Double, Double)] = []
            for point in members {
                let same = partners.filter { $0.seed == point.seed }
                guard same.count == 1, members.count == partners.count else {
                    throw FindingGap(
                        "\(cells.text) and \(against.text) do not occur together at "
                            + FindingText.settings(label))
                }
                pairs.append((point.value, same[0].value))
            }
            result.append((label, pairs))
        }
        guard own.count == other.count else {
            throw FindingGap("\(cells.text) and \(against.text) do not occur together")
        }
        return result
    }
}
