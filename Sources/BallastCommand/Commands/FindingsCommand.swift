import ArgumentParser
import Ballast

/// `ballast findings`.
struct FindingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "findings",
        abstract:
            "Check published findings against your own runs: agrees, disagrees, cannot say.",
        discussion: """
            Trains the runs that the findings of each study need and, for each finding, computes the \
            deciding number with an interval over seeds, next to the published expectation. Exit \
            code 0 if every finding is decided, one way or the other, 3 if any is not.
            Studies are taken in the order given. Interrupt it at any time: the same command trains \
            only what is missing. OUT holds report.html, findings.json, findings.md and figures; findings \
            from earlier commands stay in them. Runs are in \
            OUT/cells under a digest of configuration and data, so that studies share them. \
            Studies/findings holds the findings that Ballast builds on.
            """)

    @Argument(help: "Studies in YAML: base, grid, sizes, variants, seeds, or decay; findings.")
    var studies: [String]
    @OptionGroup var seeds: SeedOptions
    @OptionGroup var options: StudyOptions

    func run() throws {
        // All are read before the first is trained.
        try options.run(
            FindingSet(
                studies.map {
                    try FindingStudy(path: $0, overrides: options.overrides, seeds: seeds.seeds)
                }))
    }
}
