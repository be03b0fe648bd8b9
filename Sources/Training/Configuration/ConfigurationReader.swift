import Optimizers
public import Yams

/// Reads configurations one after another; the defaults of each rule are made once.
public struct ConfigurationReader {
    private var defaults: [String: Node] = [:]

    /// Creates a reader.
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
        var layers = [ConfigurationLayer(source: source, node: node)]
        for (label, text) in overrides.map({ ("--set", $0) }) + settings.map({ (source, $0) }) {
            layers.append(ConfigurationLayer(source: label, node: try Self.parsed(text, label)))
        }
        let given = layers
        layers = try InterventionCatalog.resolve(layers)
        let rule = try Self.ruleName(layers.map(\.node))
        var tree: Node
        if let known = defaults[rule] {
            tree = known
        } else {
            tree = try ConfigurationFile.defaults(rule)
            defaults[rule] = tree
        }
        for layer in layers { try Self.merge(layer.node, into: &tree, layer.source, path: []) }
        let configuration: RunConfiguration
        do {
            configuration = try YAMLDecoder().decode(RunConfiguration.self, from: tree)
        } catch {
            throw Self.blaming(given, ConfigurationFile.reason(error, source))
        }
        try configuration.validate()
        return configuration
    }

    /// The rule that mappings ask for, on which the keys of `optimizer` depend.
    private static func ruleName(_ nodes: [Node]) throws(ConfigurationError) -> String {
        var name = AdamW.name
        for candidate in nodes {
            if let rule = candidate["optimizer"]?["rule"]?.string { name = rule }
        }
        if OptimizerCatalog.type(named: name) == nil {
            let names = OptimizerCatalog.names.joined(separator: ", ")
            throw .impossible(
                key: "optimizer.rule", reason: "no optimizer is called \(name); there are \(names)")
        }
        return name
    }

    /// The error with the layer as its source that set the value last.
    private static func blaming(
        _ layers: [ConfigurationLayer], _ error: ConfigurationError
    ) -> ConfigurationError {
        guard case .malformed(_, let key, let reason) = error else { return error }
        let path = key.split(separator: ".")
        let culprit = layers.last { layer in
            var node: Node? = layer.node
            for part in path { node = node?.mapping?[Node(String(part))] }
            return node != nil
        }
        guard let culprit, !path.isEmpty else { return error }
        return .malformed(source: culprit.source, key: key, reason: reason)
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
        var node = try ConfigurationFile.yaml(
            of: String(override[override.index(after: equals)...]), source: "\(source) \(override)")
        for key in keys.reversed() { node = Node([(Node(key), node)]) }
        return node
    }

    /// Puts the values of `node` in place of those of `tree`.
    private static func merge(
        _ node: Node, into tree: inout Node, _ source: String, path: [String]
    ) throws(ConfigurationError) {
        guard case .mapping(let known) = tree else {
            tree = node
            return
        }
        let place = path.joined(separator: ".")
        guard case .mapping(let given) = node else {
            throw .malformed(
                source: source, key: place, reason: "is a single value, not keys and values")
        }
        // By name: Yams compares keys as nodes, each with the tag that its text resolves to.
        var entries = known.map { (name: $0.key.string ?? "", value: $0.value) }
        let places = Dictionary(zip(entries.map(\.name), entries.indices)) { first, _ in first }
        for (key, value) in given {
            let name = key.string ?? ""
            guard let index = places[name] else {
                let rule = entries.first { $0.name == "rule" }?.value.string
                if path == ["optimizer"], let rule,
                    let reason = OptimizerConfiguration(rule: rule).refusal(ofForeign: name)
                {
                    throw .impossible(key: "optimizer.\(name)", reason: reason)
                }
                throw .unknownKey(
                    source: source, key: (path + [name]).joined(separator: "."),
                    nearest: ConfigurationFile.nearest(
                        to: name, at: path, rule: rule ?? AdamW.name),
                    siblings: entries.map(\.name))
            }
            try merge(value, into: &entries[index].value, source, path: path + [name])
        }
        tree = Node(entries.map { (Node($0.name), $0.value) })
    }
}
