public import Training

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

    /// Reads a recipe and its controls.
    ///
    /// - Parameters:
    ///   - path: A configuration in YAML.
    ///   - overrides: `KEY.PATH=VALUE`, applied to all.
    ///   - controls: For each further recipe `KEY.PATH=VALUE`, several with blanks between.
    /// - Returns: The recipe, and then one for each control.
    /// - Throws: ``ConfigurationError``; for a control that changes nothing too.
    public static func read(
        _ path: String, overrides: [String], controls: [String]
    ) throws(ConfigurationError) -> [Recipe] {
        var recipes = [
            Recipe(
                name: "recipe",
                configuration: try ConfigurationFile.read(path, overrides: overrides))
        ]
        for control in controls {
            let sets = control.split(separator: " ").map(String.init)
            let configuration = try ConfigurationFile.read(path, overrides: overrides + sets)
            let name = sets.joined(separator: " ")
            if let same = recipes.first(where: { $0.configuration == configuration }) {
                throw .impossible(
                    key: "--control \(name)", reason: "changes nothing: it is \(same.name)")
            }
            recipes.append(Recipe(name: name, configuration: configuration))
        }
        return recipes
    }
}
