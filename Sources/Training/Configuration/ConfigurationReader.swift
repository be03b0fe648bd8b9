import Datasets
import Foundation
import Optimizers
import Runs
public import Yams

/// Reads configurations one after another; the table of keys of each rule is made once.
public struct ConfigurationReader {
    private var tables: [String: KeyTable] = [:]

    public init() {}

    /// The configuration that a mapping and overrides make of the defaults.
    ///
    /// - Parameters:
    ///   - node: A mapping.
    ///   - source: What errors call it.
    ///   - overrides: `optimizer.learning-rate=3e-3` of a command, applied in order.
    ///   - settings: What the source itself sets beside the mapping, as a point of a grid; applied last.
    /// - Returns: A configuration that is checked.
    /// - Throws: ``ConfigurationError``.
    public mutating func configuration(
        from node: Node, source: String, overrides: [String] = [], settings: [String] = []
    ) throws(ConfigurationError) -> RunConfiguration {
        if case .mapping(let mapping) = node {
            let keys = ["base", "grid", "variants"].filter { mapping[Node($0)] != nil }
            guard keys.isEmpty else {
                throw .malformed(
                    source: source, key: keys[0],
                    reason:
                        "is a key of studies, as ballast sweep, transfer and sensitivity take; a "
                        + "configuration is what stands under its base")
            }
        }
        var node = node
        if let target = node.mapping?[Node(TargetModel.key)] {
            // It says what the recipe is of, which no run depends on.
            _ = try TargetModel(target, source: source)
            node.mapping?[Node(TargetModel.key)] = nil
        }
        var layers = [ConfigurationLayer(source: source, node: node)]
        for (label, text) in overrides.map({ ("--set", $0) }) + settings.map({ (source, $0) }) {
            layers.append(ConfigurationLayer(source: label, node: try Self.parsed(text, label)))
        }
        layers = try InterventionCatalog.resolve(layers)
        let lengths = try LengthKeys(takingFrom: &layers)
        let table = try table(ofRuleIn: layers)
        var configuration = RunConfiguration(rule: table.rule)
        // What is a part of the run is told from a number of steps by the run's length.
        for layer in layers {
            guard let key = table["steps"], let node = layer.node.mapping?["steps"],
                let steps = try? key.value(of: node)
            else { continue }
            key.set(steps, in: &configuration)
        }
        for layer in layers {
            try Self.apply(layer.node, layer.source, at: "", table, to: &configuration)
        }
        if !layers.contains(where: { $0.node.mapping?["model"]?.mapping?["vocabulary"] != nil }) {
            try configuration.resolveVocabulary()
        }
        try lengths.apply(to: &configuration)
        try configuration.validate()
        return configuration
    }

    /// The keys of the rule that mappings ask for, on which the keys of `optimizer` depend.
    private mutating func table(
        ofRuleIn layers: [ConfigurationLayer]
    ) throws(ConfigurationError) -> KeyTable {
        let names = OptimizerCatalog.names
        var name = AdamW.name
        for layer in layers {
            guard let node = layer.node.mapping?["optimizer"]?.mapping?["rule"] else { continue }
            do throws(ValueError) {
                guard case .word(let word) = try KeyDomain.word(names).value(of: node) else {
                    continue
                }
                name = word
            } catch {
                guard let given = node.string, !given.isEmpty else {
                    throw .malformed(
                        source: layer.source, key: "optimizer.rule", reason: error.reason)
                }
                throw .impossible(
                    key: "optimizer.rule",
                    reason: "unknown optimizer \(given); there are "
                        + names.joined(separator: ", "))
            }
        }
        if let known = tables[name] { return known }
        guard let table = KeyTable.shared(name) else {
            preconditionFailure("ConfigurationReader: the catalog has \(name)")
        }
        tables[name] = table
        return table
    }

    /// `KEY.PATH=VALUE` as nested mappings.
    private static func parsed(
        _ override: String, _ source: String
    ) throws(ConfigurationError) -> Node {
        guard let equals = override.firstIndex(of: "=") else {
            throw .malformed(
                source: source, key: override, reason: "is not of the form KEY.PATH=VALUE")
        }
        let keys = override[..<equals].split(separator: ".").map(String.init)
        guard !keys.isEmpty else {
            throw .malformed(source: source, key: override, reason: "names no key")
        }
        let value = String(override[override.index(after: equals)...])
        guard value.contains(where: { !$0.isWhitespace }) else {
            throw .malformed(
                source: source, key: String(override[..<equals]),
                reason: "has no value after =; give one, or null to switch it off (is a variable "
                    + "of the shell empty?)")
        }
        var node = try ConfigurationFile.yaml(of: value, source: "\(source) \(override)")
        for key in keys.reversed() { node = Node([(Node(key), node)]) }
        return node
    }

    /// Puts the values of a file, or of a part of it, into a configuration.
    ///
    /// - Parameters:
    ///   - node: What stands at `place`.
    ///   - source: What errors call the file.
    ///   - place: A path; empty for the whole.
    ///   - table: The keys.
    ///   - configuration: What the values are put into.
    /// - Throws: ``ConfigurationError`` for a key that there is not and for a value that it does not take.
    private static func apply(
        _ node: Node, _ source: String, at place: String, _ table: KeyTable,
        to configuration: inout RunConfiguration
    ) throws(ConfigurationError) {
        if let key = table[place] {
            do throws(ValueError) {
                let value = try key.value(of: node)
                // The rule is that of the last file or override that names one, which the table is of.
                if place != "optimizer.rule" { key.set(value, in: &configuration) }
            } catch {
                throw .malformed(
                    source: source, key: place,
                    reason: error.reason + advice(key, node, configuration))
            }
            return
        }
        guard case .mapping(let given) = node else {
            var reason = "is a single value, not keys and values"
            if case .sequence = node { reason = "is a list, not keys and values" }
            if node.isNull {
                reason =
                    "is empty; write keys below it, as "
                    + "\(table.names(below: place).first ?? ""), or remove it"
            }
            throw .malformed(source: source, key: place, reason: reason)
        }
        for (key, value) in given {
            let name = key.string ?? ""
            let path = place.isEmpty ? name : "\(place).\(name)"
            guard table[path] != nil || table.isSection(path) else {
                // What leaves all as it was says nothing to a rule without the key.
                if place == "optimizer", let neutral = RunIdentity.neutral[path],
                    value.string == neutral.description
                {
                    continue
                }
                if place == "optimizer",
                    let reason = OptimizerConfiguration(rule: table.rule).refusal(ofForeign: name)
                {
                    throw .impossible(key: path, reason: reason)
                }
                throw .unknownKey(
                    source: source, key: path,
                    nearest: ConfigurationFile.nearest(
                        to: name, at: place.split(separator: ".").map(String.init),
                        among: table.paths),
                    siblings: table.names(below: place))
            }
            try apply(value, source, at: path, table, to: &configuration)
        }
    }

    /// What the value would be in the key's own unit, where it seems to be in another.
    private static func advice(
        _ key: ConfigurationKey, _ node: Node, _ configuration: RunConfiguration
    ) -> String {
        guard key.unit == "of all steps", let steps = node.float, steps > 1, steps.isFinite
        else { return "" }
        let all = Double(configuration.steps)
        guard steps < all else {
            return "; it is a part of the run, not a number of steps, which \(key.path)-steps is"
        }
        let part = Double(String(format: "%.4g", steps / all)) ?? steps / all
        let given = Int(exactly: steps).map { "\($0)" } ?? "\(steps)"
        return "; for \(given)/\(configuration.steps) of the run write \(part)"
    }
}
