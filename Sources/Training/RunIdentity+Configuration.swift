public import Datasets
public import Engines
import Foundation
public import Runs

extension RunIdentity {
    /// Keys whose values are names of files, or how they are read: what is read is in the digest of the data.
    private static let names: Set = ["data.text", "data.tokenizer", "data.tokens", "data.field"]

    /// The identity of a run.
    ///
    /// - Parameters:
    ///   - configuration: The resolved configuration.
    ///   - data: SHA-256 of its text in hexadecimal; nil where it is not asked for.
    ///   - engine: What computes, as ``facts(of:)`` has it; nil where it is not asked for.
    public init(
        _ configuration: RunConfiguration, data: String? = nil, engine: [String: String]? = nil
    ) {
        self.init(
            configuration: Self.values(of: configuration), data: data, engine: engine,
            numerics: Self.numericsVersion)
    }

    /// What the bits of an engine's results depend on: its name, instruction set, libraries, device and
    /// build; threads are no part of it.
    ///
    /// - Parameter engine: The engine.
    /// - Returns: `name`, `build` and the engine's own.
    public static func facts(of engine: any Engine) -> [String: String] {
        facts(named: engine.name, engine.facts).merging(["build": build]) { $1 }
    }

    /// What a manifest says of an engine, as far as bits depend on it.
    public static func facts(named name: String, _ facts: [String: String]) -> [String: String] {
        var facts = facts
        facts["threads"] = nil
        facts["name"] = name
        return facts
    }

    /// How this build was made, as far as bits may depend on it: `release x86_64`.
    public static let build: String = {
        #if DEBUG
        let mode = "debug"
        #else
        let mode = "release"
        #endif
        #if arch(x86_64)
        return mode + " x86_64"
        #elseif arch(arm64)
        return mode + " arm64"
        #else
        return mode
        #endif
    }()

    /// The values of a configuration by key path, without the names of texts.
    public static func values(
        of configuration: RunConfiguration
    ) -> [String: ConfigurationValue] {
        let encoder = JSONEncoder()
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        guard let data = try? encoder.encode(configuration),
            let tree = try? JSONDecoder().decode(Tree.self, from: data)
        else { preconditionFailure("RunIdentity: a configuration without values") }
        var values: [String: ConfigurationValue] = [:]
        tree.collect(into: &values, path: "")
        for name in names { values[name] = nil }
        return values
    }

    /// A value, or values by key.
    private enum Tree: Decodable {
        case value(ConfigurationValue)
        case mapping([String: Tree])

        init(from decoder: any Decoder) throws {
            if let value = try? ConfigurationValue(from: decoder) {
                self = .value(value)
            } else {
                self = .mapping(try [String: Tree](from: decoder))
            }
        }

        func collect(into values: inout [String: ConfigurationValue], path: String) {
            switch self {
            case .value(let value): values[path] = value
            case .mapping(let mapping):
                for (key, tree) in mapping {
                    tree.collect(into: &values, path: path.isEmpty ? key : path + "." + key)
                }
            }
        }
    }
}

extension RunConfiguration {
    /// The text that a run trains on, or the tokens.
    public var textSource: TextSource {
        var source = TextSource(data.text)
        (source.tokenizer, source.tokens, source.field) = (data.tokenizer, data.tokens, data.field)
        return source
    }

    /// What the data is called, for people.
    package var dataNames: [String] { data.tokens.isEmpty ? data.text : data.tokens }

    /// A name for what is trained on which data: 16 hexadecimal digits of a SHA-256 of the resolved
    /// configuration and the text, whatever the text's names.
    ///
    /// Equal ones are the same run, so a folder of this name holds it for every study. A text that cannot be
    /// read counts by its names.
    public var digest: String {
        RunIdentity(
            self, data: textSource.recentDigest ?? "unread " + dataNames.joined(separator: " ")
        ).folderName
    }
}
