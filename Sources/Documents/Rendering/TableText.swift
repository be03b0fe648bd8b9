/// A table in so many columns of a terminal.
///
/// Headings and sentences go over several lines where they must. What still does not fit is left out, the
/// column of the largest priority first, and named below. A table that is too wide even so becomes a list of
/// its rows.
struct TableText {
    private let table: Table
    private let width: Int
    private let usesColour: Bool

    /// A piece of a line.
    private struct Field {
        var text = ""
        var style: String?
    }

    /// Blanks between columns.
    private static let gap = 2
    /// The narrowest column of sentences.
    private static let narrowest = 16
    /// The most lines that a last column of sentences takes beside the others; longer ones stand below their rows.
    private static let mostLines = 5

    init(_ table: Table, width: Int, usesColour: Bool) {
        self.table = table
        self.width = width
        self.usesColour = usesColour
    }

    /// The lines, and below them what was left out.
    var text: String {
        var shown = Array(table.columns.indices)
        var text: String?
        var below: Int?
        while text == nil {
            if let widths = widths(shown) {
                if below == nil, let last = shown.last, let room = widths.last,
                    isTall(last, in: room)
                {
                    below = last
                    shown = table.columns.indices.filter { $0 != last }
                    continue
                }
                text = rendered(shown, widths, below: below)
            } else if let last = shown.max(by: {
                (table.columns[$0].priority, $0) < (table.columns[$1].priority, $1)
            }), table.columns[last].priority > 0 {
                shown.removeAll { $0 == last }
            } else {
                text = list
                below = nil
                shown = Array(table.columns.indices)
            }
        }
        let left = table.columns.indices.filter { !shown.contains($0) && $0 != below }
        var lines = [text ?? ""]
        if !left.isEmpty {
            let names = NumberText.list(left.map { table.columns[$0].title })
            lines.append(
                Lines.wrapped("not shown here: \(names)", to: width).joined(separator: "\n"))
        }
        if let note = table.note {
            lines.append(Lines.wrapped(note, to: width).joined(separator: "\n"))
        }
        return lines.joined(separator: "\n")
    }

    /// Widths of columns that together fit; nil where there are none.
    private func widths(_ shown: [Int]) -> [Int]? {
        let cells = shown.map { index in table.rows.map { $0[index] } }
        let bodies = cells.map { column in
            column.flatMap { [$0.text, $0.detail ?? ""] }.map(\.count).max() ?? 0
        }
        var widths = zip(shown, bodies).map { max(table.columns[$0].title.count, $1) }
        let least = zip(zip(shown, bodies), cells).map { pair, column in
            let heading = Lines.longestWord(table.columns[pair.0].title)
            let details = column.map { Lines.longestWord($0.detail ?? "") }.max() ?? 0
            guard table.columns[pair.0].wraps else {
                return max(heading, details, column.map(\.text.count).max() ?? 0)
            }
            let words = column.map { Lines.longestWord($0.text) }.max() ?? 0
            return min(max(heading, words, details, Self.narrowest), max(heading, pair.1))
        }
        var excess = widths.reduce(Self.gap * (shown.count - 1), +) - width
        while excess > 0 {
            // From the widest, so that long sentences give way before short headings do.
            let candidates = widths.indices.filter { widths[$0] > least[$0] }
            guard let widest = candidates.max(by: { (widths[$0], -$0) < (widths[$1], -$1) }) else {
                return nil
            }
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }

    /// Whether the sentences of a column go over many lines in so many columns.
    private func isTall(_ column: Int, in width: Int) -> Bool {
        table.columns[column].wraps && width < self.width / 2
            && table.rows.contains {
                Lines.wrapped($0[column].text, to: max(width, 1)).count > Self.mostLines
            }
    }

    private func rendered(_ shown: [Int], _ widths: [Int], below: Int?) -> String {
        // A column without words has no width.
        let headings = zip(shown, widths).map {
            Lines.wrapped(table.columns[$0].title, to: max($1, 1))
        }
        let height = headings.map(\.count).max() ?? 1
        // Headings stand on the line.
        let raised = headings.map { lines in
            Array(repeating: Field(), count: height - lines.count) + lines.map { Field(text: $0) }
        }
        let rule = widths.reduce(Self.gap * (shown.count - 1), +)
        var lines: [String] = []
        if shown.contains(where: { !table.columns[$0].title.isEmpty }) {
            lines = self.lines(shown, widths, raised)
            lines.append(String(repeating: "─", count: max(rule, 0)))
        }
        for row in table.rows {
            lines += self.lines(shown, widths, zip(shown, widths).map { fields(row[$0], $1) })
            if let below, !row[below].text.isEmpty {
                let title = table.columns[below].title
                lines.append(
                    Lines.indented(
                        (title.isEmpty ? "" : title + ": ") + row[below].text, by: 4, to: width))
            }
        }
        return lines.joined(separator: "\n")
    }

    /// The lines of a cell.
    private func fields(_ cell: Table.Cell, _ width: Int) -> [Field] {
        let style = usesColour ? cell.colour : nil
        let text = Lines.wrapped(cell.text, to: max(width, 1)).map { Field(text: $0, style: style) }
        guard let detail = cell.detail else { return text }
        let muted = usesColour ? "2" : nil
        return text + Lines.wrapped(detail, to: max(width, 1)).map { Field(text: $0, style: muted) }
    }

    /// Cells side by side.
    private func lines(_ shown: [Int], _ widths: [Int], _ cells: [[Field]]) -> [String] {
        let gap = String(repeating: " ", count: Self.gap)
        return (0..<(cells.map(\.count).max() ?? 0)).map { index in
            let fields = shown.indices.map { place -> String in
                let field = index < cells[place].count ? cells[place][index] : Field()
                let space = String(
                    repeating: " ", count: max(widths[place] - field.text.count, 0))
                let text = field.style.map { "\u{1b}[\($0)m\(field.text)\u{1b}[0m" } ?? field.text
                return table.columns[shown[place]].isWords ? text + space : space + text
            }
            let line = fields.joined(separator: gap)
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    /// The rows as lists of headings and cells.
    private var list: String {
        table.rows.map { row in
            zip(table.columns, row).filter { !$1.text.isEmpty }.map { column, cell in
                let all = [cell.text, cell.detail].compactMap(\.self).joined(separator: ", ")
                return Lines.wrapped("\(column.title): \(all)", to: width - 2)
                    .joined(separator: "\n  ")
            }.joined(separator: "\n")
        }.joined(separator: "\n\n")
    }
}

extension Table.Cell {
    /// The terminal's colour.
    fileprivate var colour: String? {
        if let badge { return badge.colour }
        return switch style {
        case .plain, .code: nil
        case .muted: "2"
        case .alarm: "33"
        case .best: "1;32"
        }
    }
}

extension Badge {
    /// The terminal's colour.
    var colour: String {
        switch tone {
        case .good: "1;32"
        case .bad: "1;31"
        case .open: "1;33"
        }
    }
}
