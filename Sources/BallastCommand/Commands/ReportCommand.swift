import ArgumentParser
import Ballast
import Foundation

/// `ballast report`.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Render the report of a folder: a run, a sweep or a study.",
        usage: "ballast report <folder> [<options>]",
        discussion: """
            A run's folder gets report.html and figures, a sweep's also summary.json and runs.csv; a study's \
            page and figures are drawn again from its result.
            """)

    @Argument(help: "The folder of a run, of a sweep, or of a study's result.")
    var folder: String
    @Flag(help: "Print the report to the terminal and write nothing.")
    var text = false
    @Flag(help: "Print a study's result as Markdown and write nothing.")
    var markdown = false
    @OptionGroup var layout: TextOptions

    @Option(
        help: """
            Also draw the figures in this style: paper, for a 3.25-inch column with 8-point titles, as SVG, PDF \
            and PNG in figures/paper.
            """)
    var style: Style?

    @Flag(
        help: """
            Also copy the report to FOLDER/share without paths and host names: page, figures, CSV and JSON.
            """)
    var share = false

    @Flag(help: "Print the paths written as JSON.")
    var json = false

    /// What figures are drawn for, beside the page.
    enum Style: String, ExpressibleByArgument, CaseIterable { case paper }

    func validate() throws {
        guard text || markdown else { return }
        let kind = text ? "--text" : "--markdown"
        if style != nil {
            throw ValidationError(
                "--style draws figures, and \(kind) writes nothing: leave one out")
        }
        if share {
            throw ValidationError(
                "--share copies what is written, and \(kind) writes nothing: leave one out")
        }
    }

    func run() throws {
        let results = try StudyCatalog.all.results(in: folder)
        let hasSweep = FileManager.default.fileExists(atPath: SweepFolder(folder).plan)
        if results.isEmpty, !hasSweep, RunFolder(folder).exists {
            return try run(RunReport(RunFolder(folder)))
        }
        if text || markdown { return try show(results) }
        let (bundle, python) = Self.drawingTools
        // The page of a study stands in place of that of its sweep.
        let showsSweep =
            (hasSweep || results.isEmpty) && !StudyPages.replaceSweep(results, in: folder)
        let runs = showsSweep ? try sweep() : nil
        if showsSweep, !json { Terminal.printError("drawing the figures") }
        try list(
            StudyPages(results, runs: runs).write(
                to: folder, origin: .ofThisCommand(), vegaBundle: bundle, python: python),
            results)
    }

    /// Prints results, and the sweep where nothing else or only a part of its page stands there.
    private func show(_ results: [any StudyResult]) throws {
        for result in results { show(result.document) }
        if markdown {
            guard results.isEmpty else { return }
            throw ValidationError("--markdown: the folder holds a sweep and no result of a study")
        }
        guard results.allSatisfy({ type(of: $0).isPartOfSweep }),
            results.isEmpty || FileManager.default.fileExists(atPath: SweepFolder(folder).plan)
        else { return }
        guard let report = try StudyPages([], runs: sweep()).sweep(in: folder) else { return }
        layout.show { report.text(columns: $0, usesColour: Terminal.usesColour) }
    }

    /// Prints what was written, with the figures for paper where they are asked for.
    private func list(_ written: [String], _ results: [any StudyResult] = []) throws {
        var messages = written
        if share {
            messages += try shared(written, results, python: Self.drawingTools.python)
        }
        if style == .paper {
            guard let python = Self.drawingTools.python else {
                throw ValidationError(
                    "--style paper: what draws figures is missing; run scripts/setup.sh figures")
            }
            for place in [folder] + (share ? [folder + "/share"] : []) {
                messages += try FigureFiles.drawForPaper(in: place + "/figures", python: python)
            }
        }
        if json {
            let data = try JSONSerialization.data(
                withJSONObject: messages, options: [.withoutEscapingSlashes])
            print(String(decoding: data, as: UTF8.self))
        } else {
            for message in messages { print(message) }
        }
    }

    /// Prints a document.
    private func show(_ document: Document) {
        Terminal.write(
            markdown
                ? document.markdown
                : document.text(columns: layout.columns, usesColour: Terminal.usesColour))
    }

    /// Renders a run.
    private func run(_ report: RunReport) throws {
        if text || markdown { return show(report.document) }
        let (bundle, python) = Self.drawingTools
        try list(
            report.write(
                to: folder, vegaBundle: bundle, python: python, origin: .ofThisCommand()))
    }

    /// The runs of a sweep.
    private func sweep() throws -> RunTable {
        let plan = try SweepFolder(folder).readPlan()
        if !json { Terminal.printError("reading the logs of \(plan.cells.count) runs") }
        if let mixture = SweepFolder(folder, plan: plan).mixture(of: plan) {
            Terminal.printError("warning: \(mixture)")
        }
        return try SweepFolder(folder).read()
    }

    /// What draws figures, as far as it was fetched or comes with the tool: the bundle for pages and a Python for
    /// images.
    static var drawingTools: (bundle: String?, python: String?) {
        let home = BallastHome.path
        let prefix = (try? Executable.url)?.deletingLastPathComponent().deletingLastPathComponent()
        let places = [home + "/vega/vega.js", (prefix?.path ?? "") + "/share/ballast/vega.js"]
        let bundle = places.lazy.compactMap { try? String(contentsOfFile: $0, encoding: .utf8) }
            .first
        let python = home + "/venv/bin/python"
        let hasPython = FileManager.default.isExecutableFile(atPath: python)
        return (bundle, hasPython ? python : nil)
    }
}
