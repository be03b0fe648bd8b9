import ArgumentParser
import Ballast

/// `ballast interactions`.
struct InteractionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "interactions",
        abstract: "Say which mitigation is still needed once another is in.",
        discussion: """
            Trains all sets of two to six factors over learning rates, sizes and seeds, and computes what each \
            changes in the learning-rate sensitivity (or the lowest loss), over all sets of the others and where \
            each other one is in, and how they interact, with intervals over paired seeds. Nothing is judged: the \
            exit code is 0 once every run has a result.
            Interrupt it at any time: the same command trains exactly what is missing. Results stand in OUT/NAME: \
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
