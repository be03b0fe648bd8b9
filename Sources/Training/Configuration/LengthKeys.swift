import Modules
import Optimizers
import Yams

/// Lengths that a file gives in tokens or steps where a configuration has steps and parts of a run.
///
/// | key | becomes |
/// |---|---|
/// | `tokens: 20M` | `steps`, the least that see as many tokens |
/// | `tokens-per-parameter: 20` | the same for so many times ``Modules/ModelConfiguration/matrixParameters`` |
/// | `schedule.warmup-steps`, `schedule.warmup-tokens` | `schedule.warmup` |
/// | `schedule.cooldown-steps`, `schedule.cooldown-tokens` | `schedule.cooldown` |
///
/// Of several that say the same length the last counts, as of any key: `--set steps=100` over `tokens` in a
/// file, and the other way round. They are read where all else is known, for each run of a grid by itself.
/// Amounts may end in k, M, B or T.
struct LengthKeys {
    /// A length as it was given.
    private struct Given {
        var amount: Double
        var key: String
        var source: String
    }

    /// The keys that say the same length; the first is that of configurations.
    private static let families = [
        ["steps", "tokens", "tokens-per-parameter"],
        ["schedule.warmup", "schedule.warmup-steps", "schedule.warmup-tokens"],
        ["schedule.cooldown", "schedule.cooldown-steps", "schedule.cooldown-tokens"],
    ]

    /// By the key of configurations.
    private var given: [String: Given] = [:]

    /// Takes the keys out of layers, the last of which counts.
    ///
    /// - Parameter layers: The file, then the overrides; without these keys afterwards.
    /// - Throws: ``ConfigurationError`` for two keys of one length in one layer, and for an amount that is none.
    init(takingFrom layers: inout [ConfigurationLayer]) throws(ConfigurationError) {
        for index in layers.indices {
            for family in Self.families {
                let present = family.filter { Self.node(at: $0, in: layers[index].node) != nil }
                guard let key = present.first else { continue }
                let source = layers[index].source
                guard present.count == 1 else {
                    throw .malformed(
                        source: source, key: present[1],
                        reason:
                            "says the same as \(key), which stands beside it; remove one of them"
                    )
                }
                given[family[0]] = nil
                guard key != family[0] else { continue }
                let text = Self.node(at: key, in: layers[index].node)?.string ?? ""
                guard let amount = Self.amount(text) else {
                    throw .malformed(
                        source: source, key: key,
                        reason: "\(text) is not a positive number, as 2000, 20M or 1.5B")
                }
                given[family[0]] = Given(amount: amount, key: key, source: source)
                Self.remove(key, from: &layers[index].node)
            }
        }
    }

    /// Puts what was given into a configuration of which all else is known.
    ///
    /// - Throws: ``ConfigurationError`` for a length that the run does not have.
    func apply(to configuration: inout RunConfiguration) throws(ConfigurationError) {
        let model = configuration.model
        let tokens = Double(configuration.data.batch) * Double(model.context)
        if let length = given["steps"] {
            let perParameter = length.key == "tokens-per-parameter"
            let all = length.amount * (perParameter ? Double(model.matrixParameters) : 1)
            let steps = (all / tokens).rounded(.up)
            guard steps <= 1e9 else {
                throw .malformed(
                    source: length.source, key: length.key,
                    reason: "is \(steps) steps of \(Int(tokens)) tokens, and there are at most 1e9")
            }
            configuration.steps = max(Int(steps), 1)
        }
        let steps = configuration.steps
        for (name, path) in [
            ("schedule.warmup", \RunConfiguration.schedule.warmup),
            ("schedule.cooldown", \RunConfiguration.schedule.cooldown),
        ] {
            guard let length = given[name] else { continue }
            let count = (length.key.hasSuffix("-tokens") ? length.amount / tokens : length.amount)
                .rounded(.up)
            guard count < Double(steps) else {
                throw .malformed(
                    source: length.source, key: length.key,
                    reason: "is \(count) of \(steps) steps; it has to be less than the run")
            }
            configuration[keyPath: path] = count / Double(steps)
        }
    }

    /// A positive number, with k, M, B or T for thousands to trillions.
    private static func amount(_ text: String) -> Double? {
        let powers: [Character: Double] = ["k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12]
        let power = text.last.flatMap { powers[$0] }
        let digits = power == nil ? text : String(text.dropLast())
        guard let number = Double(digits.filter { $0 != "_" }), number.isFinite, number > 0 else {
            return nil
        }
        return number * (power ?? 1)
    }

    /// What stands at a path of one or two keys.
    private static func node(at path: String, in node: Node) -> Node? {
        path.split(separator: ".").reduce(Optional(node)) { $0?.mapping?[Node(String($1))] }
    }

    /// Removes the key at a path of one or two keys.
    private static func remove(_ path: String, from node: inout Node) {
        let parts = path.split(separator: ".").map(String.init)
        guard parts.count == 2 else {
            node.mapping?[Node(path)] = nil
            return
        }
        var section = node.mapping?[Node(parts[0])]
        section?.mapping?[Node(parts[1])] = nil
        node.mapping?[Node(parts[0])] = section
    }
}
