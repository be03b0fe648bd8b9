import ArgumentParser
import Ballast
import Foundation

/// `ballast forecast`.
struct ForecastCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forecast",
        abstract: "Say which instability strikes at a larger size.",
        discussion: """
            Reads a finished sweep over at least five sizes and two seeds, as `ballast sweep run \
            Studies/forecast/baseline.yaml` makes one, and trains nothing. For each learning rate it \
            fits the growth of attention logits, of gradients against epsilon, of output logits and of \
            norms against the number formats, holds out the largest size to see how far such a \
            forecast reaches, and forecasts the target with an interval. Beyond the reach at which \
            the held-out forecasts passed it gives a direction, and no interval. First come the best \
            learning rate at the target, the loss there, what half and twice that rate cost, and the \
            largest stable learning rate: that of runs which are finite to the end, whose attention \
            logits and final loss stay within --stable-attention-logit and --stable-loss-above-best.

            The verdict is at the learning rate of the lowest loss of the largest size: PASS (exit \
            code 0) where every interval stays clear of its alarm, FAIL (2) where one lies beyond, \
            INCONCLUSIVE (3) otherwise, with what would settle it.
            """)

    @Argument(help: "The folder of a sweep, a transfer study or imported runs.")
    var folder: String

    @Option(
        parsing: .unconditional,
        help: "The size: parameters without embedding and head (1.3B), or width x depth (2048x24).")
    var target: String

    @Option(help: "Judge at this learning rate, or the nearest that ran within a factor of 2.")
    var learningRate: Double?

    @Option(help: "A stable run's largest attention logit lies below this.")
    var stableAttentionLogit = StabilityBoundary.Criteria().largestAttentionLogit

    @Option(help: "A stable run's final loss is at most so many nats above the best rate's.")
    var stableLossAboveBest = StabilityBoundary.Criteria().lossAboveBest

    @Option(help: "The share of intervals that are to hold.")
    var confidence = 0.95

    @Option(help: "Draws of each bootstrap.")
    var draws = 1000

    @Option(
        help: """
            A folder for report.html (forecast.html in that of a sweep), forecast.json, forecast.csv and \
            the figures.
            """)
    var out: String?

    @OptionGroup var layout: TextOptions

    @Flag(help: "Print the result as JSON and nothing else.")
    var json = false

    func validate() throws {
        if let learningRate, !(learningRate > 0 && learningRate.isFinite) {
            throw ValidationError("--learning-rate \(learningRate): a number above 0 is needed")
        }
        for (name, bound) in [
            ("--stable-attention-logit", stableAttentionLogit),
            ("--stable-loss-above-best", stableLossAboveBest),
        ] where !(bound > 0 && bound.isFinite) {
            throw ValidationError("\(name) \(bound): a number above 0 is needed")
        }
        if !(0.5...0.999).contains(confidence) {
            throw ValidationError("--confidence \(confidence): from 0.5 to 0.999 is needed")
        }
        if !(100...1_000_000).contains(draws) {
            throw ValidationError("--draws \(draws): from 100 to 1000000 are needed")
        }
    }

    func run() throws {
        let study = try ForecastStudy(folder: folder)
        let target = try ForecastTarget(target, like: study.configuration)
        guard let largest = study.sizes.last, target.parameters > largest else {
            throw ConfigurationError.impossible(
                key: "--target",
                reason: "\(target.text) is \(Int(clamped: target.parameters)) parameters, and a "
                    + "run of \(Int(clamped: study.sizes.last ?? 0)) stands in \(folder); ask for a larger size"
            )
        }
        if let learningRate,
            !study.learningRates.contains(where: { abs(log2($0 / learningRate)) <= 1 })
        {
            throw ConfigurationError.impossible(
                key: "--learning-rate",
                reason:
                    "\(Terminal.number(learningRate)) lies more than a factor of 2 from all that ran: "
                    + study.learningRates.map { Terminal.number($0) }.joined(separator: ", "))
        }
        if !json {
            Terminal.printError(
                "reads \(study.runs - study.missing) of \(study.runs) runs at \(study.sizes.count) "
                    + "sizes and trains nothing; \(draws) draws a forecast, seconds in all")
        }
        let result = study.result(
            for: target, learningRate: learningRate, confidence: confidence, draws: draws,
            criteria: .init(
                largestAttentionLogit: stableAttentionLogit, lossAboveBest: stableLossAboveBest))
        if let out {
            let (bundle, python) = ReportCommand.drawingTools
            // In the folder of a sweep, report.html is the sweep's.
            let isSweep = FileManager.default.fileExists(atPath: SweepFolder(out).plan)
            let files = try ForecastReport(result).write(
                to: out, page: isSweep ? "forecast.html" : "report.html", vegaBundle: bundle,
                python: python, origin: .ofThisCommand())
            if !json { for line in files { Terminal.printError(line) } }
        }
        if json {
            print(String(decoding: try result.json(isPretty: false), as: UTF8.self))
        } else {
            layout.show { ForecastText(result, columns: $0).text }
        }
        switch result.verdict {
        case .pass: break
        case .fail: throw ExitCode(2)
        case .inconclusive: throw ExitCode(3)
        }
    }
}
