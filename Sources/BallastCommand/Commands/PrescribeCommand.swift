import ArgumentParser
import Ballast

/// `ballast prescribe`.
struct PrescribeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prescribe",
        abstract:
            "Prescribe a recipe and a learning rate for a larger size, within a time budget.",
        usage: "ballast prescribe <config> --target <size> --budget <time> [<options>]",
        discussion: """
            Trains proxies of the recipe over widths, learning rates and seeds, forecasts what becomes \
            unstable at the target, tries the published mitigations, keeps those that help in these runs at no \
            cost in loss, and prints the recipe, the learning rate with its interval, warnings ranked by \
            certainty, and what was not tested.

            The runs are planned from the speed of this machine and kept in OUT/plan.json. Interrupt \
            it at any time: the same command resumes, and --budget counts what earlier sessions trained. \
            When the budget runs out it prints what is known and what is missing. OUT/cells holds the \
            runs, which all targets share; OUT/TARGET holds report.html, prescription.json, forecast/, and \
            prescription.yaml at the target's width and depth, which `ballast config` and `ballast train` \
            read, where there is a learning rate to prescribe.

            Within the extrapolation that held-out sizes validate, the learning rate is that of the fit of \
            the proxies' optima, with its interval. Beyond it is that of the largest proxy by the rule of \
            the parametrisation (1/width under the standard one with Adam), said to be unvalidated; none \
            where the fit's interval excludes it.

            PASS (exit code 0) where every alarm stays clear at the target and the learning rate has an \
            interval; FAIL (2) where a proxy or a validated forecast lies beyond an alarm and no mitigation \
            helped; INCONCLUSIVE (3) otherwise, as for every target beyond the extrapolation that held-out \
            sizes validate, with what would settle it.
            """)

    @Argument(help: "The recipe: a configuration in YAML.")
    var config: String

    @Option(
        parsing: .unconditional,
        help: "The size: parameters without embedding and head (1.3B), or width x depth (2048x24).")
    var target: String

    @Option(help: "The time that training may take, over all sessions: 90s, 30m, 1h30m.")
    var budget: String

    @Flag(help: "Print the evidence for each line: runs, fits, intervals, held-out sizes, files.")
    var explain = false

    @OptionGroup var options: StudyOptions

    func run() throws {
        if options.slurm.slurm {
            throw ValidationError(
                "--slurm: the budget of a prescription is time on this machine; leave --slurm out")
        }
        try options.requireOut()
        let trainer = try ToolTrainer(
            options.engine, lanes: options.lanes, identity: options.identity, jobs: options.jobs,
            isSilent: options.json)
        try options.run(
            PrescriptionStudy(
                path: config, overrides: options.overrides, target: target, budget: budget,
                out: options.out, trainer: trainer), isExplained: explain)
    }
}
