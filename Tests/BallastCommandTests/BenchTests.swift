import Foundation
import Testing

@Suite("bench")
struct BenchTests {
    @Test("times in JSON are in seconds, and what compiles takes is measured and not a difference")
    func units() throws {
        let scratch = try Tool.Scratch()
        for processes in ["1", "2"] {
            let outcome = try Tool.run(
                [
                    "bench", "step", "--steps", "2", "--warmup", "0", "--processes", processes,
                    "--set", "model.width=16", "--set", "model.head-dimension=16", "--set",
                    "model.depth=1", "--set", "model.context=16", "--set", "data.batch=1", "--json",
                ], in: scratch)
            #expect(outcome.code == 0, "\(outcome.errors)")
            let report = try #require(
                try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
                    as? [String: Any])
            #expect(!report.keys.contains { $0.hasSuffix("_ms") || $0.contains("_ms_") })
            let compile = try #require(report["compile_seconds"] as? Double)
            let first = try #require(report["first_step_seconds"] as? Double)
            let step = try #require(report["step_seconds"] as? Double)
            #expect(compile > 0 && first > 0 && step > 0)
            // One process: the first step comes after the compilation.
            if processes == "1" { #expect(compile < first) }
        }
        let products = try Tool.run(
            ["bench", "products", "--preset", "p64", "--repeats", "1", "--json"], in: scratch)
        #expect(products.code == 0 && products.output.contains("\"products_seconds\":"))
        #expect(!products.output.contains("_ms\""))
    }
}
