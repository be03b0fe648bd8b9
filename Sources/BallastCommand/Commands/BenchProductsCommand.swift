import ArgumentParser
import Ballast
import Foundation

/// `ballast bench products`.
struct BenchProductsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "products",
        abstract: "Time the matrix products of a training step: the upper bound of its speed.",
        usage: "ballast bench products [<options>]")

    @Option(help: "The size: \(StepBenchmark.presets.joined(separator: ", ")).")
    var preset = "p64"

    @Option(help: "Repetitions of each product.")
    var repeats = 15

    @Option(help: "Processes to run at the same time; their speeds are added.")
    var processes = 1

    @OptionGroup var engine: EngineOptions

    @Flag(help: "Print one line of JSON.")
    var json = false

    func validate() throws {
        if StepBenchmark.configuration(preset) == nil {
            throw ValidationError(
                "--preset \(preset): there are \(StepBenchmark.presets.joined(separator: ", "))")
        }
        try requireOption(repeats, "--repeats", in: 1...1_000_000)
        try requireOption(processes, "--processes", in: 1...1_024)
    }

    func run() throws {
        let report = processes == 1 ? try measure() : try measureSideBySide()
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(report), as: UTF8.self))
            return
        }
        print(
            """
            \(preset), \(processes) x \(engine.threads) threads: products take \
            \(Terminal.number(report.productsSeconds * 1e3)) ms of a step, at \
            \(Terminal.number(report.gflopPerSecond)) GFLOP/s
            """)
        for product in report.products {
            print(
                """
                  \(product.count) of \(product.form): \(Terminal.number(product.seconds * 1e3)) ms, \
                \(Terminal.number(product.flops / product.seconds / 1e9)) GFLOP/s
                """)
        }
    }

    private func measure() throws -> Report {
        guard let configuration = StepBenchmark.configuration(preset) else {
            throw ToolError.message("no preset \(preset)")
        }
        let products = try ProductBenchmark.measure(
            configuration, on: engine.make(), repeats: repeats)
        let seconds = products.map { $0.seconds * Double($0.count) }.reduce(0, +)
        let flops = products.map { $0.flops * Double($0.count) }.reduce(0, +)
        return Report(
            preset: preset, threads: engine.threads, productsSeconds: seconds,
            gflopPerSecond: flops / seconds / 1e9, products: products)
    }

    private func measureSideBySide() throws -> Report {
        let reports: [Report] = try Executable.sideBySide(
            processes,
            ["bench", "products", "--preset", preset, "--repeats", "\(repeats)", "--json"]
                + engine.arguments)
        var sum = reports[0]
        sum.gflopPerSecond = reports.map(\.gflopPerSecond).reduce(0, +)
        return sum
    }

    private struct Report: Codable {
        var preset: String
        var threads: Int
        /// Of all products of a step.
        var productsSeconds: Double
        var gflopPerSecond: Double
        var products: [ProductBenchmark.Result]

        private enum CodingKeys: String, CodingKey {
            case preset, threads, products
            case productsSeconds = "products_seconds"
            case gflopPerSecond = "gflop_per_second"
        }
    }
}
