import ArgumentParser
import Ballast

/// `ballast findings`.
struct FindingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "findings",
        abstract:
            "Check published findings against your own runs: agrees, disagrees, cannot say.",
        discussion: """
            Trains the runs that the findings of each study need, and computes for each finding the \
            number that decides, with an interval over seeds, and where the publication puts it. Exit \
            code 0 where every finding is decided, one way or the other, 3 where one is not.
            Studies are taken in the order given. Interrupt it at any time: the same command trains \
            exactly what is missing, and OUT holds what there is: report.html, findings.json, findings.md \
            and figures, in which findings of studies that an earlier command asked stay. Runs stand in \
            OUT/cells under a digest of configuration and data, so that studies share them. \
            Studies/findings holds the findings that the project was built on.
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
