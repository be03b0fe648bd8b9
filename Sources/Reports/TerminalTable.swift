import Documents
import RunTables
import Runs
import Statistics

/// The table that a terminal shows at the end of a sweep.
///
/// A row for each size and intervention: the final loss and the largest attention logit at each learning
/// rate, the learning-rate sensitivity, the best learning rate. Where the columns do not fit, the
/// learning rates continue in a second block of rows.
struct TerminalTable {
    let sweep: SweepGrid
    let usesColour: Bool
    let columns: Int

    private struct Field {
        var text: String
        var style: String?
    }

    /// The table, each line ended by a line feed.
    var text: String {
        guard !sweep.lines.isEmpty else { return "\(sweep.table.name): no cells.\n" }
        var text = "\(sweep.table.name): final loss (nats per token) / largest attention logit\n\n"
        let sides = [header.map { Field(text: $0) }] + sweep.lines.map(labels)
        let cells = sweep.learningRates.map { rate in
            [Field(text: NumberText.rate(rate))] + sweep.lines.map { cell(CellText(rate, of: $0)) }
        }
        let ends = [["LR sens.", "best LR"].map { Field(text: $0) }] + sweep.lines.map(results)
        for block in blocks(sides, cells, ends) { text += rendered(block) + "\n" }
        return text
            + Lines.wrapped(notes, to: max(columns, 20)).joined(separator: "\n") + "\n"
    }

    private var header: [String] {
        sweep.interventions == [""] ? [sweep.naming.title] : [sweep.naming.title, "intervention"]
    }

    private func labels(_ line: SweepGrid.Line) -> [Field] {
        let size = Field(text: sweep.naming.short(line.size))
        guard sweep.interventions != [""] else { return [size] }
        let name = line.intervention
        let short = name.count > 28 ? name.prefix(13) + "…" + name.suffix(14) : name[...]
        return [size, Field(text: String(short))]
    }

    private func cell(_ cell: CellText) -> Field {
        var text = cell.isDiverged ? "div" : cell.loss
        if cell.divergedSeeds > 0 { text += "!\(cell.divergedSeeds)" }
        if cell.openSeeds > 0 { text += "?\(cell.openSeeds)" }
        if !cell.isOpen { text += "/" + (cell.logit ?? "-") }
        let style =
            cell.isDiverged
            ? "31" : cell.isBest ? "1;32" : cell.isAlarming ? "33" : cell.isOpen ? "2" : nil
        return Field(text: text, style: style)
    }

    private func results(_ line: SweepGrid.Line) -> [Field] {
        let value = line.sensitivityValue.map { NumberText.loss($0.value) } ?? "-"
        return [
            Field(text: value + (line.missing.isEmpty || value == "-" ? "" : "~")),
            Field(text: line.best.map { NumberText.rate($0.learningRate) } ?? "-"),
        ]
    }

    /// Rows of fields that fit the terminal, the labels on the left of each block.
    private func blocks(
        _ sides: [[Field]], _ cells: [[Field]], _ ends: [[Field]]
    ) -> [[[Field]]] {
        func width(_ column: [Field]) -> Int { (column.map(\.text.count).max() ?? 0) + 2 }
        let endColumns = (ends.first ?? []).indices.map { index in ends.map { $0[index] } }
        let left = (sides.first ?? []).indices.reduce(0) { sum, index in
            sum + width(sides.map { $0[index] })
        }
        var blocks: [[[Field]]] = [sides]
        var used = left
        for column in cells + endColumns {
            if used + width(column) > columns + 2, used > left {
                blocks.append(sides)
                used = left
            }
            used += width(column)
            let last = blocks.count - 1
            for row in column.indices { blocks[last][row].append(column[row]) }
        }
        return blocks
    }

    private func rendered(_ rows: [[Field]]) -> String {
        let labels = header.count
        let widths = (rows.first ?? []).indices.map { index in
            rows.map { $0[index].text.count }.max() ?? 0
        }
        let lines = rows.map { row in
            let padded = row.enumerated().map { index, field in
                let space = String(repeating: " ", count: widths[index] - field.text.count)
                let text =
                    usesColour && field.style != nil
                    ? "\u{1b}[\(field.style ?? "")m\(field.text)\u{1b}[0m" : field.text
                return index < labels && index > 0 ? text + space : space + text
            }.joined(separator: "  ")
            return String(padded.reversed().drop { $0 == " " }.reversed())
        }
        let rule = String(repeating: "─", count: widths.reduce(-2) { $0 + $1 + 2 })
        return ([lines.first ?? "", rule] + lines.dropFirst()).joined(separator: "\n") + "\n"
    }

    private var notes: String {
        let states = sweep.states.map { "\($0.count) \($0.state.rawValue)" }
        var text = "Cells: \(states.joined(separator: ", ")). "
        text += "LR sens.: mean over \(NumberText.grid(sweep.learningRates)) of "
        text += "min(loss, loss at initialisation) less the lowest."
        if sweep.seeds > 1 {
            text += "\n"
            text += "Means over up to \(sweep.seeds) seeds; !n: n of them diverged, "
            text += "?n: n have no result."
        }
        let lines = sweep.lines.compactMap(\.sensitivityValue).count
        if lines > 0, sweep.lines.contains(where: { !$0.missing.isEmpty }) {
            text += "\n~: without some learning rates of the grid, so it compares with no other."
        }
        if sweep.diverged > 0 { text += "\ndiv: diverged, counted as the loss at initialisation." }
        return text
    }
}
