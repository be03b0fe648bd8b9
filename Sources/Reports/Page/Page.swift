import Documents
import RunTables
import Runs
import Statistics

/// The report as one HTML file that needs no network.
struct Page {
    let sweep: SweepGrid
    /// What studies say of the runs.
    let documents: [Document]
    /// The figures of the sweep itself.
    let drawings: [DrawnFigure]
    /// All figures, in order.
    let figures: PageFigures
    /// How it was made; nil where that is not known.
    let origin: ReportOrigin?
    /// What was trained, and where each run stands.
    let context: SweepContext

    /// The page.
    var text: String {
        PageShell(
            title: "\(sweep.table.name): sweep report", kicker: "Ballast sweep report",
            heading: sweep.table.name,
            content: """
                <p class="lead">\(HTML.escaped(sweep.headline))</p>
                \(tiles)
                \(overview)
                \(documents.map { $0.part(figures) }.joined())
                \(tables)
                \(drawings.map(figures.section).joined())
                \(cells)
                \(trained)
                \(next)
                \(origin?.section ?? "")
                """,
            footer: """
                Made by Ballast. Losses are cross-entropies in nats per token, without z-loss.
                Beside this page: summary.json, runs.csv, and figures/ with each figure's Vega-Lite \
                specification and the numbers behind it\(figures.hasImages ? ", SVG and PNG" : "").
                """, figures: figures, refreshes: sweep.isRunning
        ).text
    }

    private var trained: String {
        context.facts.rows.isEmpty
            ? "" : "<section><h2>What was trained</h2>\n\(context.facts.markup)</section>\n"
    }

    private var next: String {
        sweep.next.isEmpty
            ? "" : "<section><h2>How to go on</h2>\n\(HTML.list(sweep.next))</section>\n"
    }

    private var overview: String {
        let axes = sweep.swept.map { key, values in
            (key, values.joined(separator: ", "))
        }
        return axes.isEmpty ? "<p>Nothing was swept.</p>" : HTML.definitions(axes)
    }

    private var tiles: String {
        let states = sweep.states.map { "\(NumberText.count($0.count)) \($0.state.rawValue)" }
        var tiles: [(number: String, label: String)] = [
            (
                NumberText.count(sweep.table.rows.count, "run"),
                states.isEmpty ? "no cells" : states.joined(separator: ", ")
            )
        ]
        let best = sweep.lines.compactMap { line in line.best.map { (line, $0) } }
            .min { $0.1.loss < $1.1.loss }
        if let best {
            let place = "\(sweep.name(of: best.0)), LR \(NumberText.rate(best.1.learningRate))"
            tiles.append((NumberText.loss(best.1.loss), "lowest final loss: \(place)"))
        }
        let largest = sweep.sizes.last { size in
            sweep.lines.contains { $0.size == size && $0.sensitivityValue != nil }
        }
        for line in sweep.lines.filter({ $0.size == largest }).prefix(3) {
            guard let value = line.sensitivityValue else { continue }
            tiles.append(
                (
                    NumberText.loss(value.value),
                    "LR sensitivity over \(value.grid.count) LRs: \(sweep.name(of: line))"
                ))
        }
        tiles.append((NumberText.duration(sweep.table.wallSeconds), "wall time of training"))
        return PageShell.tiles(tiles)
    }

    private var tables: String {
        guard !sweep.lines.isEmpty else {
            return "<section><h2>Results</h2><p>The sweep has no cells.</p></section>"
        }
        let tables = PageTables(sweep: sweep, context: context)
        let alarm = "A logit above 1e4, or one that left the finite numbers, is in orange."
        let seeds = sweep.seeds > 1 ? " Both are means over up to \(sweep.seeds) seeds." : ""
        return """
            <section>
            <h2>Results</h2>
            <h3>Final loss, and below it the largest attention logit, at each learning rate</h3>
            \(tables.matrix)<p class="muted">The lowest loss of each row is marked. \(alarm)\(seeds)</p>
            <h3>Learning-rate sensitivity</h3>
            \(tables.sensitivity)<p class="muted">The mean over the learning rates of min(final loss,
            loss at initialisation), less the lowest of them, in nats per token. A clamped run diverged
            or ended above its start, and counts as its loss at initialisation. Values compare over
            equal grids only.</p>
            </section>
            """
    }

    private var cells: String {
        let tables = PageTables(sweep: sweep, context: context)
        var text = ""
        if !sweep.openRows.isEmpty {
            text += """
                <section><h2>Cells without a result</h2>
                <p>\(NumberText.count(sweep.openRows.count, "cell")) of \
                \(NumberText.count(sweep.table.rows.count)) have no result yet.</p>
                \(tables.open)</section>

                """
        }
        guard !sweep.results.isEmpty else { return text }
        return text + """
            <section><h2>All runs</h2>
            <p class="muted">Click a heading to sort. Spikes are the percentage of recorded training \
            losses and gradient norms at least seven standard deviations from the mean of up to a \
            thousand before them (arXiv 2501.00656), from the twenty-first on.</p>
            \(tables.runs)</section>
            """
    }
}
