import ArgumentParser
import Ballast
import Foundation

/// `ballast decay`.
struct DecayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decay",
        abstract: "Compare gradients of normalised layers with the law of their decay.",
        discussion: """
            Trains each recipe of a study, as Studies/corrected-decay/digits-sgd.yaml, under several \
            seeds, and prints ||g||/||x|| of every matrix through the schedule beside the value that \
            learning rate, decay and the form of the momentum give a layer at rest (arXiv 2506.02285), \
            the rise of the gradient's norm at the end, losses and norms. PASS (exit code 0) where \
            scale-invariant matrices keep within a factor of the law while the learning rate is at half \
            its peak or more, FAIL (2) where one lies outside, INCONCLUSIVE (3) otherwise: a run whose \
            sum of learning rate times decay is too small never settled, and says so.

            Interrupt it at any time: the same command goes on, within a fortieth of a run of where it was.
            """)

    @Argument(help: "A study in YAML: base, variants, seeds, images.")
    var study: String

    @Option(help: "The folder of runs and results.")
    var out: String?

    @Option(name: .customLong("set"), help: "Override a key in every run: steps=500.")
    var overrides: [String] = []

    @Flag(help: "Say what the study takes, and train nothing.")
    var dryRun = false

    @OptionGroup var engine: EngineOptions

    @OptionGroup var layout: TextOptions

    @Flag(help: "Print the result as JSON and nothing else.")
    var json = false

    func validate() throws {
        if out == nil, !dryRun { throw ValidationError("--out FOLDER is needed, or --dry-run") }
    }

    func run() throws {
        let decay = try DecayStudy(path: study, overrides: overrides)
        var runner = try DecayRunner(decay, in: out)
        let engine = try engine.make()
        if !json || dryRun { try announce(runner, engine) }
        if dryRun { return }
        guard let out else { return }
        try runner.train(on: engine, isSilent: json)
        let result = decay.result(runner.records)
        let (bundle, python) = ReportCommand.drawingTools
        let files = try DecayReport(result).write(
            to: out, vegaBundle: bundle, python: python,
            origin: .ofThisCommand([.init(name: decay.name, digest: decay.digest)]))
        if json {
            print(String(decoding: try result.json(isPretty: false), as: UTF8.self))
        } else {
            for line in files { Terminal.printError(line) }
            layout.show(DecayText(result).text)
        }
        try result.verdict.exit()
    }

    private func announce(_ runner: DecayRunner, _ engine: any Engine) throws {
        let seconds = try runner.seconds(on: engine)
        let fields: [String: Any] = [
            "name": runner.study.name, "runs": runner.study.runs.count,
            "done": runner.records.count, "steps": runner.openSteps, "seconds": seconds,
        ]
        if json {
            let data = try JSONSerialization.data(withJSONObject: fields, options: [.sortedKeys])
            print(String(decoding: data, as: UTF8.self))
        } else {
            Terminal.line(runner.costLine(seconds: seconds))
        }
    }
}
