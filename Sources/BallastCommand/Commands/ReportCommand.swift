import ArgumentParser
import Ballast
import Foundation

/// `ballast report`.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write report.html, figures and summary.json of a sweep.")

    @Argument(help: "The sweep's folder.")
    var folder: String

    @Flag(help: "Print the paths written as JSON.")
    var json = false

    func run() throws {
        let record = try SweepFolder(folder).read()
        let plan = try SweepFolder(folder).readPlan()
        if let mixture = try SweepFolder(folder, plan: plan).mixture(of: plan) {
            Terminal.printError("warning: \(mixture)")
        }
        let (bundle, python) = Self.drawingTools
        let transfer = try Self.result("transfer", in: folder) { try TransferResult(json: $0) }
        let sensitivity = try Self.result("sensitivity", in: folder) {
            try VerdictFile.read(SensitivityResult.self, of: $0)
        }
        let messages = try SweepReport(record, transfer: transfer, sensitivity: sensitivity).write(
            to: folder, vegaBundle: bundle, python: python,
            origin: .ofThisCommand())
        if json {
            let data = try JSONSerialization.data(
                withJSONObject: messages, options: [.withoutEscapingSlashes])
            print(String(decoding: data, as: UTF8.self))
        } else {
            for message in messages { print(message) }
        }
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
