import Runs
import Statistics
import Sweeps

/// The report as one HTML file that needs no network.
struct Page {
    let sweep: SweepGrid
    /// What the sweep says of the transfer of its learning rate, if it was made to.
    let transfer: TransferResult?
    /// The figures with their drawings, in order.
    let figures: [(figure: any Figure, drawing: Drawing)]
    /// A classic script that sets `window.vegaEmbed`; without it, images stand in for the figures.
    let vegaBundle: String?
    /// The figures drawn as SVG, by name, as data addresses.
    let images: [String: String]
    /// Whether SVG and PNG files stand beside the page.
    let hasImages: Bool

    /// What the page may load: itself.
    private static let policy =
        "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
        + "img-src data: blob:"

    /// The page.
    var text: String {
        let name = HTML.escaped(sweep.record.name)
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="\(Self.policy)">
            <title>\(name): sweep report</title>
            <style>
            \(PageStyle.text)
            </style>
            </head>
            <body>
            <main>
            \(header)
            \(tiles)
            \(overview)
            \(transfer.map { TransferSection(result: $0).text } ?? "")
            \(tables)
            \(figures.enumerated().map { section($0.offset + 1, $0.element) }.joined())
            \(cells)
            <footer>Made by Ballast. Losses are cross-entropies in nats per token, without z-loss.
            Beside this page: summary.json, and figures/ with each figure's Vega-Lite specification and
            the numbers behind it\(hasImages ? ", SVG and PNG" : "").</footer>
            </main>
            \(scripts)
            </body>
            </html>

            """
    }

    private var header: String {
        """
        <header><div>
        <p class="kicker">Ballast sweep report</p>
        <h1>\(HTML.escaped(sweep.record.name))</h1>
        </div><button id="theme" type="button">Light / dark</button></header>
        """
    }

    private var overview: String {
        let axes = Labels.axes(sweep.record).map { key, values in
            "<dt>\(HTML.escaped(key))</dt><dd>\(HTML.escaped(values.joined(separator: ", ")))</dd>\n"
        }.joined()
        return axes.isEmpty ? "<p>Nothing was swept.</p>" : "<dl>\n\(axes)</dl>"
    }

    private var tiles: String {
        let states = sweep.states.map { "\(NumberText.count($0.count)) \($0.state.rawValue)" }
        var tiles = [
            (
                NumberText.count(sweep.record.cells.count, "run"),
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
        tiles.append((NumberText.duration(sweep.record.wallSeconds), "wall time of training"))
        return "<div class=\"tiles\">"
            + tiles.map { number, label in
                "<div class=\"tile\"><b>\(number)</b><span>\(HTML.escaped(label))</span></div>\n"
            }.joined() + "</div>"
    }

    private var tables: String {
        guard !sweep.lines.isEmpty else {
            return "<section><h2>Results</h2><p>The sweep has no cells.</p></section>"
        }
        let tables = PageTables(sweep: sweep)
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

    private func section(_ number: Int, _ entry: (figure: any Figure, drawing: Drawing)) -> String {
        let (figure, drawing) = entry
        let name = figure.name
        var files = ["csv", "vl.json"] + (hasImages ? ["svg", "png"] : [])
        files = files.map { "<a href=\"figures/\(name).\($0)\">\($0)</a>" }
        guard drawing.hasData else {
            return """
                <section>
                <h2>\(HTML.escaped(figure.title))</h2>
                <p class="muted">\(HTML.escaped(drawing.caption))</p>
                </section>

                """
        }
        var inside = ""
        if vegaBundle == nil {
            inside =
                images[name].map { "<img alt=\"\(HTML.escaped(figure.title))\" src=\"\($0)\">" }
                ?? "<p class=\"muted\">Not drawn here: the Vega bundle was not given.</p>"
        }
        let finding = drawing.finding.map { "<p class=\"lead\">\(HTML.escaped($0))</p>" } ?? ""
        return """
            <section>
            <h2>\(HTML.escaped(figure.title))</h2>
            \(finding)
            <figure>
            <div class="chart" id="\(name)">\(inside)</div>
            <figcaption><b>Figure \(number).</b> \(HTML.escaped(drawing.caption))
            <div class="files">\(files.joined())</div></figcaption>
            </figure>
            </section>

            """
    }

    private var cells: String {
        let tables = PageTables(sweep: sweep)
        var text = ""
        if !sweep.openCells.isEmpty {
            text += """
                <section><h2>Cells without a result</h2>
                <p>\(NumberText.count(sweep.openCells.count, "cell")) of \
                \(NumberText.count(sweep.record.cells.count)) have no result yet.</p>
                \(tables.open)</section>

                """
        }
        guard !sweep.results.isEmpty else { return text }
        return text + """
            <section><h2>All runs</h2>
            <p class="muted">Click a heading to sort.</p>
            \(tables.runs)</section>
            """
    }

    private var scripts: String {
        let entries = figures.filter(\.drawing.hasData).map { figure, drawing -> JSONValue in
            let specification = drawing.specification
            return [
                "name": .string(figure.name), "spec": specification.bareJSON,
                "light": Theme.light.configuration(specification.ramp),
                "dark": Theme.dark.configuration(specification.ramp),
                "many": .bool(specification.rows.count > 1500),
            ]
        }
        let bundle = vegaBundle.map { "<script>\n\(HTML.script($0))\n</script>\n" } ?? ""
        let data = vegaBundle == nil ? "[]" : JSONValue.array(entries).scriptText
        return """
            \(bundle)<script>window.ballastFigures = \(data);</script>
            <script>
            \(PageScript.text)
            </script>
            """
    }
}
