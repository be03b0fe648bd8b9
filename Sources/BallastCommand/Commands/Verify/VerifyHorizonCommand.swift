import ArgumentParser
import Ballast
import Foundation

/// `ballast verify horizon`.
struct VerifyHorizonCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "horizon",
        abstract:
            "Test whether norms and the optimal learning rate depend on the training horizon.",
        discussion: """
            Trains one trunk for each learning rate and seed: warm-up, then a constant learning rate, \
            whatever schedule the configuration has. Its steps are the longest horizon, each other is \
            half of the next, and from each a branch brings the learning rate down to zero.
            PASS (exit code 0), invariant, where the exponents of all matrices lie within the band \
            and the drift of the optimum within the bound, with their whole intervals; FAIL (2), \
            drifts, where one lies beyond; INCONCLUSIVE (3) otherwise, with what would settle it.
            Interrupt it at any time: the same command resumes. Runs are in OUT/cells under the digest \
            of their configuration, results in OUT/horizon-DIGEST-QUESTION: another question about the \
            same configuration has a folder of its own and shares the runs.
            """)

    @Argument(help: "A configuration in YAML.")
    var config: String
    @Option(help: "Horizons, each twice the one before; the longest is the configuration's steps.")
    var horizons = 4
    @Option(help: "Cooldown steps as a fraction of the steps before the cooldown.")
    var cooldown = 0.2
    @Option(help: "Learning rates, factors of two around the configuration's; 1: no optimum.")
    var rates = 9
    @Option(help: "Seeds of the weights.")
    var seeds = 3
    @Option(
        help: """
            Interventions to train as well, separated by commas; + combines several into one. `ballast \
            config --interventions` lists them.
            """)
    var interventions: String?
    @Option(
        help: "A variant to train: KEY.PATH=VALUE, several separated by spaces; repeatable.")
    var control: [String] = []
    @Option(help: "The largest exponent of a matrix, of either sign, that passes.")
    var band = 0.1
    @Option(help: "The largest total drift of the optimum that passes, as a factor either way.")
    var bound = 1.4
    @OptionGroup var options: StudyOptions

    func validate() throws {
        try requireOption(horizons, "--horizons", in: 1...30)
        try requireOption(rates, "--rates", in: 1...1_000)
        try requireOption(seeds, "--seeds", in: 1...1_000)
    }

    func run() throws {
        let names = (interventions ?? "").split(separator: ",").map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        try options.run(
            HorizonStudy(
                Recipe.read(
                    config, overrides: options.overrides, interventions: names, controls: control),
                horizons: horizons, cooldown: cooldown, rates: rates, seeds: seeds, band: band,
                bound: bound))
    }
}
