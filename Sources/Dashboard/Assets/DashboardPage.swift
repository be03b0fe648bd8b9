import Doctor

/// The dashboard's page and what it loads, all from this server.
enum DashboardPage {
    /// A file that the page loads.
    struct Asset: Sendable {
        var type: String
        var text: String
    }

    private static let script = "text/javascript; charset=utf-8"

    /// The files by name.
    static let assets: [String: Asset] = [
        "dashboard.css": Asset(type: "text/css; charset=utf-8", text: DashboardStyle.text),
        "numbers.js": Asset(type: script, text: NumbersScript.text),
        "chart.js": Asset(type: script, text: ChartScript.text),
        "studies.js": Asset(type: script, text: StudiesScript.text),
        "runs.js": Asset(type: script, text: RunsScript.text),
        "summary.js": Asset(type: script, text: SummaryScript.text),
        "dashboard.js": Asset(type: script, text: DashboardScript.text),
    ]

    /// What each cause that the doctor names means.
    private static let explanations = Pathology.all.map { cause in
        let meaning = cause.meaning.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
        return "<dt id=\"explain-\(cause.name)\">\(cause.name)</dt>\n<dd>\(meaning)</dd>"
    }.joined(separator: "\n")

    /// The page: places for what the scripts draw.
    static let text = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Ballast</title>
        <link rel="icon" href="data:,">
        <link rel="stylesheet" href="/assets/dashboard.css">
        </head>
        <body>
        <header class="bar">
        <div class="brand"><b>Ballast</b><span id="root"></span></div>
        <div class="status"><span id="live" class="live" role="status">connecting</span>
        <button id="theme" type="button">Light / dark</button></div>
        </header>
        <main>
        <p id="notice" class="notice" hidden></p>
        <section id="summary" class="tiles" aria-label="Summary"></section>
        <section id="alarms-part" hidden><h2>Alarms</h2><ul id="alarms" class="alarms"></ul></section>
        <section id="studies" aria-label="Studies"></section>
        <section id="curves-part">
        <div class="heading"><h2>Curves</h2><div class="tools" id="chart-tools">
        <label>colour by <select id="colour"></select></label>
        <label>smoothing <input id="smoothing" type="range" min="0" max="0.98" step="0.02" value="0">
        <output id="smoothing-value">off</output></label>
        <button id="zoom-out" type="button" hidden>All steps</button>
        </div></div>
        <div class="tags" id="tags"></div>
        <div class="legend" id="legend"></div>
        <div class="charts" id="charts"></div>
        <p class="muted hint">Drag over a chart to zoom, shift-drag to pan, double-click for all steps. Lines
        are raw; of long curves each stretch of steps shows its lowest and highest value.</p>
        </section>
        <section id="difference-part" hidden><h2>Selected runs, where they differ</h2>
        <div class="scroll" id="difference"></div></section>
        <section id="runs-part">
        <div class="heading"><h2>Runs</h2><div class="tools">
        <label class="filter">filter <input id="filter" type="search" spellcheck="false"
        placeholder="learning-rate>=1e-2 qk-norm=true running"></label>
        <button id="select-shown" type="button">Select shown</button>
        <button id="select-none" type="button">Clear</button></div></div>
        <div class="scroll"><table id="runs" class="runs"></table></div>
        <p class="muted" id="runs-note"></p>
        </section>
        <section id="explanations"><h2>What alarms mean</h2>
        <dl class="explain">
        \(explanations)
        <dt id="explain-failed">failed</dt>
        <dd>The process of the run ended with an error; failed.txt in its folder has its last words.</dd>
        </dl></section>
        <footer class="muted">Losses are cross-entropies in nats per token, without z-loss. This page reads the
        folder and writes nothing.</footer>
        </main>
        <div id="tip" class="tip" hidden></div>
        <script src="/assets/numbers.js"></script>
        <script src="/assets/chart.js"></script>
        <script src="/assets/studies.js"></script>
        <script src="/assets/runs.js"></script>
        <script src="/assets/summary.js"></script>
        <script src="/assets/dashboard.js"></script>
        </body>
        </html>

        """
}
