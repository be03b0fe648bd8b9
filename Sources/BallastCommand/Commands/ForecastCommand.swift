import ArgumentParser
import Ballast

/// `ballast forecast`.
struct ForecastCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forecast",
        abstract: "Forecast which instability a larger size would hit.",
        usage: "ballast forecast <folder> --target <size> [<options>]",
        discussion: """
            Reads a finished sweep over at least five sizes and two seeds, as `ballast sweep run \
            Studies/forecast/baseline.yaml` makes one, and trains nothing. For each learning rate it \
            fits the growth of attention logits, of gradients against epsilon, of output logits and of \
            norms against the number formats, holds out the largest size to see how far such a \
            forecast extrapolates, and forecasts the target with an interval. Beyond the extrapolation \
            factor that held-out sizes validate it gives a direction only. It first reports the best \
            learning rate at the target, the loss there, the cost of half and twice that rate, and the \
            largest stable learning rate: runs stay finite, and attention logits and final loss stay \
            within --stable-attention-logit and --stable-loss-above-best.

            The verdict is at the learning rate of the lowest loss of the largest size: PASS (exit \
            code 0) if every interval stays clear of its alarm threshold, FAIL (2) if one lies beyond, \
            INCONCLUSIVE (3) otherwise, with what would settle it.
            """)

    @Argument(help: "The folder of a sweep, a transfer study or imported runs.")
    var folder: String

    @Option(
        parsing: .unconditional,
        help: "The size: parameters without embedding and head (1.3B), or width x depth (2048x24).")
    var target: String

    @OptionGroup var criteria: ForecastOptions

    @Option(
        help: """
            A folder for report.html (forecast.html in that of a sweep), forecast.json, forecast.csv and \
            the figures.
            """)
    var out: String?

    @OptionGroup var layout: TextOptions

    @Flag(help: "Print the result as JSON and nothing else.")
    var json = false

    func run() throws {
        let study = try ForecastStudy(folder: folder)
        let target = try ForecastTarget(target, like: study.configuration)
        try StudySession.ofThisCommand(
            out: out, dryRun: false, json: json, engine: EngineOptions.parse([]),
            columns: layout.columns
        ).leave(criteria.question(about: study, target))
    }
}
