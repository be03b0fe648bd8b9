import ArgumentParser
import Ballast

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
    @Option(help: "Steps in place of the configuration's.")
    var steps: Int?
    @Option(help: "Steps between parameters that are compared; an eighth of all by default.")
    var every: Int?
    @Option(help: "Numbers of threads beside --threads, separated by commas.")
    var otherThreads = "2,3"
    @OptionGroup var options: SessionOptions

    func validate() throws {
        if let steps, steps < 2 {
            throw ValidationError("--steps \(steps): a run that is cut in two takes at least 2")
        }
        try requireOption(steps, "--steps", in: 2...1_000_000_000)
        try requireOption(every, "--every", in: 1...1_000_000_000)
        if threadCounts == nil {
            throw ValidationError(
                "--other-threads \(otherThreads): not whole numbers from 1 to 1024 between commas")
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
