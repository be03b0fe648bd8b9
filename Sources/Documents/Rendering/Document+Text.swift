extension Document {
    /// The document for a terminal: the verdict, the tables, how to go on.
    ///
    /// - Parameters:
    ///   - columns: The width of the terminal; no line is longer, but one of a single long word.
    ///   - usesColour: Whether verdicts and what is marked have terminal colours.
    /// - Returns: Lines that each end with a line feed.
    public func text(columns: Int, usesColour: Bool = false) -> String {
        let width = max(columns, 20)
        func wrapped(_ text: String) -> String {
            Lines.wrapped(text, to: width).joined(separator: "\n")
        }
        func marked(_ badge: Badge) -> String {
            usesColour ? "\u{1b}[\(badge.colour)m\(badge.word)\u{1b}[0m" : badge.word
        }
        func headed(_ text: String, _ badge: Badge?) -> String {
            guard let badge else { return wrapped(text) }
            return wrapped(text + ": " + badge.word).dropLast(badge.word.count) + marked(badge)
        }
        func answered(_ badge: Badge) -> String {
            let word = badge.word
            let lines = Lines.indented(title, by: word.count + 2, to: width, sign: word)
            return marked(badge) + lines.dropFirst(word.count)
        }
        var head = [badge.map(answered) ?? wrapped(title)]
        head += lead.map(wrapped)
        var blocks = [head.joined(separator: "\n")]
        if !tiles.isEmpty {
            let room = tiles.map(\.number.count).max() ?? 0
            blocks.append(
                tiles.map { number, label in
                    let space = String(repeating: " ", count: room - number.count)
                    return Lines.indented(
                        label, by: room + 2, to: width, sign: space + number)
                }.joined(separator: "\n"))
        }
        for section in sections where !section.isDetail {
            let pieces = section.pieces.compactMap { piece -> String? in
                switch piece {
                case .text(let text), .note(let text): wrapped(text)
                case .subheading(let text, let badge): headed(text, badge)
                case .list(let sentences):
                    sentences.isEmpty
                        ? nil
                        : sentences.map { Lines.indented($0, by: 2, to: width, sign: "-") }
                            .joined(separator: "\n")
                case .table(let table):
                    table.isDetail || table.rows.isEmpty
                        ? nil : TableText(table, width: width, usesColour: usesColour).text
                case .figure(let figure): figure.drawing.finding.map(wrapped)
                case .markup: nil
                }
            }
            guard !pieces.isEmpty else { continue }
            blocks.append(
                ([headed(section.heading, section.badge)] + pieces).joined(separator: "\n"))
        }
        if !next.isEmpty { blocks.append(next.map(wrapped).joined(separator: "\n")) }
        return blocks.joined(separator: "\n\n") + "\n"
    }
}
