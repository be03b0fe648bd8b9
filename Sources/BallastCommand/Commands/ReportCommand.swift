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
        let (bundle, python) = Self.drawingTools
        let data = try? Data(contentsOf: URL(fileURLWithPath: folder + "/transfer.json"))
        let transfer = try data.map { data in
            do {
                return try TransferResult(json: data)
            } catch {
                throw RunError.damaged(
                    file: folder + "/transfer.json",
                    reason: "does not parse (\(error)); `ballast transfer` writes it anew")
            }
        }
        let messages = try SweepReport(record, transfer: transfer).write(
            to: folder, vegaBundle: bundle, python: python)
        if json {
            let data = try JSONSerialization.data(
                withJSONObject: messages, options: [.withoutEscapingSlashes])
            print(String(decoding: data, as: UTF8.self))
        } else {
            for message in messages { print(message) }
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
