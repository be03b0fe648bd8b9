import ArgumentParser
import Ballast

/// `ballast decay`.
struct DecayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decay",
        abstract:
            "Compare gradients of normalised layers with their predicted steady state under weight decay.",
        usage: "ballast decay <study> --out <folder> [<options>]",
        discussion: """
            Trains each recipe of a study, as Studies/corrected-decay/digits-sgd.yaml, under several \
            seeds, and prints ||g||/||x|| of every matrix through the schedule beside the value that \
            learning rate, decay and momentum predict for the steady state (arXiv 2506.02285), \
            the rise of the gradient's norm at the end, losses and norms. PASS (exit code 0) where \
            scale-invariant matrices stay within a factor of the prediction while the learning rate is at half \
            its peak or more, FAIL (2) where one lies outside, INCONCLUSIVE (3) otherwise: a run whose \
            sum of learning rate times decay is too small never reached it, and says so.

            Interrupt it at any time: the same command resumes, losing at most a fortieth of a run.
            """)

    @Argument(help: "A study in YAML: base, variants, seeds, images.")
    var study: String
    @OptionGroup var options: SessionOptions

    func validate() throws {
        if options.out == nil, !options.dryRun {
            throw ValidationError("--out FOLDER is needed, or --dry-run")
        }
    }

    func run() throws { try options.run(DecayStudy(path: study, overrides: options.overrides)) }
}
