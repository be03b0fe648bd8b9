/// Rows of words in columns as wide as their widest.
enum PlainTable {
    /// The rows as lines, the first column to the left and the others to the right.
    static func text(_ rows: [[String]], leading: Int = 1) -> String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            let line = row.enumerated().map { index, text in
                let space = String(repeating: " ", count: widths[index] - text.count)
                return index < leading ? text + space : space + text
            }.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }.joined(separator: "\n")
    }
}
