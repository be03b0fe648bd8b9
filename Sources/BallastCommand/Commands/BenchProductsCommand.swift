import ArgumentParser
import Ballast
import Foundation

/// `ballast bench products`.
struct BenchProductsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "products",
        abstract: "Time the matrix products of a training step alone: the limit of its speed.")

    @Option(help: "The size: \(StepBenchmark.presets.joined(separator: ", ")).")
    var preset = "p64"

    @Option(help: "Times that each form of product is taken.")
    var repeats = 15

    @OptionGroup var engine: EngineOptions

    @Flag(help: "Print one line of JSON.")
    var json = false

    func validate() throws {
        if StepBenchmark.configuration(preset) == nil {
            throw ValidationError(
                "--preset \(preset): there are \(StepBenchmark.presets.joined(separator: ", "))")
        }
        if repeats < 1 { throw ValidationError("--repeats is at least 1") }
    }

    func run() throws {
        guard let configuration = StepBenchmark.configuration(preset) else {
            throw ToolError.message("no preset \(preset)")
        }
        let products = try ProductBenchmark.measure(
            configuration, on: engine.make(), repeats: repeats)
        let seconds = products.map { $0.seconds * Double($0.count) }.reduce(0, +)
        let flops = products.map { $0.flops * Double($0.count) }.reduce(0, +)
        if json {
            let report = Report(
                preset: preset, threads: engine.threads, productsMs: seconds * 1e3,
                gflopPerSecond: flops / seconds / 1e9, products: products)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(report), as: UTF8.self))
            return
        }
        print(
            """
            \(preset), \(engine.threads) threads: products take \(Terminal.number(seconds * 1e3)) ms \
            of a step, at \(Terminal.number(flops / seconds / 1e9)) GFLOP/s
            """)
        for product in products {
            print(
                """
                  \(product.count) of \(product.form): \(Terminal.number(product.seconds * 1e3)) ms, \
                \(Terminal.number(product.flops / product.seconds / 1e9)) GFLOP/s
                """)
        }
    }

    private struct Report: Encodable {
        var preset: String
        var threads: Int
        var productsMs: Double
        var gflopPerSecond: Double
        var products: [ProductBenchmark.Result]

        private enum CodingKeys: String, CodingKey {
            case preset, threads, products
            case productsMs = "products_ms"
            case gflopPerSecond = "gflop_per_second"
        }
    }
}
