import ArgumentParser
import Ballast
import Foundation
import Slurm

/// `ballast train`.
struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Train one run; resume it if the folder holds one.",
        discussion: """
            SIGINT, SIGTERM, SIGHUP, SIGXCPU and a closed output pipe save a checkpoint and stop; SIGUSR1 \
            saves and continues. The same command resumes, and the result has the same bits as without \
            the interruption. A run that diverged is finished: exit code 2.
            """)

    @Argument(help: "A configuration in YAML; `ballast config` prints all keys.")
    var config: String

    @Option(help: "The run's folder.")
    var out: String?

    @Option(name: .customLong("set"), help: "Override a key: optimizer.learning-rate=3e-3.")
    var overrides: [String] = []

    @Option(help: "Save after this step and stop, as on a signal but with exit code 0.")
    var stopAfter: Int?
    @OptionGroup var engine: EngineOptions
    @OptionGroup var identity: IdentityOptions

    @Flag(help: "Print the cost in compute, memory and disk, and train nothing.")
    var dryRun = false

    @Flag(help: "Print the result as JSON and nothing else.")
    var json = false

    @Flag(help: "Print nothing but errors.")
    var quiet = false

    @Flag(help: "Write no report.html; `ballast report` can make it later.")
    var noReport = false

    func validate() throws {
        try requireOption(stopAfter, "--stop-after", in: 1...1_000_000_000)
        if out == nil, !dryRun { throw ValidationError("--out FOLDER is needed, or --dry-run") }
    }

    func run() throws {
        let configuration = try ConfigurationFile.read(config, overrides: overrides)
        if !quiet { for line in configuration.warnings { Terminal.printError("warning: " + line) } }
        if dryRun { return try announce(configuration) }
        guard let out else { preconditionFailure("train: --out was checked") }
        if engine.engine == .cpu { try configuration.requireResources(at: out) }
        Signals.listen()
        let display = TrainingDisplay(configuration, isSilent: json || quiet)
        var run = Run(
            configuration, in: RunFolder(out), stepsPerRun: engine.resolvedStepsPerRun)
        run.stopAfter = stopAfter
        run.accepting = identity.accepting
        let page = noReport ? nil : RunPage(of: run.folder)
        let outcome = try run.train(
            on: engine.make(),
            request: {
                Signals.noteLostParent()
                if Signals.stop != nil { return .stop }
                return Signals.takeSave() ? .save : .proceed
            }, note: { Terminal.printError("note: " + $0) },
            progress: {
                display.show($0)
                page?.refresh()
            })
        display.end()
        page?.finish()
        switch outcome {
        case .stopped(let step):
            Terminal.printError(
                "ballast: saved after step \(step) of \(configuration.steps) in \(out); run the same "
                    + "command to resume")
            if let signal = Signals.stop { throw ExitCode(Signals.exitCode(signal)) }
        case .finished(let result):
            try show(result, in: out)
            if result.diverged { throw ExitCode(2) }
        }
    }

    /// Says what the run takes.
    private func announce(_ configuration: RunConfiguration) throws {
        let text = configuration.textSource.roughSize
        let estimate = try ResourceEstimate(configuration, text: text)
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let cost = TrainCost(configuration, estimate)
            print(String(decoding: try encoder.encode(cost), as: UTF8.self))
        } else {
            let lines = [
                "\(NumberText.count(configuration.steps)) steps of \(configuration.data.batch) x "
                    + "\(NumberText.count(configuration.model.context)) tokens, "
                    + "\(Terminal.number(configuration.flopsPerStep / 1e9)) GFLOP each",
                "about \(estimate.memoryText)",
                "\(ResourceEstimate.text(estimate.disk)) of checkpoints, at most "
                    + "\(configuration.checkpoints.keep + 1) at a time; "
                    + "\(ResourceEstimate.text(text)) of tokens in "
                    + "\(configuration.textSource.home)/cache",
            ]
            for line in lines { Terminal.sentence(line) }
        }
        if engine.engine == .cpu { try configuration.requireResources(at: out) }
    }

    private func show(_ result: RunResult, in out: String) throws {
        let divergence =
            "diverged at step \(result.divergedStep ?? 0): \(result.divergedTensor ?? "?") is the first that "
            + "became NaN or infinite"
        if result.diverged, json || quiet { Terminal.printError("ballast: " + divergence) }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(result), as: UTF8.self))
        } else if !quiet {
            if let loss = result.finalLoss {
                Terminal.sentence(
                    "finished: validation loss \(NumberText.loss(result.initialLoss ?? .nan)) to "
                        + "\(NumberText.loss(loss)) nats per token in "
                        + "\(NumberText.count(result.stepsDone, "step")); largest attention logit "
                        + NumberText.logit(result.maxAttentionLogit ?? .nan))
            } else {
                Terminal.sentence(divergence)
            }
            print(Self.spikes(result))
            print(noReport ? "run in \(out)" : "report in \(out)/report.html")
            if result.diverged {
                print("next: ballast doctor \(ShellWord.quoted(out)) names the likely cause")
            }
        }
    }

    /// The share of recorded losses and gradient norms that leap out.
    static func spikes(_ result: RunResult) -> String {
        guard result.lossSpikes != nil || result.gradientSpikes != nil else {
            return
                "spikes: not assessed (fewer than 20 earlier records)"
        }
        func percent(_ share: Double?) -> String {
            share.map { "\(Terminal.number(100 * $0))%" } ?? "not assessed"
        }
        return "spikes: \(percent(result.lossSpikes)) of recorded losses, "
            + "\(percent(result.gradientSpikes)) of recorded gradient norms"
    }
}

