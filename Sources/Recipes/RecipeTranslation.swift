package import Training

/// A recipe of another tool as a configuration, and what became of each field.
package struct RecipeTranslation: Sendable {
    /// What was read, as `config.json of Llama`.
    package let title: String
    /// The configuration, at the sizes of the model.
    package let configuration: RunConfiguration
    /// What the model has and no proxy.
    package let target: TargetModel
    /// All fields, in the order in which they were read.
    package let fields: [RecipeField]
    /// What the source does not say.
    package let assumptions: [RecipeAssumption]

    /// Puts together what was read of some files.
    ///
    /// - Throws: ``Training/ConfigurationError`` that names the file and the field whose value a key does not
    ///   take.
    init(
        _ title: String, _ readers: [FieldReader], target: TargetModel
    ) throws(ConfigurationError) {
        self.title = title
        self.target = target
        fields = readers.flatMap(\.fields)
        assumptions = readers.flatMap(\.assumptions)
        let settings = readers.flatMap { reader in
            reader.settings.map { (reader: reader, setting: $0) }
        }
        var configurations = ConfigurationReader()
        do throws(ConfigurationError) {
            configuration = try configurations.configuration(
                from: ConfigurationFile.yaml(of: "", source: title), source: title,
                settings: settings.map { "\($0.setting.key)=\($0.setting.value)" })
        } catch {
            let (key, reason): (String, String)
            switch error {
            case .malformed(_, let place, let why), .impossible(let place, let why):
                (key, reason) = (place, why)
            default: throw error
            }
            let culprit = settings.last { $0.setting.key == key && !$0.setting.source.isEmpty }
            throw .malformed(
                source: culprit?.reader.path ?? readers.first?.path ?? title,
                key: culprit?.setting.source ?? key,
                reason: culprit == nil ? reason : "as \(key): \(reason)")
        }
    }

    /// Reads a recipe of another tool.
    ///
    /// - Parameters:
    ///   - path: A `config.json` or the folder of one, a configuration of nanoGPT (`.py`) or
    ///     of torchtitan (`.toml`).
    ///   - arguments: A Trainer's arguments as JSON; nil for those beside the configuration.
    /// - Returns: The recipe, and what became of each field.
    /// - Throws: ``Training/ConfigurationError`` that names the file, the field and what to do.
    package static func read(
        _ path: String, arguments: String? = nil
    ) throws(ConfigurationError) -> RecipeTranslation {
        switch path.split(separator: ".").last {
        case "py":
            guard arguments == nil else {
                throw .impossible(
                    key: "--arguments",
                    reason: "goes with a config.json; \(path) holds the arguments itself")
            }
            return try nanoGPT(path)
        case "toml":
            guard arguments == nil else {
                throw .impossible(
                    key: "--arguments",
                    reason: "goes with a config.json; \(path) holds the arguments itself")
            }
            return try torchtitan(path)
        default: return try huggingFace(path, arguments: arguments)
        }
    }

    /// The recipe as a configuration file that `ballast config`, `train`, `prescribe` and `export` read.
    package var yaml: String {
        var lines = ["# \(title), by ballast recipe."]
        for field in fields {
            guard case .approximated(let cost) = field.fate else { continue }
            lines.append(
                "# approximated: \(field.source) \(field.value): \(field.note) (cost: \(cost))")
        }
        for field in fields where field.fate == .withoutCounterpart && !field.isIdle {
            lines.append(
                "# without counterpart: \(field.source) \(field.value): \(field.note)")
        }
        for assumption in assumptions {
            lines.append("# not in the source: \(assumption.setting): \(assumption.reason)")
        }
        return lines.joined(separator: "\n") + "\n" + target.text
            + ConfigurationFile.text(of: configuration)
    }
}

extension RecipeField {
    /// Whether it says nothing about training.
    package var isIdle: Bool { note == Self.idle }

    /// Why a field that says nothing about training has no counterpart.
    static let idle = "says nothing about training"
}
