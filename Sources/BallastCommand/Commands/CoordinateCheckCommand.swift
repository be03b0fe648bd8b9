import ArgumentParser
import Ballast

/// `ballast coordcheck`.
struct CoordinateCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordcheck",
        abstract: "Check that activation sizes stay constant as the model grows.",
        discussion: """
            Trains the recipe at several widths, or depths, and measures the mean magnitude of every \
            activation on one batch at steps 0, 1, 2, 4, ... From step 1 on, the log-log slope against \
            width or depth must stay within the threshold, together with its 95% interval over seeds; \
            only logits may shrink. Exit code 0 is PASS, 2 FAIL, 3 INCONCLUSIVE.
            Interrupt it at any time: with --out the same command trains only the missing models.
            """)

    @Argument(help: "A configuration in YAML.")
    var config: String
    @Option(help: "Widths, separated by commas; the default is 32,64,128,256.")
    var widths: String?
    @Option(help: "Depths instead of widths, separated by commas.")
    var depths: String?
    @Option(
        help: "Seeds of the weights; with two, intervals are three times as wide as with three.")
    var seeds = 3
    @Option(help: "The last step.")
    var steps = 64
    @Option(help: "The largest slope, of either sign, that passes.")
    var threshold = 0.25
    @OptionGroup var options: SessionOptions

    func validate() throws {
        if widths != nil, depths != nil {
            throw ValidationError("--widths and --depths: give one of them")
        }
        try requireOption(seeds, "--seeds", in: 1...1_000)
        try requireOption(steps, "--steps", in: 1...1_000_000_000)
        for (name, text) in [("--widths", widths), ("--depths", depths)] {
            guard let text else { continue }
            if Self.numbers(text) == nil {
                throw ValidationError(
                    "\(name) \(text): must be whole numbers from 1 to 65536, separated by commas")
            }
        }
    }

    private static func numbers(_ text: String) -> [Int]? {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        let isSize = 1...65_536
        return parts.allSatisfy { $0.map(isSize.contains) ?? false } ? parts.compactMap { $0 } : nil
    }

    func run() throws {
        var check = try CoordinateCheck(
            ConfigurationFile.read(config, overrides: options.overrides),
            axis: depths == nil ? .width : .depth,
            extents: Self.numbers(depths ?? widths ?? "32,64,128,256") ?? [], seeds: seeds,
            lastStep: steps, threshold: threshold)
        check.conditions = try options.engine.conditions()
        try options.run(check)
    }
}
