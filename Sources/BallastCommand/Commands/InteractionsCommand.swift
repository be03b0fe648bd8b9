import ArgumentParser
import Ballast

/// `ballast interactions`.
struct InteractionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "interactions",
        abstract: "Find out which mitigation is still needed once another is in.",
        discussion: """
            Trains all combinations of two to six factors over learning rates, sizes and seeds, and computes the \
            effect of each on the learning-rate sensitivity (or the lowest loss), on average and given each of \
            the others, and how they interact, with intervals over paired seeds. There is no verdict: the exit \
            code is 0 once every run has a result.
            Interrupt it at any time: the same command trains only what is missing. Results are in OUT/NAME: \
            interactions.json, interactions.csv, report.html, figures/.
            """)

    @Argument(help: "A study in YAML (base, factors, grid, seeds, interactions).")
    var study: String
    @OptionGroup var seeds: SeedOptions
    @OptionGroup var options: StudyOptions

    func run() throws {
        try options.run(
            InteractionStudy(path: study, overrides: options.overrides, seeds: seeds.seeds))
    }
}
