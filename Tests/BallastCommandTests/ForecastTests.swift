import Foundation
import Testing

@Suite("forecast", .serialized)
struct ForecastCommandTests {
    private func study(
        _ scratch: Tool.Scratch, widths: String = "[8, 16, 24, 32, 48]", seeds: String = "[0, 1]"
    ) throws -> String {
        try scratch.file(
            "study.yaml",
            """
            name: small
            base:
              model: {depth: 1, context: 16, head-dimension: 8}
              data: {text: [\(scratch.path)/text.txt], batch: 8}
              steps: 24
              telemetry: {every: 1}
              evaluation: {every: 0, batches: 2}
            grid:
              model.width: \(widths)
              optimizer.learning-rate: [1e-2]
            seeds: \(seeds)
            """)
    }

    @Test("forecasts a finished sweep, with files, a stable schema and its extrapolation factor")
    func forecast() throws {
        let scratch = try Tool.Scratch()
        let folder = scratch.path + "/sweep"
        let sweep = try Tool.run(
            ["sweep", "run", study(scratch), "--out", folder, "--jobs", "2"], in: scratch)
        #expect(sweep.code == 0, "\(sweep.errors)")
        let out = scratch.path + "/out"
        let near = try Tool.run(
            ["forecast", folder, "--target", "64x1", "--json", "--out", out], in: scratch)
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(near.output.utf8)) as? [String: Any])
        #expect(near.code == Tool.exitCode(object["verdict"]), "\(near.errors)")
        #expect(object["schema"] as? String == "ballast.forecast/1")
        #expect((object["signals"] as? [[String: Any]])?.count == 6)
        #expect(object["target_parameters"] as? Double == Double(12 * 64 * 64))
        let file = try Data(contentsOf: URL(fileURLWithPath: out + "/forecast.json"))
        #expect(
            try JSONSerialization.jsonObject(with: file) as? NSDictionary == object as NSDictionary)
        let table = try String(contentsOfFile: out + "/forecast.csv", encoding: .utf8)
        #expect(table.contains("attention-logit,,0.01,measured,"))
        #expect(
            FileManager.default.fileExists(
                atPath: out + "/figures/forecast-attention-logit.vl.json"))

        let distant = try Tool.run(
            ["forecast", folder, "--target", "64x1", "--learning-rate", "1"], in: scratch)
        #expect(
            distant.code == 64
                && distant.errors.contains("more than a factor of 2 from every rate that ran"))
        let above = try Tool.run(["forecast", scratch.path, "--target", "64x1"], in: scratch)
        #expect(above.code == 1 && above.errors.contains("give one of them: \(folder)"))
        try Tool.checkLinks(out + "/report.html")
        let page = try String(contentsOfFile: out + "/report.html", encoding: .utf8)
        let verdict = try #require(object["verdict"] as? String)
        #expect(
            page.contains(">\(verdict)<")
                && page.contains("Which instabilities threaten small at 64x1?"))
        // In the sweep's own folder, report.html is the sweep's.
        let report = try Tool.run(["report", folder], in: scratch)
        #expect(report.code == 0, "\(report.errors)")
        let own = try Data(contentsOf: URL(fileURLWithPath: folder + "/report.html"))
        let inside = try Tool.run(
            ["forecast", folder, "--target", "64x1", "--json", "--out", folder], in: scratch)
        #expect(inside.code == near.code, "\(inside.errors)")
        #expect(FileManager.default.fileExists(atPath: folder + "/forecast.html"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder + "/report.html")) == own)

        // A thousand times larger: a direction and no interval, so no verdict.
        let far = try Tool.run(["forecast", folder, "--target", "1.3B"], in: scratch)
        #expect(far.code == 3, "\(far.output)")
        #expect(far.output.contains("not validated"))
        #expect(!far.output.contains(" validated; PASS"))
        #expect(far.errors.contains("reads 10 of 10 runs at 5 sizes and trains nothing"))

        for (target, reason) in [("8x1", "ask for a larger size"), ("big", "neither a number of")] {
            let refused = try Tool.run(["forecast", folder, "--target", target], in: scratch)
            #expect(refused.code == 64 && refused.errors.contains(reason), "\(refused.errors)")
        }
    }

    @Test("a sweep without replicates is misuse")
    func refusal() throws {
        let scratch = try Tool.Scratch()
        let folder = scratch.path + "/sweep"
        let study = try study(scratch, widths: "[8, 16, 24, 32, 48]", seeds: "[0]")
        #expect(try Tool.run(["sweep", "run", study, "--out", folder], in: scratch).code == 0)
        let outcome = try Tool.run(["forecast", folder, "--target", "64x1"], in: scratch)
        #expect(outcome.code == 64)
        #expect(outcome.errors.contains("seeds: 1: without a replicate"), "\(outcome.errors)")
    }
}
