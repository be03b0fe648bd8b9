import OrderedCollections
import Runs
import Sweeps

/// Runs and points by what they have in common, in the order in which they come.
enum FindingGroups {
    /// Runs with the same settings, some keys left out.
    static func of(
        _ runs: [FindingRun], without keys: Set<String>
    ) -> OrderedDictionary<[String: SettingValue], [FindingRun]> {
        OrderedDictionary(grouping: runs) { run in
            run.settings.filter { !keys.contains($0.key) }
        }
    }

    /// Points with the same settings, some keys left out.
    static func of(
        _ points: [FindingPoint], without keys: Set<String>
    ) -> OrderedDictionary<[String: SettingValue], [FindingPoint]> {
        OrderedDictionary(grouping: points) { point in
            point.settings.filter { !keys.contains($0.key) }
        }
    }

    /// Runs by seed.
    static func bySeed(_ runs: [FindingRun]) -> OrderedDictionary<UInt64, [FindingRun]> {
        OrderedDictionary(grouping: runs, by: \.seed)
    }

    /// Points by seed.
    static func bySeed(_ points: [FindingPoint]) -> OrderedDictionary<UInt64, [FindingPoint]> {
        OrderedDictionary(grouping: points, by: \.seed)
    }
}
