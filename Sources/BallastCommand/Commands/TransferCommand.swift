import ArgumentParser
import Ballast

/// `ballast transfer`.
struct TransferCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transfer",
        abstract: "Test whether the optimal learning rate transfers across model sizes.",
        discussion: """
            Trains a grid of learning rates at several widths, depths or horizons under several seeds, \
            finds the optimum of each curve between the grid's points, and judges how far it moves \
            from the smallest to the largest size. PASS (exit code 0) where the whole interval lies \
            within the bound, FAIL (2) where it lies outside, INCONCLUSIVE (3) otherwise, with the \
            next step. A FAIL names likely causes with their evidence.

            Interrupt it at any time: the same command trains only what is missing. Runs are in \
            OUT/cells under a digest of configuration and data, so studies in one OUT share them, and \
            a grid may be extended. Results are in OUT/NAME: transfer.json, transfer.csv, \
            report.html, figures/.
            """)

    @Argument(
        help: """
            A study in YAML (base, grid, seeds, transfer), or a folder of runs from ballast import.
            """)
    var study: String

    @Option(help: "The largest total drift that passes, as a factor in either direction.")
    var bound: Double?
    @OptionGroup var seeds: SeedOptions
    @OptionGroup var options: StudyOptions

    func validate() throws {
        if let bound, !(1.01...100).contains(bound) {
            throw ValidationError("--bound \(bound): must be a factor from 1.01 to 100")
        }
    }

    func run() throws {
        guard let runs = try options.runs(at: study) else {
            return try options.run(
                TransferStudy(
                    path: study, overrides: options.overrides, seeds: seeds.seeds, bound: bound))
        }
        var settings = TransferSettings()
        if let bound { settings.bound = bound }
        try options.run(TransferStudy(runs, settings: settings, source: study))
    }
}
