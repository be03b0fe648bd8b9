import RunTables
public import Runs

/// Which runs of a study: swept keys with the values that are taken.
///
/// ```yaml
/// cells: {variant: qk-norm, optimizer.learning-rate: [3e-2, 1e-1]}
/// ```
public struct FindingSelection: Sendable, Hashable {
    /// Key paths with the values of which a run has one; empty for all runs.
    public var conditions: [String: [SettingValue]]

    public init(_ conditions: [String: [SettingValue]] = [:]) { self.conditions = conditions }

    /// Whether a run is taken.
    public func contains(_ settings: [String: SettingValue]) -> Bool {
        conditions.allSatisfy { key, values in settings[key].map(values.contains) ?? false }
    }

    /// The selection in words.
    var text: String {
        if conditions.isEmpty { return "all runs" }
        return conditions.sorted { $0.key < $1.key }.map { key, values in
            let list = values.map(\.text).joined(separator: ", ")
            if key == "variant" { return list }
            return "\(key)=" + (values.count > 1 ? "[\(list)]" : list)
        }.joined(separator: " ")
    }
}
