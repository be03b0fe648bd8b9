import ArgumentParser
import Ballast
import Foundation

/// `ballast coordcheck`.
struct CoordinateCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordcheck",
        abstract: "Check that activations keep their size when the model grows.",
        discussion: """
            Trains the recipe at several widths, or depths, and measures the mean magnitude of every \
            activation on one batch at steps 0, 1, 2, 4, ... The slope against the extent, on \
            logarithmic axes, must stay within the threshold from step 1 on, and its 95% interval over \
            the seeds too; logits alone may shrink. Exit code 0 is PASS, 2 \
            FAIL, 3 INCONCLUSIVE.
            Interrupt it at any time: with --out the same command goes on with the models that are missing.
            """)

    @Argument(help: "A configuration in YAML.")
    var config: String

    @Option(help: "Widths, separated by commas; the default is 32,64,128,256.")
    var widths: String?

    @Option(help: "Depths in place of widths, separated by commas.")
    var depths: String?

    @Option(
        help: "Seeds of the weights; with two, an interval is three times as wide as with three.")
    var seeds = 3

    @Option(help: "The last step.")
    var steps = 64

    @Option(help: "The largest slope, of either sign, that passes.")
    var threshold = 0.25

    @Option(help: "A folder for coordcheck.html, coordcheck.json, coordcheck.csv and figures/.")
    var out: String?

    @Option(name: .customLong("set"), help: "Override a key: parametrization.kind=mup.")
    var overrides: [String] = []

    @Flag(help: "Say what it takes, and train nothing.")
    var dryRun = false

    @OptionGroup var engine: EngineOptions

    @Flag(help: "Print the result as JSON and nothing else.")
    var json = false

    func validate() throws {
        if widths != nil, depths != nil {
            throw ValidationError("--widths and --depths: give one of them")
        }
        for (name, text) in [("--widths", widths), ("--depths", depths)] {
            guard let text else { continue }
            if Self.numbers(text) == nil {
                throw ValidationError("\(name) \(text): not positive integers between commas")
            }
        }
    }

    private static func numbers(_ text: String) -> [Int]? {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        return parts.allSatisfy { $0.map { $0 > 0 } ?? false } ? parts.compactMap { $0 } : nil
    }

    func run() throws {
        let configuration = try ConfigurationFile.read(config, overrides: overrides)
        let check = try CoordinateCheck(
            configuration, axis: depths == nil ? .width : .depth,
            extents: Self.numbers(depths ?? widths ?? "32,64,128,256") ?? [], seeds: seeds,
            lastStep: steps, threshold: threshold)
        let models = check.extents.count * seeds
        if !json || dryRun {
            Terminal.line(
                "\(models) models, \(steps) steps each, \(check.trainingTokens) tokens in all")
        }
        if dryRun { return }
        let store = out.map { RunFolder($0 + "/coordcheck") }
        if let store {
            try FileManager.default.createDirectory(
                atPath: store.path, withIntermediateDirectories: true)
        }
        // Without a folder there is nothing to go on from, and a signal ends it at once.
        if store != nil { Signals.listen() }
        let conditions = try engine.conditions()
        func file(_ model: RunConfiguration) -> String? {
            store.map { "\($0.path)/\(check.name(of: model, conditions)).json" }
        }
        let result = try check.run(
            on: engine.make(), known: { try file($0).flatMap(Self.measured) },
            progress: { number, count in
                if !json { Terminal.printError("model \(number + 1) of \(count)") }
            }, interrupt: StudyRunner.leaveIfStopped,
            measured: { model, points in
                if let store, let path = file(model) { try store.write(points, to: path) }
            })
        if let out { try write(result, of: configuration, to: out) }
        if json {
            print(String(decoding: try Self.encoder.encode(result), as: UTF8.self))
        } else {
            print(Self.table(result, kind: configuration.parametrization.kind.rawValue))
        }
        try result.verdict.exit()
    }

    /// What an earlier command measured of a model; nil where it did not.
    private static func measured(_ file: String) throws -> [CoordinateCheck.Point]? {
        guard FileManager.default.fileExists(atPath: file) else { return nil }
        do {
            return try JSONDecoder().decode(
                [CoordinateCheck.Point].self, from: Data(contentsOf: URL(fileURLWithPath: file)))
        } catch {
            throw RunError.damaged(
                file: file,
                reason: "does not parse (\(error)); remove it, and the model is measured anew")
        }
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }

    private func write(
        _ result: CoordinateCheck.Result, of configuration: RunConfiguration, to folder: String
    ) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var table = CSVTable(
            columns: [result.axis.rawValue, "seed", "step", "activation", "size", "change"])
        for point in result.points {
            table.append([
                .integer(point.extent), .integer(Int(point.seed)), .integer(point.step),
                .text(point.activation), .number(point.size), .number(point.change),
            ])
        }
        try AtomicFile.write(table.text, to: folder + "/coordcheck.csv")
        let data = try Self.encoder.encode(result)
        try AtomicFile.write(String(decoding: data, as: UTF8.self), to: folder + "/coordcheck.json")
        let (bundle, python) = ReportCommand.drawingTools
        let files = try CoordinateCheckReport(result).write(
            to: folder, vegaBundle: bundle, python: python,
            origin: .ofThisCommand([.init(name: "recipe", digest: configuration.digest)]))
        if !json { for line in files { Terminal.printError(line) } }
    }

    /// The slopes, a row an activation and a column a step.
    static func table(_ result: CoordinateCheck.Result, kind: String) -> String {
        let steps = OrderedSet(result.slopes.map(\.step))
        let names = OrderedSet(result.slopes.map(\.activation))
        let header = ["activation"] + steps.map { "step \($0)" } + ["verdict"]
        let rows = names.map { name in
            let slopes = result.slopes.filter { $0.activation == name }
            let verdict = CoordinateCheck.Verdict(slopes)
            return [name] + slopes.map(cell) + [verdict.rawValue]
        }
        let widths = header.indices.map { column in
            ([header] + rows).map { $0[column].count }.max() ?? 0
        }
        let lines = ([header] + rows).map { row in
            zip(row, widths).enumerated().map { index, pair in
                let space = String(repeating: " ", count: pair.1 - pair.0.count)
                return index == 0 || index == header.count - 1 ? pair.0 + space : space + pair.0
            }.joined(separator: "  ")
        }
        let extents = result.extents.map(String.init).joined(separator: ", ")
        return """
            slopes of log mean |x| against log \(result.axis.rawValue) over \(extents), \
            \(result.seeds) seeds, parametrization \(kind)
            \(lines.joined(separator: "\n"))
            \(result.verdict.rawValue): from step 1 on slopes within ±\(result.threshold) pass
            """
    }

    /// The mean, and its interval over the seeds where it is wider than the digits.
    private static func cell(_ slope: CoordinateCheck.Slope) -> String {
        guard let mean = slope.mean, let low = slope.low, let high = slope.high else { return "-" }
        func text(_ value: Double) -> String {
            let hundredths = (value * 100).rounded() / 100
            return hundredths == 0 ? "0.00" : String(format: "%.2f", hundredths)
        }
        let half = (high - low) / 2
        return half < 0.005 ? text(mean) : "\(text(mean))±\(text(half))"
    }
}
