extension Document {
    /// The document for a terminal: the verdict, the tables, how to go on.
    ///
    /// - Parameters:
    ///   - columns: The width of the terminal; no line is longer, but one of a single long word.
    ///   - usesColour: Whether verdicts and what is marked have terminal colours.
    ///   - hasDetails: Whether what is for whoever looks closer stands there, too.
    /// - Returns: Lines that each end with a line feed.
    public func text(
        columns: Int, usesColour: Bool = false, hasDetails: Bool = false
    ) -> String {
        let width = max(columns, 20)
        func wrapped(_ text: String) -> String {
            Lines.wrapped(text, to: width).joined(separator: "\n")
        }
        func answered(_ badge: Badge) -> String {
            let word = badge.word
            let lines = Lines.indented(title, by: word.count + 2, to: width, sign: word)
            return badge.text(usesColour: usesColour) + lines.dropFirst(word.count)
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
        blocks += sections.compactMap {
            $0.text(columns: columns, usesColour: usesColour, hasDetails: hasDetails)
        }
        if !next.isEmpty { blocks.append(next.map(wrapped).joined(separator: "\n")) }
        return blocks.joined(separator: "\n\n") + "\n"
    }
}

extension Document.Section {
    /// The section for a terminal.
    ///
    /// - Parameters:
    ///   - columns: The width of the terminal; no line is longer, but one of a single long word.
    ///   - usesColour: Whether verdicts and what is marked have terminal colours.
    ///   - hasDetails: Whether what is for whoever looks closer stands there, too.
    /// - Returns: Lines, the last without a line feed; nil where it shows nothing there.
    package func text(
        columns: Int, usesColour: Bool = false, hasDetails: Bool = false
    ) -> String? {
        guard hasDetails || !isDetail else { return nil }
        let width = max(columns, 20)
        func wrapped(_ text: String) -> String {
            Lines.wrapped(text, to: width).joined(separator: "\n")
        }
        func headed(_ text: String, _ badge: Badge?) -> String {
            guard let badge else { return wrapped(text) }
            return wrapped(text + ": " + badge.word).dropLast(badge.word.count)
                + badge.text(usesColour: usesColour)
        }
        let shown = pieces.compactMap { piece -> String? in
            switch piece {
            case .text(let text), .note(let text): wrapped(text)
            case .subheading(let text, let badge): headed(text, badge)
            case .list(let sentences):
                sentences.isEmpty
                    ? nil
                    : sentences.map { Lines.indented($0, by: 2, to: width, sign: "-") }
                        .joined(separator: "\n")
            case .table(let table):
                table.isDetail && !hasDetails || table.rows.isEmpty
                    ? nil : TableText(table, width: width, usesColour: usesColour).text
            case .figure(let figure): figure.drawing.finding.map(wrapped)
            case .markup: nil
            }
        }
        guard !shown.isEmpty else { return nil }
        return ([headed(heading, badge)] + shown).joined(separator: "\n")
    }
}

extension Badge {
    /// The word, in its colour where the terminal has colours.
    fileprivate func text(usesColour: Bool) -> String {
        usesColour ? "\u{1b}[\(colour)m\(word)\u{1b}[0m" : word
    }
}
