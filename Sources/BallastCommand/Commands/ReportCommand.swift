import ArgumentParser
import Ballast
import Foundation

/// `ballast report`.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Render what stands in a folder: the page of a run, a sweep or a study.",
        discussion: """
            A run's folder gets report.html and figures, a sweep's also summary.json and runs.csv; the folder \
            of a study that wrote a verdict gets its page and figures again.
            """)

    @Argument(help: "The folder of a run, of a sweep, or of a study's result.")
    var folder: String
    @Flag(help: "Print it for this terminal, and write nothing.")
    var text = false
    @Flag(help: "Print the result of a study as Markdown, and write nothing.")
    var markdown = false
    @OptionGroup var layout: TextOptions

    @Flag(help: "Print the paths written as JSON.")
    var json = false

    func run() throws {
        let results = try StudyCatalog.all.results(in: folder)
        if (text || markdown) && !results.isEmpty {
            for result in results { show(result.document) }
            return
        }
        if results.isEmpty, !FileManager.default.fileExists(atPath: SweepFolder(folder).plan),
            RunFolder(folder).exists
        {
            return try run(RunReport(RunFolder(folder)))
        }
        let (bundle, python) = Self.drawingTools
        var messages: [String] = []
        for result in results {
            messages += try result.report(
                to: folder, origin: .ofThisCommand(), vegaBundle: bundle, python: python)
        }
        // The page of a study stands in place of that of its sweep.
        if !results.contains(where: { type(of: $0).page == "report.html" }) {
            let hasSweep = FileManager.default.fileExists(atPath: SweepFolder(folder).plan)
            if hasSweep || results.isEmpty { messages += try sweep(bundle, python) }
        }
        try list(messages)
    }

    /// Prints what was written.
    private func list(_ messages: [String]) throws {
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

    /// Renders a sweep.
    private func sweep(_ bundle: String?, _ python: String?) throws -> [String] {
        let plan = try SweepFolder(folder).readPlan()
        if !json { Terminal.printError("reading the logs of \(plan.cells.count) runs") }
        let record = try SweepFolder(folder).read()
        if let mixture = SweepFolder(folder, plan: plan).mixture(of: plan) {
            Terminal.printError("warning: \(mixture)")
        }
        if markdown {
            throw ValidationError("--markdown: the folder holds a sweep and no result of a study")
        }
        let transfer = try Self.result("transfer", in: folder) { try TransferResult(json: $0) }
        let sensitivity = try Self.result("sensitivity", in: folder) {
            try SnakeCaseJSON.read(SensitivityResult.self, of: $0)
        }
        let report = SweepReport(
            record, transfer: transfer, sensitivity: sensitivity,
            context: try SweepContext(SweepFolder(folder)))
        if text {
            layout.show { report.text(columns: $0, usesColour: Terminal.usesColour) }
            return []
        }
        if !json { Terminal.printError("drawing the figures") }
        return try report.write(
            to: folder, vegaBundle: bundle, python: python, origin: .ofThisCommand())
    }

    /// What a command left in the folder; nil where it did not run.
    private static func result<Result>(
        _ command: String, in folder: String, _ read: (Data) throws -> Result
    ) throws -> Result? {
        let file = "\(folder)/\(command).json"
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: file)) else { return nil }
        do {
            return try read(data)
        } catch {
            throw RunError.damaged(
                file: file,
                reason: "does not parse (\(error)); `ballast \(command)` writes it anew")
        }
    }

    /// What draws figures, as far as it was fetched: the bundle for pages and a Python for images.
    static var drawingTools: (bundle: String?, python: String?) {
        let home = BallastHome.path
        let bundle = try? String(contentsOfFile: home + "/vega/vega.js", encoding: .utf8)
        let python = home + "/venv/bin/python"
        let hasPython = FileManager.default.isExecutableFile(atPath: python)
        return (bundle, hasPython ? python : nil)
    }
}
