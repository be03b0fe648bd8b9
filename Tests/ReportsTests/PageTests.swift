import Documents
import Formats
import Foundation
import Reports
import RunTables
import Runs
import Testing

/// The page of a sweep, as it is written.
private func page(_ sweep: RunTable, bundle: String? = "window.vegaEmbed = null;") throws
    -> String
{
    var text = ""
    try withScratchFolder { folder in
        _ = try SweepReport(sweep).write(to: folder, vegaBundle: bundle, python: nil)
        text = try String(contentsOfFile: folder + "/report.html", encoding: .utf8)
    }
    return text
}

@Suite("report.html and what is written beside it")
struct PageTests {
    @Test("asks no network for anything", arguments: SampleSweeps.edges.map(\.name))
    func offline(name: String) throws {
        let sweep = try #require(SampleSweeps.edges.first { $0.name == name }?.sweep)
        checkOffline(try page(sweep))
    }

    @Test(
        "the check can fail: each way to ask a network is caught",
        arguments: [
            "<script src=\"https://a.b/c.js\"></script>", "<img src=//a.b/c.png>",
            "<a href='http://a.b'>", "<style>@import 'x.css'</style>", "<link rel=stylesheet>",
            "<style>p { background: url(https://a.b/c.png) }</style>",
            "<script>fetch(\"https://a.b\")</script>",
        ])
    func negativeControl(markup: String) throws {
        let good = try page(SampleSweeps.of([SampleSweeps.cell(steps: 4, loss: 2)]))
        withKnownIssue { checkOffline(good + markup) }
        withKnownIssue { checkOffline("<p>no policy</p>") }
    }

    @Test("names are text, wherever they stand")
    func escaping() throws {
        let evil = "<script>alert('x')</script>&\"</title>"
        var cell = SampleSweeps.cell(steps: 4, loss: nil)
        cell.name = evil
        cell.settings["a.\(evil)"] = .text(evil)
        cell.result?.divergedTensor = evil
        var other = SampleSweeps.cell(steps: 4, loss: 2)
        other.settings["a.\(evil)"] = .text("plain")
        let open = RunRow(
            name: evil, settings: cell.settings, state: .failed, result: nil, series: [:])
        let sweep = RunTable(
            name: evil, axes: ["optimizer.learning-rate", "a.\(evil)"], rows: [cell, other, open],
            wallSeconds: 1)
        let page = try page(sweep)
        #expect(!page.contains("<script>alert"))
        #expect(!page.contains("alert('x')</script>"))
        #expect(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;"))
        #expect(page.matches(of: /<\/title>/).count == 1)
        #expect(page.matches(of: /<script>/).count == 3)
        #expect(page.matches(of: /<\/script>/).count == 3)
    }

    @Test("a bundle that holds the end of a script does not end it")
    func bundle() throws {
        let page = try page(
            SampleSweeps.realistic(steps: 4),
            bundle: "var a = \"</script><p id=out>\", b = \"</SCRIPT >\", c = \"<!--\";")
        #expect(page.contains(#"var a = "<\/script><p id=out>", b = "<\/SCRIPT >", c = "<\!--";"#))
    }

