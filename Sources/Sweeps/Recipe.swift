public import Training
import Yams

/// A recipe of a configuration file, and others that differ from it in a few keys.
public struct Recipe: Sendable {
    /// `recipe` for the file's own; else the keys that differ, as `optimizer.rule=adamh`.
    public var name: String
    /// The resolved configuration.
    public var configuration: RunConfiguration

    /// Names a recipe.
    public init(name: String, configuration: RunConfiguration) {
        self.name = name
        self.configuration = configuration
    }

    /// Reads a recipe, interventions on it and its controls.
    ///
    /// - Parameters:
    ///   - path: A configuration in YAML.
    ///   - overrides: `KEY.PATH=VALUE`, applied to all.
    ///   - interventions: Names of `Training.InterventionCatalog`, several joined by `+`; each comes on
    ///     top of those that the file names.
    ///   - controls: For each further recipe `KEY.PATH=VALUE`, several separated by spaces.
    /// - Returns: The recipe, and then one for each intervention and each control.
    /// - Throws: `ConfigurationError`; for one that changes nothing too.
    public static func read(
        _ path: String, overrides: [String], interventions: [String] = [], controls: [String]
    ) throws(ConfigurationError) -> [Recipe] {
        var recipes = [
            Recipe(
                name: "recipe",
                configuration: try ConfigurationFile.read(path, overrides: overrides))
        ]
        func add(_ name: String, _ option: String, _ sets: [String]) throws(ConfigurationError) {
            let configuration = try ConfigurationFile.read(path, overrides: overrides + sets)
            if let same = recipes.first(where: { $0.configuration == configuration }) {
                throw .impossible(
                    key: "\(option) \(name)", reason: "changes nothing: it is \(same.name)")
            }
            recipes.append(Recipe(name: name, configuration: configuration))
        }
        if !interventions.isEmpty {
            let own = try Self.interventions(path, overrides)
            for name in interventions {
                let list = (own + [name]).joined(separator: "+")
                try add(name, "--interventions", ["interventions=\(list)"])
            }
        }
        for control in controls {
            let sets = control.split(separator: " ").map(String.init)
            try add(sets.joined(separator: " "), "--control", sets)
        }
        return recipes
    }

    /// The interventions that a file and overrides name, the last list of which counts.
    private static func interventions(
        _ path: String, _ overrides: [String]
    ) throws(ConfigurationError) -> [String] {
        let key = "interventions"
        var list = try ConfigurationFile.yaml(at: path)[key]
        for override in overrides where override.hasPrefix(key + "=") {
            list = try ConfigurationFile.yaml(
                of: String(override.dropFirst(key.count + 1)), source: "--set \(override)")
        }
        guard let list else { return [] }
        let words = list.sequence.map { Array($0) } ?? [list]
        return words.compactMap(\.string).filter { $0 != "none" }
    }
}
