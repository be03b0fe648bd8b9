public import Datasets
public import Engines
import Foundation
public import Runs

extension RunIdentity {
    /// Keys whose values are names of files, or how they are read: what is read is in the digest of the data.
    private static let names: Set = ["data.text", "data.tokenizer", "data.tokens", "data.field"]

    /// Keys that came after folders first recorded identities, with the values that leave all as it was:
    /// these are no part of an identity, so that a run from before the key is the same run.
    package static let neutral: [String: ConfigurationValue] = [
        "data.accumulation": .integer(1),
        "model.biases": .text("none"),
        "model.norm-unit-offset": .flag(false),
        "model.embedding-scale": .text("none"),
        "model.rotary-scaling.kind": .text("none"),
        "model.rotary-scaling.factor": .integer(1),
        "model.rotary-scaling.original-context": .integer(8192),
        "model.rotary-scaling.low-frequency-factor": .integer(1),
        "model.rotary-scaling.high-frequency-factor": .integer(4),
        "model.rotary-scaling.beta-fast": .integer(32),
        "model.rotary-scaling.beta-slow": .integer(1),
        "model.rotary-scaling.attention-factor": .integer(0),
        "model.attention-window": .integer(0),
        "model.global-every": .integer(0),
        "model.attention-gate": .text("none"),
        "optimizer.average": .integer(0),
        "optimizer.cautious": .flag(false),
        "optimizer.split-heads": .flag(false),
        "optimizer.weight-decay.cautious": .flag(false),
    ]

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

    /// The values of a configuration by key path, without the names of texts and without later keys that
    /// leave all as it was.
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
        for (key, value) in neutral where values[key] == value { values[key] = nil }
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
