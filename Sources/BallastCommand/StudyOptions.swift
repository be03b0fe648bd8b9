import ArgumentParser
import Ballast
import Foundation

/// Options of commands that train the runs of a study.
struct StudyOptions: ParsableArguments {
    @Option(help: "The folder of runs and results.")
    var out: String?

    @Option(help: "Runs to train at a time; one per core by default, 1 on an accelerator.")
    var jobs: Int?

    @Option(name: .customLong("set"), help: "Override a key in every run: steps=128.")
    var overrides: [String] = []

    @Flag(help: "Print the cost and the statistical power, and train nothing.")
    var dryRun = false

    @OptionGroup var engine: EngineOptions
    @OptionGroup var lanes: LaneOptions
    @OptionGroup var identity: IdentityOptions
    @OptionGroup var slurm: SlurmOptions
    @OptionGroup var layout: TextOptions

    @Flag(help: "Print the result as JSON and nothing else.")
    var json = false

    func validate() throws {
        try requireOption(jobs, "--jobs", in: 1...1_024)
        try lanes.require(engine)
    }

    /// Refuses to train without a folder.
    func requireOut() throws {
        if out == nil, !dryRun { throw ValidationError("--out FOLDER is needed, or --dry-run") }
    }

    /// The runs of a folder that was given in place of a study, whoever trained them.
    ///
    /// - Parameter path: The argument.
    /// - Returns: Nil for a study.
    /// - Throws: `ValidationError` for options that only training has, and what the folder throws.
    func runs(at path: String) throws -> RunTable? {
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder),
            isFolder.boolValue
        else { return nil }
        guard overrides.isEmpty, !dryRun else {
            throw ValidationError(
                "\(path) is a folder of runs, which are read and not trained: leave --set and --dry-run "
                    + "out, or give a study")
        }
        return try SweepFolder(path).read()
    }
}

/// The option of commands that take the seeds of a study file, or others.
struct SeedOptions: ParsableArguments {
    @Option(help: "Use seeds 0 to N-1 instead of the study's.")
    var seeds: Int?

    func validate() throws {
        if let seeds, seeds < 2 {
            throw ValidationError(
                "--seeds \(seeds): without replicates there is no estimate of noise; at least 2 are needed"
            )
        }
        try requireOption(seeds, "--seeds", in: 2...1_000)
    }
}

/// Options of commands that train one run after another.
struct SessionOptions: ParsableArguments {
    @Option(help: "The folder of runs and results.")
    var out: String?

    @Option(name: .customLong("set"), help: "Override a key: optimizer.learning-rate=3e-3.")
    var overrides: [String] = []

    @Flag(help: "Print the cost, and train nothing.")
    var dryRun = false

    @OptionGroup var engine: EngineOptions
    @OptionGroup var layout: TextOptions

    @Flag(help: "Print the result as JSON and nothing else.")
    var json = false

    /// Runs a study, and exits with its verdict's exit code.
    func run(_ kind: some StudyKind) throws {
        try StudySession.ofThisCommand(
            out: out, dryRun: dryRun, json: json, engine: engine, columns: layout.columns
        ).leave(kind)
    }
}
