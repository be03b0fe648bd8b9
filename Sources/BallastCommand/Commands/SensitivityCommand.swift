import ArgumentParser
import Ballast

/// `ballast sensitivity`.
struct SensitivityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sensitivity",
        abstract:
            "Measure the sensitivity of the loss to the learning rate, at several sizes, with and without "
            + "interventions.",
        discussion: """
            Trains learning rates x sizes x variants x seeds and computes the learning-rate sensitivity \
            S of arXiv 2309.14322, its growth with the number of parameters, and the difference of each \
            variant from the baseline over paired seeds. PASS (exit code 0) if every claim of the \
            study holds or, without claims, every difference is decided; FAIL (2) if a claim does not \
            hold; INCONCLUSIVE (3) otherwise, with what would settle it.
            Interrupt it at any time: the same command trains only what is missing. Runs are in \
            OUT/cells under a digest of configuration and data, so that studies in one OUT share them; \
            results are in OUT/NAME: sensitivity.json, report.html, figures/; --json prints a line for each \
            study. Studies/sensitivity holds a study for each experiment of the paper.
            """)

    @Argument(
        help: """
            Studies in YAML (base, grid, sizes, variants, seeds, sensitivity), or folders of runs, as ballast \
            import makes them.
            """)
    var studies: [String]
    @OptionGroup var seeds: SeedOptions
    @OptionGroup var options: StudyOptions

    func run() throws {
        // All are read before the first is trained.
        try options.run(
            studies.map { path in
                if let runs = try options.runs(at: path) {
                    return try SensitivityStudy(runs, source: path)
                }
                return try SensitivityStudy(
                    path: path, overrides: options.overrides, seeds: seeds.seeds)
            })
    }
}
