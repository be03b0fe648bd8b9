public import Formats
import Foundation
import Yams

/// Names that a person adds to the table of aliases: which metrics of their logs are ours.
///
/// ```yaml
/// train/loss: [mean_ce, ce/train]
/// norm/weight/{}/rms: w_rms/{}
/// ```
public struct MetricAliases: Sendable, Hashable {
    /// The largest file of names that is read, in bytes.
    private static let longest = 1 << 20

    private var table = AliasTable([])

    /// No names but those of ``MetricNames``.
    public init() {}

    /// Reads a YAML file: our tag, and the names that mean it; `{}` stands for a layer or a parameter.
    ///
    /// - Parameter path: The file.
    /// - Throws: `FormatError` where it cannot be read, is no such mapping, or gives a name to two tags.
    public init(path: String) throws(FormatError) {
        let bytes = try Gzip.contents(of: path, limit: Self.longest)
        func refused(_ place: String, _ found: String) -> FormatError {
            .corrupt(
                path: path, place: place, found: found,
                advice: "write a line a tag, as train/loss: [their_name, another]")
        }
        let tree: Any?
        do {
            tree = try Yams.load(yaml: String(decoding: bytes, as: UTF8.self))
        } catch {
            throw refused("YAML", "\(error)".split(separator: "\n").first.map(String.init) ?? "")
        }
        guard let entries = tree as? [String: Any], !entries.isEmpty else {
            throw refused("names", "no mapping of tags to names")
        }
        var rows: [(tag: String, aliases: [String])] = []
        var owners: [String: String] = [:]
        for (tag, value) in entries.sorted(by: { $0.key < $1.key }) {
            let names = value as? [String] ?? (value as? String).map { [$0] } ?? []
            guard !names.isEmpty, !names.contains("") else {
                throw refused(tag, "neither a name nor a list of names")
            }
            for name in names {
                if let other = owners.updateValue(tag, forKey: name.lowercased()) {
                    throw refused(name, "means both \(other) and \(tag)")
                }
                guard tag.contains("{}") == name.contains("{}") else {
                    throw refused(tag, "'{}' stands in one of '\(tag)' and '\(name)' alone")
                }
            }
            rows.append((tag, names))
        }
        table = AliasTable(rows)
    }

    /// Our tag for a name: by the person's table, else by ``MetricNames``; nil where neither has it.
    public func tag(of name: String) -> String? { table.tag(of: name) ?? MetricNames.tag(of: name) }

    /// Whether a tag or name is one that a table has.
    func knows(_ name: String) -> Bool { table.isTag(name) || tag(of: name) != nil }
}
