import ArgumentParser
import Ballast

/// `ballast verify permutation`.
struct VerifyPermutationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "permutation",
        abstract: "Measure how much of the final loss is due to the order of the data.",
        discussion: """
            Trains on the same sequences in several orders, under several seeds of the weights, and \
            splits the variance of the final losses into order, seed and their interaction. PASS (exit \
            code 0) if the whole interval of the spread over orders lies within the bound, FAIL (2) if it \
            lies beyond, INCONCLUSIVE (3) otherwise, with what would settle it. Each --control is another \
            recipe, whose spread is compared with the first.
            Interrupt it at any time: the same command resumes. Runs are in OUT/cells under the digest \
            of their configuration, results in OUT/permutation-DIGEST-QUESTION: report.html, \
            permutation.json and figures. Another question about the same configuration (orders, seeds, \
            controls, bound) has a folder of its own and shares the runs.
            """)

    @Argument(help: "A configuration in YAML.")
    var config: String
    @Option(help: "Orders of the data.")
    var orders = 4
    @Option(help: "Seeds of the weights.")
    var seeds = 3
    @Option(
        help: """
            A variant to compare with the recipe: KEY.PATH=VALUE, several separated by spaces. \
            Repeatable.
            """)
    var control: [String] = []
    @Option(help: "The largest spread over orders, in nats, that passes.")
    var bound = 0.01
    @Option(help: "Validation batches on which predictions are compared.")
    var predictionBatches = 2
    @OptionGroup var options: StudyOptions

    func validate() throws {
        try requireOption(predictionBatches, "--prediction-batches", in: 1...1_000_000)
        try requireOption(orders, "--orders", in: 1...1_000)
        try requireOption(seeds, "--seeds", in: 1...1_000)
    }

    func run() throws {
        try options.run(
            PermutationStudy(
                Recipe.read(config, overrides: options.overrides, controls: control),
                orders: orders, seeds: seeds, bound: bound, predictionBatches: predictionBatches))
    }
}
