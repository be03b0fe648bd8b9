import Optimizers
import OrderedCollections
import Synchronization
import Yams

/// All keys of configurations whose optimizer is of one rule.
///
/// ```swift
/// for key in KeyTable(rule: "muon")?.keys ?? [] { print(key.path, key.domain.range) }
/// ```
public struct KeyTable: Sendable {
    /// The rule's name.
    public let rule: String
    /// The keys, in the order of configuration files.
    public let keys: [ConfigurationKey]
    private let places: [String: Int]
    /// What stands under each mapping, by its path: `model` -> `width`, `depth`, ...; the root is empty.
    private let children: [String: OrderedSet<String>]

    /// The keys with a rule; nil where the catalog has no such rule.
    ///
    /// - Parameter rule: A name of `Optimizers.OptimizerCatalog`.
    public init?(rule: String) {
        guard let type = OptimizerCatalog.type(named: rule) else { return nil }
        self.rule = rule
        keys = Self.model + Self.optimizer(type) + Self.run
        places = Dictionary(uniqueKeysWithValues: keys.enumerated().map { ($1.path, $0) })
        var children: [String: OrderedSet<String>] = [:]
        for key in keys {
            var place = ""
            for part in key.path.split(separator: ".") {
                children[place, default: []].append(String(part))
                place += (place.isEmpty ? "" : ".") + part
            }
        }
        self.children = children
    }

    private static let made = Mutex<[String: KeyTable]>([:])

    /// The keys with a rule, made once; nil where the catalog has no such rule.
    package static func shared(_ rule: String) -> KeyTable? {
        made.withLock { made in
            if let table = made[rule] { return table }
            let table = KeyTable(rule: rule)
            made[rule] = table
            return table
        }
    }

    /// The key at a path.
    public subscript(path: String) -> ConfigurationKey? { places[path].map { keys[$0] } }

    /// Whether keys stand below a path.
    func isSection(_ path: String) -> Bool { children[path] != nil }

    /// The names below a path, in order.
    func names(below path: String) -> [String] { children[path].map(Array.init) ?? [] }

    /// All paths of keys and of what holds them, in parts.
    var paths: [[String]] {
        (children.keys.filter { !$0.isEmpty }.sorted() + keys.map(\.path)).map {
            $0.split(separator: ".").map(String.init)
        }
    }

    /// Why a configuration holds a value that its key does not take; nil when it holds none.
    func objection(
        to configuration: RunConfiguration
    ) -> (key: ConfigurationKey, reason: String)? {
        for key in keys {
            if let value = key.value(in: configuration),
                let reason = key.domain.objection(to: value)
            {
                return (key, reason)
            }
        }
        return nil
    }

    /// A configuration as the tree of a file, every key with its value.
    func tree(of configuration: RunConfiguration) -> Node { tree(of: configuration, below: "") }

    private func tree(of configuration: RunConfiguration, below place: String) -> Node {
        var entries: [(Node, Node)] = []
        for name in names(below: place) {
            let path = place.isEmpty ? name : "\(place).\(name)"
            if let key = self[path] {
                guard let value = key.value(in: configuration) else { continue }
                entries.append((Node(name), value.node))
            } else {
                entries.append((Node(name), tree(of: configuration, below: path)))
            }
        }
        return Node(entries)
    }
}
