import Documents
import RunTables
import Runs
import Statistics
import Telemetry

/// The tables of the page.
struct PageTables {
    let sweep: SweepGrid
    /// Where each run stands.
    let context: SweepContext
    /// Where runs stand in the table of all runs, by their names.
    private let places: [String: Int]

    init(sweep: SweepGrid, context: SweepContext) {
        self.sweep = sweep
        self.context = context
        places = Dictionary(
            sweep.table.rows.enumerated().filter { $1.result != nil }.map { ($1.name, $0) },
            uniquingKeysWith: { a, _ in a })
    }

    private var hasInterventions: Bool { sweep.interventions != [""] }

    /// A number that leads to the first of its runs in the table of all.
    private func link(_ text: String, to rows: [RunRow]) -> String {
        guard let place = rows.lazy.compactMap({ places[$0.name] }).first else { return text }
        let names = rows.map(\.name).joined(separator: "\n")
        return
            "<a class=\"plain\" href=\"#run-\(place)\" title=\"\(HTML.escaped(names))\">\(text)</a>"
    }

    private func labels(_ line: SweepGrid.Line) -> [String] {
        let size = sweep.naming.short(line.size)
        return (hasInterventions ? [line.intervention, size] : [size]).map(HTML.escaped)
    }

    private var labelHeads: [String] {
        hasInterventions ? ["intervention", sweep.naming.title] : [sweep.naming.title]
    }

    /// Lines by intervention and then by size, as the figures' panels have them.
    private var lines: [SweepGrid.Line] {
        sweep.interventions.flatMap { name in sweep.lines.filter { $0.intervention == name } }
    }

    /// The final loss and the largest logit at each learning rate.
    var matrix: String {
        let rows = lines.map { line in
            labels(line)
                + sweep.learningRates.map { rate in
                    let cell = CellText(rate, of: line)
                    let loss = link(cell.loss, to: cell.rows)
                    var text = cell.isBest ? "<span class=\"best\">\(loss)</span>" : loss
                    if cell.isDiverged { text = "<span class=\"alarm\">\(text)</span>" }
                    if cell.isOpen { text = "<span class=\"muted\">\(text)</span>" }
                    if cell.divergedSeeds > 0 {
                        text += "<small class=\"alarm\">\(cell.divergedSeeds) diverged</small>"
                    }
                    if cell.openSeeds > 0 {
                        text += "<small>\(cell.openSeeds) without result</small>"
                    }
                    guard !cell.isOpen else { return text }
                    let style = cell.isAlarming ? " class=\"alarm\"" : ""
                    return text + "<small\(style)>\(cell.logit ?? "not recorded")</small>"
                }
        }
        return HTML.table(
            head: labelHeads + sweep.learningRates.map(NumberText.rate), rows: rows,
            labels: labelHeads.count)
    }

    /// The learning-rate sensitivity of each line with its grid.
    var sensitivity: String {
        let rows = lines.map { line -> [String] in
            let value = line.sensitivityValue
            var reason = "none"
            if case .failure(let error) = line.sensitivity { reason = "none: \(error)" }
            let grid = (value?.grid ?? []).map(NumberText.rate).joined(separator: " ")
            let missing = line.missing.map(NumberText.rate).joined(separator: " ")
            return labels(line) + [
                line.parameters.map { NumberText.count($0) } ?? "unknown",
                value.map { "<b>\(NumberText.loss($0.value))</b>" }
                    ?? "<span class=\"muted\">\(HTML.escaped(reason))</span>",
                line.best.map { NumberText.rate($0.learningRate) } ?? "none",
                line.best.map { NumberText.loss($0.loss) } ?? "none",
                value.map { String($0.clamped) } ?? "",
                grid + (missing.isEmpty ? "" : " <span class=\"alarm\">without \(missing)</span>"),
            ]
        }
        return HTML.table(
            head: labelHeads + [
                "parameters", "LR sensitivity", "best LR", "best loss", "clamped runs",
                "learning rates averaged over",
            ], rows: rows, labels: labelHeads.count)
    }

    /// Every cell that has a result.
    var runs: String {
        let rows = sweep.table.rows.enumerated().compactMap { index, row -> [String]? in
            guard let result = row.result else { return nil }
            let end = result.finiteLoss.map(NumberText.loss) ?? "diverged"
            let intervention = hasInterventions ? [sweep.intervention(row)] : []
            return
                ["<span id=\"run-\(index)\">\(context.link(row.name))</span>"]
                + (intervention + [
                    known(row.width), known(row.depth),
                    row.learningRate.map(NumberText.rate) ?? "unknown", known(row.replicate.seed),
                    end, result.initialLoss.map(NumberText.loss) ?? "unknown",
                    result.maxAttentionLogit.map(NumberText.logit) ?? "not recorded",
                    result.lossSpikes.map(NumberText.percent) ?? "not assessed",
                    result.gradientSpikes.map(NumberText.percent) ?? "not assessed",
                    "\(NumberText.count(result.stepsDone))",
                    result.tokensPerSecond.map {
                        NumberText.count(Int(exactly: $0.rounded()) ?? 0)
                    } ?? "unknown",
                    divergence(result),
                ]).map(HTML.escaped)
        }
        return HTML.table(
            head: ["run"] + (hasInterventions ? ["intervention"] : []) + [
                "width", "depth", "LR", "seed", "final loss", "initial loss", "largest logit",
                "loss spikes, %", "gradient spikes, %", "steps", "tokens/s", "first non-finite",
            ], rows: rows, labels: hasInterventions ? 2 : 1, attributes: "class=\"sortable\"")
    }

    private func known(_ value: (some CustomStringConvertible)?) -> String {
        value.map { "\($0)" } ?? "unknown"
    }

    private func divergence(_ result: RunResult) -> String {
        let step = result.divergedStep.map { "step \(NumberText.count($0))" }
        return [step, result.divergedTensor].compactMap(\.self).joined(separator: ", ")
    }

    /// Every cell that has none.
    var open: String {
        let rows = sweep.openRows.map { cell in
            [
                context.link(cell.name), cell.state.rawValue,
                cell.series.lastStep.map { NumberText.count($0) } ?? "none",
            ]
        }
        return HTML.table(head: ["cell", "state", "last logged step"], rows: rows, labels: 2)
    }
}