    @Test("the page lists every cell, states with counts and the grid beside the sensitivity")
    func contents() throws {
        let page = try page(SampleSweeps.halfDone)
        for cell in SampleSweeps.halfDone.rows { #expect(page.contains(cell.name)) }
        #expect(page.contains("59 finished, 3 diverged, 5 running, 5 failed"))
        #expect(page.contains("1e-3 3e-3 1e-2 3e-2 1e-1 3e-1"))
        #expect(page.contains("10 cells of 72 have no result yet."))
    }

    @Test("the page says how it was made, where that is known")
    func origin() throws {
        try withScratchFolder { folder in
            let report = SweepReport(SampleSweeps.realistic(steps: 4))
            for origin in [nil, ReportOrigin(command: "ballast report a<b", version: "0.1.0")] {
                _ = try report.write(
                    to: folder, vegaBundle: "", python: nil, origin: origin)
                let page = try String(contentsOfFile: folder + "/report.html", encoding: .utf8)
                #expect(page.contains("How this was made") == (origin != nil))
                #expect(page.contains("ballast report a&lt;b") == (origin != nil))
            }
        }
    }

    @Test(
        "the page and runs.csv hold the spikes of each run, and say where there are too few records"
    )
    func spikes() throws {
        var sweep = SampleSweeps.realistic(steps: 4)
        sweep.rows[0].result?.lossSpikes = 0.0125
        sweep.rows[0].result?.gradientSpikes = 0
        try withScratchFolder { folder in
            _ = try SweepReport(sweep).write(to: folder, vegaBundle: "", python: nil)
            let page = try String(contentsOfFile: folder + "/report.html", encoding: .utf8)
            let row = try #require(
                page.split(separator: "\n").first {
                    $0.hasPrefix("<tr>") && $0.contains(">\(sweep.rows[0].name)<")
                })
            #expect(row.contains("<td>1.25</td><td>0</td>"), "\(row)")
            #expect(page.contains("<td>not assessed</td><td>not assessed</td>"))
            let table = try CSVTable.read(folder + "/runs.csv")
            #expect(table.rows.count == sweep.rows.count)
            #expect(try table.numbers("loss_spikes").first == 0.0125)
            let gradients = try table.numbers("gradient_spikes")
            #expect(gradients.first == 0)
            #expect(try table.numbers("loss_spikes").dropFirst().allSatisfy(\.isNaN))
            // The broken twin: the other column.
            withKnownIssue { #expect(gradients.first == 0.0125) }
        }
    }

    @Test("every sweep is written whole, and what is left out is said")
    func write() throws {
        for (_, sweep) in SampleSweeps.edges {
            try withScratchFolder { folder in
                let lines = try SweepReport(sweep).write(
                    to: folder + "/deep/er", vegaBundle: nil, python: nil)
                let files = lines.filter { !$0.hasPrefix("note: ") }
                #expect(files.count == 2 * Catalog.figures.count + 3)
                #expect(files.allSatisfy { FileManager.default.fileExists(atPath: $0) })
                #expect(
                    lines.filter { $0.hasPrefix("note: ") } == [
                        "note: SVG and PNG were not drawn: no Python with vl-convert-python",
                        "note: report.html has no interactive figures: no Vega bundle",
                    ])
            }
        }
    }

    @Test("a Python that does not start is a note, and old drawings do not stay")
    func noPython() throws {
        try withScratchFolder { folder in
            let old = "\(folder)/figures/loss-curves.svg"
            try FileManager.default.createDirectory(
                atPath: folder + "/figures", withIntermediateDirectories: true)
            try "old".write(toFile: old, atomically: true, encoding: .utf8)
            let lines = try SweepReport(SampleSweeps.realistic(steps: 4)).write(
                to: folder, vegaBundle: "", python: folder + "/python")
            #expect(
                lines.last
                    == "note: SVG and PNG were not drawn: \(folder)/python did not start")
            #expect(!FileManager.default.fileExists(atPath: old))
        }
    }
}

@Suite("the terminal's table")
struct TerminalTableTests {
    /// Facts that a table in a terminal holds to.
    private func checkTable(
        _ table: String, columns: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(table.hasSuffix("\n"), sourceLocation: sourceLocation)
        #expect(!table.contains("\u{1b}"), sourceLocation: sourceLocation)
        for line in table.split(separator: "\n") {
            #expect(line.count <= columns, "\(line)", sourceLocation: sourceLocation)
        }
    }

    @Test("fits 120 columns at six learning rates, without colour")
    func fits() {
        checkTable(SweepReport(SampleSweeps.realistic(steps: 4)).table(), columns: 120)
        for (_, sweep) in SampleSweeps.edges {
            checkTable(SweepReport(sweep).table(), columns: 120)
        }
    }

    @Test("continues below in a narrow terminal, and loses no learning rate")
    func narrow() {
        let table = SweepReport(SampleSweeps.realistic(steps: 4)).table(columns: 60)
        for rate in ["1e-3", "3e-3", "1e-2", "3e-2", "1e-1", "3e-1", "LR sens."] {
            #expect(table.contains(rate))
        }
        #expect(table.matches(of: /intervention/).count > 1)
    }

    @Test("the check can fail: colour where none was asked for, and a line too long")
    func negativeControl() {
        let report = SweepReport(SampleSweeps.realistic(steps: 4))
        withKnownIssue { checkTable(report.table(usesColour: true), columns: 120) }
        withKnownIssue { checkTable(report.table(columns: 400), columns: 60) }
    }
}
