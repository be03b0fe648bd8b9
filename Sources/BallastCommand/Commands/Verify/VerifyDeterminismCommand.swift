import ArgumentParser
import Ballast
import Foundation

/// `ballast verify determinism`.
struct VerifyDeterminismCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "determinism",
        abstract: "Train a configuration several times and compare every bit.",
        discussion: """
            Each run is a process of its own: the first, the same again, with other numbers of threads, \
            and one that is ended halfway and begun anew from its checkpoint. Every logged number of \
            every step, and parameters and optimizer state every so many steps, must have the same \
            bits: PASS (exit code 0), or FAIL (2) with the first step and name that differ. Promises \
            hold for one build, instruction set and machine.
            Interrupt it at any time: the same command goes on. Results stand in \
            OUT/determinism-DIGEST-CONDITIONS, a folder for each configuration, engine and set of \
            threads: report.html, determinism.json and the runs.
            """)

    @Argument(help: "A configuration in YAML.")
    var config: String
    @Option(help: "The folder of runs and results.")
    var out: String?
    @Option(help: "Steps in place of the configuration's.")
    var steps: Int?
    @Option(help: "Steps between parameters that are compared; an eighth of all by default.")
    var every: Int?
    @Option(help: "Numbers of threads beside --threads, separated by commas.")
    var otherThreads = "2,3"
    @Option(name: .customLong("set"), help: "Override a key: optimizer.learning-rate=3e-3.")
    var overrides: [String] = []
    @Flag(help: "Say what it takes, and train nothing.")
    var dryRun = false
    @OptionGroup var engine: EngineOptions
    @Flag(help: "Print the result as JSON and nothing else.")
    var json = false

    func validate() throws {
        if let steps, steps < 2 {
            throw ValidationError("--steps \(steps): a run that is cut in two takes at least 2")
        }
        if let every, every < 1 { throw ValidationError("--every \(every): at least 1 is needed") }
        if threadCounts == nil {
            throw ValidationError(
                "--other-threads \(otherThreads): not positive integers between commas")
        }
        if out == nil, !dryRun { throw ValidationError("--out FOLDER is needed, or --dry-run") }
    }

    private var threadCounts: [Int]? {
        let parts = otherThreads.split(separator: ",").map { Int($0) }
        return parts.allSatisfy { ($0 ?? 0) > 0 } ? parts.compactMap(\.self) : nil
    }

    /// What the bits may depend on beside the configuration, and what is asked of them.
    private func conditions() throws -> [String] {
        try engine.conditions() + [
            "threads=\(engine.threads) \(threadCounts ?? [])",
            "steps-per-run=\(engine.resolvedStepsPerRun)",
        ]
    }

    /// One run.
    private struct Variation {
        var name: String
        var threads: Int
        var cut: Int?
    }

    func run() throws {
        var configuration = try ConfigurationFile.read(
            config, overrides: overrides + (steps.map { ["steps=\($0)"] } ?? []))
        guard configuration.steps >= 2 else {
            throw ConfigurationError.impossible(
                key: "steps", reason: "\(configuration.steps): a run that is cut in two takes 2")
        }
        let digest = configuration.digest
        let every = min(every ?? max(configuration.steps / 8, 1), configuration.steps)
        // Cadences are no part of what is trained: everything is kept for the comparison.
        configuration.telemetry.every = 1
        configuration.checkpoints.every = every
        configuration.checkpoints.keep = configuration.steps / every + 2
        let middle = max(configuration.steps / every / 2, 1) * every
        let cut = middle < configuration.steps ? middle : configuration.steps / 2
        let variations =
            [
                Variation(name: "baseline", threads: engine.threads),
                Variation(name: "rerun", threads: engine.threads),
            ]
            + OrderedSet(threadCounts ?? []).filter { $0 != engine.threads }.map {
                Variation(name: "threads-\($0)", threads: $0)
            } + [Variation(name: "resumed", threads: engine.threads, cut: cut)]
        _ = try TokenCache(
            TextSource(configuration.data.text), vocabulary: configuration.model.vocabulary)
        if !json || dryRun {
            Terminal.line(try announcement(configuration, variations.count, every: every, cut: cut))
        }
        guard !dryRun, let out else { return }
        let folder =
            "\(out)/"
            + DeterminismResult.folderName(configuration, digest: digest, try conditions())
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let path = folder + "/config.yaml"
        try AtomicFile.write(ConfigurationFile.text(of: configuration), to: path)
        Signals.listen()
        for variation in variations {
            try train(variation, path, RunFolder("\(folder)/\(variation.name)"))
        }
        let result = try compare(variations, folder, configuration, digest, every: every)
        try VerdictFile.write(result, to: folder + "/determinism.json")
        _ = try DeterminismReport(result).write(
            to: folder, origin: .ofThisCommand([.init(name: "recipe", digest: digest)]))
        print(
            json
                ? try VerdictFile.text(result, isPretty: false)
                : Self.table(result) + "\nresults in \(folder)/determinism.json, report in "
                    + "\(folder)/report.html")
        try result.verdict.exit()
    }

    /// What it takes, before it starts.
    private func announcement(
        _ configuration: RunConfiguration, _ runs: Int, every: Int, cut: Int
    ) throws -> String {
        let timing = try StepBenchmark.measure(
            configuration, on: engine.make(), steps: 3, warmup: 1)
        let step = timing.stepSeconds.min() ?? 0
        let seconds = Double(runs) * (0.1 + step * Double(configuration.steps))
        let parameters = try TrainingProgram(configuration)
        let elements = parameters.start(seed: 0).values.reduce(0) { $0 + $1.shape.count }
        let megabytes =
            Double(4 * elements * (configuration.steps / every + 1) * runs) / 1e6
        return "\(runs) runs of \(configuration.steps) steps, parameters compared every \(every), "
            + "one run cut after \(cut): "
            + "\(Terminal.number(Double(runs * configuration.trainingTokens) / 1e6))M tokens, about "
            + "\(Terminal.time(seconds)), \(Terminal.number(megabytes)) MB of checkpoints"
    }

    /// Trains a run to its end, in one process, or two where it is to be cut.
    private func train(_ variation: Variation, _ path: String, _ folder: RunFolder) throws {
        if folder.isDone { return }
        if !json { Terminal.printError("training \(variation.name)") }
        if let cut = variation.cut, (folder.checkpointSteps.last ?? 0) < cut {
            try process(variation, path, folder, ["--stop-after", "\(cut)"])
        }
        try process(variation, path, folder, [])
    }

    private func process(
        _ variation: Variation, _ path: String, _ folder: RunFolder, _ more: [String]
    ) throws {
        var options = engine
        options.threads = variation.threads
        let process = Process()
        process.executableURL = try Executable.url
        process.arguments =
            ["train", path, "--out", folder.path, "--quiet"] + options.arguments + more
        process.standardInput = FileHandle.nullDevice
        try process.run()
        while process.isRunning {
            if Signals.stop != nil { process.terminate() }
            Thread.sleep(forTimeInterval: 0.02)
        }
        try StudyRunner.leaveIfStopped()
        guard process.terminationStatus == 0 else {
            throw ToolError.message("\(folder.path): the run failed; see above")
        }
    }

    private func compare(
        _ variations: [Variation], _ folder: String, _ configuration: RunConfiguration,
        _ digest: String, every: Int
    ) throws -> DeterminismResult {
        var baseline: RunBits?
        let entries = try variations.map { variation in
            // A cut between two checkpoints leaves one that the other runs do not have.
            let extra = variation.cut.flatMap { $0 % every == 0 ? nil : $0 }
            let bits = try RunBits(
                RunFolder("\(folder)/\(variation.name)"), withoutCheckpoint: extra)
            let first = baseline ?? bits
            baseline = first
            return DeterminismResult.Variation(
                name: variation.name, threads: variation.threads, resumedAfter: variation.cut,
                lossDigest: bits.lossDigest, states: bits.states,
                firstDifference: first.firstDifference(from: bits))
        }
        return DeterminismResult(
            configuration: digest, engine: engine.engine.rawValue, steps: configuration.steps,
            every: every, variations: entries)
    }

    /// The runs, a row each.
    static func table(_ result: DeterminismResult) -> String {
        let states = result.variations[0].states
        let head =
            ["run", "threads", "losses"] + states.map { "step \($0.step)" } + ["bits"]
        let rows = result.variations.enumerated().map { index, variation in
            let digests = states.map { state in
                variation.states.first { $0.step == state.step }.map { String($0.digest.prefix(8)) }
                    ?? "-"
            }
            return [variation.name, "\(variation.threads)", String(variation.lossDigest.prefix(8))]
                + digests + [index == 0 ? "" : variation.verdict == .pass ? "equal" : "DIFFER"]
        }
        let differences = result.variations.compactMap { variation in
            variation.firstDifference.map {
                "\n\(variation.name): step \($0.step), \($0.name): \($0.first), then \($0.second); "
                    + "\($0.differing) of \($0.compared) numbers and tensors differ"
            }
        }.joined()
        return PlainTable.text([head] + rows) + differences + "\n" + result.verdict.rawValue
            + (result.verdict == .pass
                ? ": every logged number, parameter and optimizer state has the same bits"
                : ": equal configurations and seeds give different bits")
    }
}