/// What a run takes, before it starts.
private struct TrainCost: Encodable {
    let schema = "ballast.train-cost/1"
    let steps: Int
    let tokens: Int
    let operations: Double
    let memoryBytes: Double
    let parameterBytes: Double
    let gradientBytes: Double
    let optimizerStateBytes: Double
    let activationBytes: Double
    let checkpointBytes: Double
    let tokenBytes: Double
    let memoryLeftBytes: Double?

    private enum CodingKeys: String, CodingKey {
        case schema, steps, tokens, operations
        case memoryBytes = "memory_bytes"
        case parameterBytes = "parameter_bytes"
        case gradientBytes = "gradient_bytes"
        case optimizerStateBytes = "optimizer_state_bytes"
        case activationBytes = "activation_bytes"
        case checkpointBytes = "checkpoint_bytes"
        case tokenBytes = "token_bytes"
        case memoryLeftBytes = "memory_left_bytes"
    }

    init(_ configuration: RunConfiguration, _ estimate: ResourceEstimate) {
        steps = configuration.steps
        tokens = configuration.trainingTokens
        operations = configuration.flopsPerStep * Double(configuration.steps)
        memoryBytes = estimate.memory
        parameterBytes = estimate.parameters
        gradientBytes = estimate.gradients
        optimizerStateBytes = estimate.optimizerState
        activationBytes = estimate.activations
        checkpointBytes = estimate.disk
        tokenBytes = configuration.textSource.roughSize
        memoryLeftBytes = MachineResources.current.memory
    }
}

/// One line of progress.
final class TrainingDisplay {
    private let steps: Int
    private let tokensPerStep: Int
    private let isSilent: Bool
    /// When the first steps were reported, and which was the last of them: starting up and compiling are
    /// no part of the speed.
    private var first: (step: Int, time: ContinuousClock.Instant)?
    private var lastLine = ContinuousClock.now - .seconds(60)

    init(_ configuration: RunConfiguration, isSilent: Bool) {
        steps = configuration.steps
        tokensPerStep = configuration.data.batch * configuration.model.context
        self.isSilent = isSilent
    }

    /// Shows a step.
    func show(_ report: Trainer.StepReport) {
        if isSilent { return }
        let now = ContinuousClock.now
        let first = first ?? (report.step, now)
        self.first = first
        let speed = Double(report.step - first.step) / max((now - first.time) / .seconds(1), 1e-9)
        let isKnown = report.step > first.step
        let logit = report.values.filter { MetricFamily.maxAttentionLogits.contains($0.key) }
            .map(\.value).max()
        // What a narrow terminal has no room for goes, the largest number first.
        var parts: [(text: String, priority: Int)] = [
            ("step \(report.step)/\(steps)", 0), ("loss \(field(report, .trainLoss, 4))", 0),
            ("grad_norm \(field(report, .gradientNorm))", 4),
            ("lr \(NumberText.roundedRate(report.learningRate))", 3),
            ("max_logit \(logit.map { Terminal.number($0) } ?? "-")", 1),
        ]
        if isKnown {
            let rate = Terminal.number(speed * Double(tokensPerStep) / 1000)
            parts.append(("\(rate)k tok/s", 2))
            parts.append(("\(Terminal.time(Double(steps - report.step) / speed)) left", 0))
        }
        func joined() -> String { parts.map(\.text).joined(separator: "  ") }
        while Terminal.isInteractive, joined().count >= Terminal.width,
            let most = parts.map(\.priority).max(), most > 0
        {
            parts.removeAll { $0.priority == most }
        }
        let line = joined()
        if Terminal.isInteractive {
            Terminal.write("\r\u{1B}[K" + String(line.prefix(Terminal.width - 1)))
        } else if now - lastLine >= .seconds(5) || report.step == steps {
            lastLine = now
            Terminal.line(line)
        }
    }

    private func field(_ report: Trainer.StepReport, _ metric: Metric, _ digits: Int = 3) -> String
    {
        report.values[metric].map { Terminal.number($0, digits) } ?? "-"
    }

    /// Leaves the line.
    func end() {
        if !isSilent, Terminal.isInteractive { Terminal.write("\n") }
    }
}
