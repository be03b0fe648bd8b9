import Foundation
import Testing

@Suite("coordcheck")
struct CoordinateCheckCommandTests {
    @Test("the standard parametrisation fails and muP does not, on real steps")
    func verdicts() throws {
        let scratch = try Tool.Scratch()
        let config = try scratch.file(
            "check.yaml",
            """
            model: {width: 32, depth: 2, context: 32, head-dimension: 16}
            optimizer: {learning-rate: 1e-2}
            schedule: {shape: constant, warmup: 0}
            data: {text: [\(scratch.path)/text.txt], batch: 8}
            parametrization: {base-width: 32}
            """)
        func run(_ kind: String, _ more: [String] = []) throws -> Tool.Outcome {
            try Tool.run(
                [
                    "coordcheck", config, "--widths", "32,64,128", "--steps", "8", "--set",
                    "parametrization.kind=\(kind)",
                ] + more, in: scratch)
        }
        let standard = try run("standard", ["--out", scratch.path + "/check"])
        #expect(standard.code == 2, "\(standard.output)\(standard.errors)")
        #expect(standard.output.contains("blocks.1.mlp"))
        let table = try String(
            contentsOfFile: scratch.path + "/check/coordcheck.csv", encoding: .utf8)
        // Fourteen activations of nine models at the steps 0, 1, 2, 4, 8, and the header.
        #expect(table.split(separator: "\n").count == 14 * 9 * 5 + 1)
        try Tool.checkLinks(scratch.path + "/check/report.html")
        // Under muP no slope lies outside; on three small models some bands cross the threshold.
        let muP = try run("mup", ["--json"])
        #expect(muP.code == 0 || muP.code == 3, "\(muP.output.suffix(300))\(muP.errors)")
        let steepest = try (steepest(muP.output), steepest(run("standard", ["--json"]).output))
        #expect(steepest.0 < 0.4 && steepest.1 > 1, "\(steepest)")
    }

    @Test("the same again prints the same and trains nothing; what is not finite is null")
    func rerun() throws {
        let scratch = try Tool.Scratch()
        let config = try scratch.configuration()
        func run(_ more: [String]) throws -> Tool.Outcome {
            try Tool.run(
                ["coordcheck", config, "--widths", "16,32,48", "--steps", "2", "--seeds", "3"]
                    + more, in: scratch)
        }
        let out = ["--out", scratch.path + "/check"]
        let first = try run(["--json"] + out)
        for _ in 0..<3 { #expect(try run(["--json"]).output == first.output) }
        let again = try run(out)
        #expect(!again.errors.contains("model 1 of 9"), "\(again.errors)")
        #expect(try run(["--json"] + out).output == first.output)
        let read =
            try JSONSerialization.jsonObject(with: Data(first.output.utf8)) as? [String: Any]
        let json = try #require(read)
        #expect(json["schema"] as? String == "ballast.coordcheck/1")
        #expect((json["activations"] as? [[String: Any]])?.count == 14)
        // The models of the other axis are measured by themselves, though one of them is the same.
        let depths = try Tool.run(
            [
                "coordcheck", config, "--depths", "1,2,3", "--steps", "2", "--seeds", "3", "--set",
                "model.width=32",
            ] + out, in: scratch)
        #expect(depths.errors.contains("model 9 of 9") && !depths.output.contains(" -  "))
        let wild = try run(["--json", "--set", "optimizer.learning-rate=1e38"])
        #expect(wild.output.contains("\"size\":null") && !wild.output.contains("\"nan\""))
        let dry = try run(["--dry-run"])
        #expect(dry.code == 0 && dry.output.contains("9 models, 2 steps each"))
        let file = try scratch.file("file", "")
        let refused = try run(["--out", file])
        #expect(refused.code == 1 && refused.errors.contains("give another --out"))
        #expect(!refused.errors.contains("model 1 of 9"))
    }

    /// The largest mean slope of all activations but the logits after the start.
    private func steepest(_ json: String) throws -> Double {
        let read = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
        let slopes = try #require(read?["slopes"] as? [[String: Any]])
        let later = slopes.filter {
            ($0["step"] as? Int ?? 0) > 0 && $0["activation"] as? String != "logits"
        }
        return later.compactMap { ($0["mean"] as? Double)?.magnitude }.max() ?? .nan
    }

    @Test("a check that cannot conclude is misuse")
    func refusals() throws {
        let scratch = try Tool.Scratch()
        let config = try scratch.configuration()
        for (arguments, reason) in [
            (["--widths", "32,64"], "at least three"), (["--seeds", "1"], "no band"),
            (["--widths", "32,x,64"], "must be whole numbers from 1"),
            (["--widths", "32", "--depths", "2"], "give one of them"),
        ] {
            let outcome = try Tool.run(["coordcheck", config] + arguments, in: scratch)
            #expect(outcome.code == 64, "\(arguments): \(outcome.errors)")
            #expect(outcome.errors.contains(reason), "\(outcome.errors)")
        }
    }
}
