import ArgumentParser
import Ballast

/// `ballast verify determinism`.
struct VerifyDeterminismCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "determinism",
        abstract: "Train a configuration several times and compare every bit.",
        discussion: """
            Each run is a separate process: the first, the same again, with other numbers of threads, \
            and one that is stopped halfway and resumed from its checkpoint. Every logged number of \
            every step, and parameters and optimizer state at regular intervals, must have the same \
            bits: PASS (exit code 0), or FAIL (2) with the first step and name that differ. Promises \
            hold for one build, instruction set and machine.
            Interrupt it at any time: the same command resumes. Results are in \
            OUT/determinism-DIGEST-CONDITIONS, a folder for each configuration, engine and set of \
            threads: report.html, determinism.json and the runs.
            """)

    @Argument(help: "A configuration in YAML.")
    var config: String
    @Option(help: "Steps instead of the configuration's.")
    var steps: Int?
    @Option(help: "Steps between comparisons of the parameters; an eighth of all by default.")
    var every: Int?
    @Option(help: "Further numbers of threads to compare, separated by commas.")
    var otherThreads = "2,3"
    @OptionGroup var options: SessionOptions

    func validate() throws {
        if let steps, steps < 2 {
            throw ValidationError("--steps \(steps): a run that is cut in two needs at least 2")
        }
        try requireOption(steps, "--steps", in: 2...1_000_000_000)
        try requireOption(every, "--every", in: 1...1_000_000_000)
        if threadCounts == nil {
            throw ValidationError(
                "--other-threads \(otherThreads): must be whole numbers from 1 to 1024, separated by commas"
            )
        }
        if options.out == nil, !options.dryRun {
            throw ValidationError("--out FOLDER is needed, or --dry-run")
        }
    }

    private var threadCounts: [Int]? {
        let parts = otherThreads.split(separator: ",").map { Int($0) }
        return parts.allSatisfy { (1...1_024).contains($0 ?? 0) } ? parts.compactMap(\.self) : nil
    }

    func run() throws {
        let configuration = try ConfigurationFile.read(
            config, overrides: options.overrides + (steps.map { ["steps=\($0)"] } ?? []))
        try options.run(
            DeterminismStudy(
                configuration, every: every, engine: options.engine.engine.rawValue,
                threads: options.engine.threads, otherThreads: threadCounts ?? [],
                stepsPerRun: options.engine.resolvedStepsPerRun,
                conditions: options.engine.conditions()))
    }
}
