import DecayStudies
import OrderedCollections
import RunTables
import Runs

/// What a curve is along.
public struct FindingAxis: Sendable {
    /// Where a point of the curve stands.
    enum Place: Sendable {
        /// At the number of parameters.
        case parameters
        /// At the value of a swept key.
        case setting(String)
        /// At what was measured.
        case measure(any FindingMeasure)
    }

    /// The swept keys that vary along the curve.
    let keys: Set<String>
    /// Where its points stand.
    let place: Place

    /// The axis in words.
    var words: String {
        switch place {
        case .parameters: "N"
        case .setting(let key): key
        case .measure(let measure): measure.words
        }
    }

    /// A curve of one seed.
    struct Curve {
        var seed: UInt64
        var x: [Double]
        var y: [Double]
    }

    /// The curves of runs, by what does not vary along them and then by seed.
    func curves(
        of measure: any FindingMeasure, _ selection: FindingSelection, _ runs: [FindingRun]
    ) throws(FindingGap) -> [(label: [String: SettingValue], curves: [Curve])] {
        let own = runs.filter { selection.contains($0.settings) }
        let points = try measure.points(own)
        var places: [Key: Double] = [:]
        if case .measure(let other) = place {
            for point in try other.points(own) { places[Key(point)] = point.value }
        }
        var result: [(label: [String: SettingValue], curves: [Curve])] = []
        for (label, members) in FindingGroups.of(points, without: keys) {
            var curves: [Curve] = []
            for (seed, points) in FindingGroups.bySeed(members) {
                var curve = Curve(seed: seed, x: [], y: [])
                for point in points {
                    let x: Double? =
                        switch place {
                        case .parameters: point.parameters
                        case .setting(let key): point.settings[key]?.number
                        case .measure: places[Key(point)]
                        }
                    guard let x else {
                        throw FindingGap(
                            "\(FindingText.settings(point.settings)) has no place along \(words)")
                    }
                    curve.x.append(x)
                    curve.y.append(point.value)
                }
                curves.append(curve)
            }
            result.append((label, curves))
        }
        return result
    }

    private struct Key: Hashable {
        var settings: [String: SettingValue]
        var seed: UInt64

        init(_ point: FindingPoint) {
            settings = point.settings
            seed = point.seed
        }
    }
}
