/// A table that gives up the columns that matter least until it fits a width.
package struct TerminalColumns {
    private struct Column {
        var title: String
        var priority: Int
        var alignsLeft: Bool
        var fields: [String]

        var width: Int { fields.reduce(title.count) { max($0, $1.count) } }
    }

    /// The first column is shortened to this before a second is left out.
    private static let shortest = 28

    private var columns: [Column] = []

    package init() {}

    /// Adds a column.
    ///
    /// - Parameters:
    ///   - title: Its heading.
    ///   - priority: Columns of a larger number are left out first; 0 always stays.
    ///   - alignsLeft: Whether it is text.
    ///   - fields: A field for each row.
    package mutating func add(
        _ title: String, priority: Int, alignsLeft: Bool = false, _ fields: () -> [String]
    ) {
        columns.append(
            Column(title: title, priority: priority, alignsLeft: alignsLeft, fields: fields()))
    }

    /// The headings of the columns that do not fit.
    package func omitted(width: Int) -> [String] {
        let kept = kept(width)
        return columns.indices.filter { !kept.contains($0) }.map { columns[$0].title }
    }

    /// The table, each line ended by a line feed.
    package func text(width: Int) -> String {
        let kept = kept(width)
        guard let first = kept.first else { return "" }
        let rest = kept.dropFirst().reduce(0) { $0 + columns[$1].width + 2 }
        let room = max(min(columns[first].width, width - rest), min(columns[first].width, 12))
        func line(_ field: (Int) -> String) -> String {
            var text = ""
            for index in kept {
                let isFirst = index == first
                let size = isFirst ? room : columns[index].width
                let value = isFirst ? Self.shortened(field(index), to: size) : field(index)
                let space = String(repeating: " ", count: max(size - value.count, 0))
                text +=
                    (isFirst ? "" : "  ")
                    + (columns[index].alignsLeft ? value + space : space + value)
            }
            while text.last == " " { text.removeLast() }
            return text + "\n"
        }
        var text = line { columns[$0].title }
        text += String(repeating: "─", count: room + rest) + "\n"
        for row in columns[first].fields.indices { text += line { columns[$0].fields[row] } }
        return text
    }

    /// The indices of the columns that fit.
    private func kept(_ width: Int) -> [Int] {
        var kept = Array(columns.indices)
        func needed() -> Int {
            kept.enumerated().reduce(0) { sum, item in
                let size = columns[item.element].width
                return sum + (item.offset == 0 ? min(size, Self.shortest) : size + 2)
            }
        }
        while needed() > width,
            let least = kept.max(by: { columns[$0].priority < columns[$1].priority }),
            columns[least].priority > 0
        {
            kept.removeAll { $0 == least }
        }
        return kept
    }

    /// A text without its middle, so that its start and its end can be read.
    static func shortened(_ text: String, to width: Int) -> String {
        guard text.count > width, width > 1 else { return text }
        let end = (width - 1) * 2 / 3
        return text.prefix(width - 1 - end) + "…" + text.suffix(end)
    }
}
