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
        let home = BallastHome.path
        let bundle = try? String(contentsOfFile: home + "/vega/vega.js", encoding: .utf8)
        let python = home + "/venv/bin/python"
        let hasPython = FileManager.default.isExecutableFile(atPath: python)
        let messages = try SweepReport(record).write(
            to: folder, vegaBundle: bundle, python: hasPython ? python : nil)
        if json {
            let data = try JSONSerialization.data(
                withJSONObject: messages, options: [.withoutEscapingSlashes])
            print(String(decoding: data, as: UTF8.self))
        } else {
            for message in messages { print(message) }
        }
    }
}
