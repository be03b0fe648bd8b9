extension Document {
    /// The document as Markdown, with pipe tables; figures are links to their files.
    public var markdown: String {
        var blocks = ["# " + Self.escaped(title)]
        let sentences = lead.map(Self.escaped).joined(separator: " ")
        let answer = [badge.map(Self.strong), sentences].compactMap(\.self).filter { !$0.isEmpty }
        if !answer.isEmpty { blocks.append(answer.joined(separator: " ")) }
        if !tiles.isEmpty {
            blocks.append(
                tiles.map { "- **\(Self.escaped($0.number))** \(Self.escaped($0.label))" }
                    .joined(separator: "\n"))
        }
        var number = 0
        for section in sections {
            blocks.append("## " + Self.heading(section.heading, section.badge))
            blocks += section.pieces.compactMap { piece -> String? in
                switch piece {
                case .text(let text), .note(let text): return Self.escaped(text)
                case .subheading(let text, let badge): return "### " + Self.heading(text, badge)
                case .list(let sentences): return Self.list(sentences)
                case .table(let table): return table.markdown
                case .figure(let figure):
                    if figure.drawing.hasData { number += 1 }
                    return Self.figure(figure, number)
                case .markup: return nil
                }
            }
        }
        if let list = Self.list(next) { blocks += ["## Next steps", list] }
        if let origin {
            blocks.append("## How this was made")
            blocks.append(
                origin.rows.map { "- \(Self.escaped($0.name)): \(Self.code($0.text))" }
                    .joined(separator: "\n"))
        }
        if !conventions.isEmpty { blocks.append(Self.escaped(conventions)) }
        return blocks.joined(separator: "\n\n") + "\n"
    }

    private static func heading(_ text: String, _ badge: Badge?) -> String {
        ([escaped(text)] + [badge.map(strong)].compactMap(\.self)).joined(separator: " ")
    }

    private static func strong(_ badge: Badge) -> String { "**\(escaped(badge.word))**" }

    private static func list(_ sentences: [String]) -> String? {
        sentences.isEmpty ? nil : sentences.map { "- " + escaped($0) }.joined(separator: "\n")
    }

    private static func figure(_ figure: DrawnFigure, _ number: Int) -> String {
        let caption = escaped(figure.drawing.caption)
        guard figure.drawing.hasData else { return caption }
        let finding = figure.drawing.finding.map { escaped($0) + "\n\n" } ?? ""
        let file = "figures/\(figure.name)"
        return finding + "**Figure \(number).** [\(escaped(figure.title))](\(file).vl.json) "
            + "([numbers](\(file).csv)). \(caption)"
    }

    /// A text whose signs mean nothing to Markdown, in one line.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\", "`", "*", "_", "[", "]", "|", "#", "~": result += "\\\(character)"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "&": result += "&amp;"
            case _ where character.isNewline: result += " "
            default: result.append(character)
            }
        }
        return result
    }

    /// A text as code: between more backquotes than it holds in a row.
    private static func code(_ text: String) -> String {
        var (run, longest) = (0, 0)
        for character in text {
            run = character == "`" ? run + 1 : 0
            longest = max(longest, run)
        }
        let fence = String(repeating: "`", count: longest + 1)
        let room = text.hasPrefix("`") || text.hasSuffix("`") ? " " : ""
        return fence + room + String(text.map { $0.isNewline ? " " : $0 }) + room + fence
    }
}

extension Table {
    /// The table between pipes.
    fileprivate var markdown: String {
        func line(_ fields: [String]) -> String { "| " + fields.joined(separator: " | ") + " |" }
        let rule = columns.map { $0.isWords ? ":--" : "--:" }
        let lines =
            [line(columns.map { Document.escaped($0.title) }), line(rule)]
            + rows.map { row in
                line(
                    row.map { cell in
                        [cell.text, cell.detail.map { "(\($0))" }].compactMap(\.self)
                            .map(Document.escaped).joined(separator: " ")
                    })
            }
        return lines.joined(separator: "\n") + (note.map { "\n\n" + Document.escaped($0) } ?? "")
    }
}
