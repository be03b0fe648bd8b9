/// Tags and the names that mean them, looked up without case; `{}` in both stands for a run of characters.
struct AliasTable: Sendable, Hashable {
    private struct Pattern: Sendable, Hashable {
        let before: String
        let after: String
        let tag: String
    }

    private var exact: [String: String] = [:]
    private var patterns: [Pattern] = []
    private var tags: Set<String> = []

    init(_ rows: [(tag: String, aliases: [String])]) {
        for (tag, aliases) in rows {
            tags.insert(tag)
            for alias in aliases {
                let lower = alias.lowercased()
                if alias.contains("{}") {
                    let parts = lower.components("{}")
                    patterns.append(Pattern(before: parts.0, after: parts.1, tag: tag))
                } else {
                    exact[lower] = tag
                }
            }
        }
    }

    /// The tag of a name, or nil where the table has none.
    func tag(of name: String) -> String? {
        let lower = name.lowercased()
        if let tag = exact[lower] { return tag }
        for pattern in patterns
        where lower.hasPrefix(pattern.before) && lower.hasSuffix(pattern.after)
            && lower.count > pattern.before.count + pattern.after.count
        {
            let middle = name.dropFirst(pattern.before.count).dropLast(pattern.after.count)
            let ours = pattern.tag.components("{}")
            return ours.0 + middle + ours.1
        }
        return nil
    }

    /// Whether a name is a tag of the table itself.
    func isTag(_ name: String) -> Bool {
        tags.contains { tag in
            guard tag.contains("{}") else { return tag == name }
            let parts = tag.components("{}")
            return name.hasPrefix(parts.0) && name.hasSuffix(parts.1)
                && name.count > parts.0.count + parts.1.count
        }
    }
}

extension String {
    /// What stands before and after the first place of `mark`.
    fileprivate func components(_ mark: String) -> (String, String) {
        guard let range = firstRange(of: mark) else { return (self, "") }
        return (String(self[..<range.lowerBound]), String(self[range.upperBound...]))
    }
}
