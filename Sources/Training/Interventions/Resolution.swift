import Foundation
import Yams

/// Where a mapping of configuration keys comes from.
struct ConfigurationLayer {
    /// The file, or `--set`.
    var source: String
    /// Keys and values.
    var node: Node
}

extension InterventionCatalog {
    /// The key that lists interventions.
    static let key = "interventions"

    /// Puts the keys of interventions in the place of their list.
    ///
    /// The last list counts. A list among overrides goes over the keys of the file, as any override
    /// does; beside the list and after it, no key may say otherwise.
    ///
    /// - Parameter layers: The file, then the overrides.
    /// - Returns: The layers without lists, and one more for what they set.
    /// - Throws: ``ConfigurationError`` for an unknown name and for keys that disagree.
    static func resolve(
        _ layers: [ConfigurationLayer]
    ) throws(ConfigurationError) -> [ConfigurationLayer] {
        guard let last = layers.lastIndex(where: { $0.node.mapping?[Node(key)] != nil }),
            let list = layers[last].node.mapping?[Node(key)]
        else { return layers }
        var result = layers
        for index in result.indices { result[index].node.mapping?[Node(key)] = nil }
        let chosen = try interventions(in: list, layers[last].source)
        var settings: [(setting: Intervention.Setting, name: String)] = []
        for intervention in chosen {
            for setting in intervention.settings {
                if let other = settings.first(where: { $0.setting.key == setting.key }) {
                    guard isSame(other.setting.value, setting.value) else {
                        throw .impossible(
                            key: key,
                            reason: "\(other.name) sets \(setting.key) to \(other.setting.value) "
                                + "and \(intervention.name) sets it to \(setting.value); choose "
                                + "one of them")
                    }
                } else {
                    settings.append((setting, intervention.name))
                }
            }
        }
        for (setting, name) in settings {
            let path = setting.key.split(separator: ".").map(String.init)
            for layer in result[min(last, 1)...] {
                guard let given = value(at: path, in: layer.node),
                    !isSame(given, setting.value)
                else { continue }
                throw .impossible(
                    key: key,
                    reason: "\(name) sets \(setting.key) to \(setting.value), and \(layer.source) "
                        + "sets it to \(given); remove the key or the intervention")
            }
        }
        for (setting, name) in settings {
            var node = try ConfigurationFile.yaml(of: setting.value, source: name)
            for part in setting.key.split(separator: ".").reversed() {
                node = Node([(Node(String(part)), node)])
            }
            result.append(ConfigurationLayer(source: "intervention \(name)", node: node))
        }
        return result
    }

    /// The interventions of a list: words, or one text in which `+` joins them; `none` is none.
    private static func interventions(
        in list: Node, _ source: String
    ) throws(ConfigurationError) -> [Intervention] {
        if list.isNull { return [] }
        let nodes = list.sequence.map { Array($0) } ?? [list]
        var chosen: [Intervention] = []
        for node in nodes {
            guard let text = node.string else {
                throw .malformed(
                    source: source, key: key, reason: "is not a list of names, as [qk-norm, z-loss]"
                )
            }
            for word in text.split(separator: "+") where word != "none" {
                chosen.append(try intervention(String(word), source))
            }
        }
        return chosen
    }

    /// The intervention that `NAME` or `NAME=VALUE` means.
    private static func intervention(
        _ word: String, _ source: String
    ) throws(ConfigurationError) -> Intervention {
        let parts = word.split(separator: "=", maxSplits: 1).map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        guard var intervention = named(parts.first ?? "") else {
            let name = parts.first ?? ""
            let near = all.map { ($0.name, ConfigurationFile.editDistance(name, $0.name)) }
                .filter { $0.1 <= max(name.count / 3, 2) }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }
            let guess = near.first.map { "; did you mean \($0.0)?" } ?? ";"
            throw .malformed(
                source: source, key: key,
                reason: "unknown intervention \(name)\(guess) ballast config "
                    + "--interventions lists them")
        }
        guard parts.count == 2 else { return intervention }
        guard let valueKey = intervention.valueKey else {
            throw .malformed(
                source: source, key: key,
                reason: "\(intervention.name) takes no value; write \(intervention.name) alone")
        }
        for index in intervention.settings.indices
        where intervention.settings[index].key == valueKey {
            intervention.settings[index].value = parts[1]
        }
        intervention.name = word
        return intervention
    }

    /// The single value at a path; nil where there is none.
    private static func value(at path: [String], in node: Node) -> String? {
        var node = node
        for part in path {
            guard let next = node.mapping?[Node(part)] else { return nil }
            node = next
        }
        return node.string
    }

    /// Whether two values are one: as numbers where they are, else as words whatever their case.
    private static func isSame(_ a: String, _ b: String) -> Bool {
        if let x = Double(a), let y = Double(b) { return x == y }
        return KeyDomain.word(a, [b]) == b
    }
}
