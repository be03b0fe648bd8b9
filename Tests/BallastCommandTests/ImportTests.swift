import Foundation
import Testing

@Suite("import", .serialized)
struct ImportCommandTests {
    private static let rates = [4e-3, 8e-3, 16e-3, 32e-3, 64e-3, 128e-3, 256e-3]

    /// The final loss of a made-up run: a bowl in log learning rate whose optimum does not move; seeds tilt it.
    private static func loss(_ width: Int, _ rate: Double, _ seed: Int, _ qk: Bool) -> Double {
        let z = log2(rate / 32e-3) + 0.05 * (Double(seed) - 0.5) * (width == 64 ? -1 : 1)
        return 2 - 0.1 * log2(Double(width) / 32) + (qk ? 0.02 : 0.04) * z * z
            + 0.001 * Double(seed)
    }

    /// Logs as CSV, a file a run, named as people name them.
    private func logs(_ scratch: Tool.Scratch) throws -> String {
        let folder = scratch.path + "/logs"
        for qk in [false, true] {
            for width in [32, 64, 128, 256] {
                for rate in Self.rates {
                    for seed in 0..<2 {
                        let place = "\(folder)/qk=\(qk)/lr=\(rate)_w=\(width)_seed=\(seed)"
                        try FileManager.default.createDirectory(
                            atPath: place, withIntermediateDirectories: true)
                        let end = Self.loss(width, rate, seed, qk)
                        let table =
                            "step,eval/loss,learning_rate,mystery\n0,5.5,0,1\n"
                            + "50,3,\(rate),1\n100,\(end),0.001,1\n"
                        try table.write(
                            toFile: place + "/metrics.csv", atomically: true, encoding: .utf8)
                        try #"{"n_layer": 2, "n_params_non_embedding": \#(24 * width * width)}"#
                            .write(
                                toFile: place + "/hparams.json", atomically: true, encoding: .utf8)
                    }
                }
            }
        }
        return folder
    }

    private func object(_ path: String) throws -> [String: Any] {
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    @Test("logs become runs that studies, forecasts and reports read")
    func import_() throws {
        let scratch = try Tool.Scratch()
        let out = scratch.path + "/runs"
        let imported = try Tool.run(["import", try logs(scratch), "--out", out], in: scratch)
        #expect(imported.code == 0, "\(imported.errors)")
        #expect(imported.output.contains("112 runs: 112 finished, 0 diverged, 0 unfinished"))
        #expect(imported.output.contains("model.width: 32, 64, 128, 256 (w, name of the run)"))
        #expect(imported.output.contains("model.depth: 2 (n_layer, log), the same in all"))
        #expect(imported.output.contains("mystery"), "what is not understood is listed")

        let sensitivity = try Tool.run(["sensitivity", out, "--json"], in: scratch)
        let result = try #require(
            try JSONSerialization.jsonObject(with: Data(sensitivity.output.utf8))
                as? [String: Any], "\(sensitivity.errors)")
        #expect(sensitivity.code == Tool.exitCode(result["verdict"]))
        let lines = try #require(result["lines"] as? [[String: Any]])
        #expect(lines.count == 8)
        for line in lines {
            let width = try #require(line["width"] as? Int)
            let qk = try #require(line["variant"] as? String) == "qk=true"
            #expect(line["parameters"] as? Int == 24 * width * width)
            // S by its definition, from the numbers in the logs; event files have single precision.
            let means = Self.rates.map { rate in
                (0..<2).map { min(Self.loss(width, rate, $0, qk), 5.5) }.reduce(0, +) / 2
            }
            let lowest = try #require(means.min())
            let expected = means.reduce(0) { $0 + $1 - lowest } / Double(means.count)
            let found = try #require(line["sensitivity"] as? Double)
            #expect((found - expected).magnitude < 1e-6)
        }

        let transfer = try Tool.run(["transfer", out, "--json"], in: scratch)
        let drift = try #require(
            try JSONSerialization.jsonObject(with: Data(transfer.output.utf8)) as? [String: Any],
            "\(transfer.errors)")
        #expect(transfer.code == Tool.exitCode(drift["verdict"]))
        #expect(drift["verdict"] as? String == "PASS")
        let report = try Tool.run(["report", out], in: scratch)
        #expect(report.code == 0, "\(report.errors)")
        #expect(FileManager.default.fileExists(atPath: out + "/report.html"))
        let summary = try object(out + "/summary.json")
        #expect((summary["runs"] as? [Any])?.count == 112)
    }

    @Test("forecasts say what an imported folder lacks, and a folder is trained by no command")
    func refusals() throws {
        let scratch = try Tool.Scratch()
        let table = try scratch.file(
            "results.csv",
            "learning_rate,d_model,seed,val_loss\n"
                + [0.001, 0.01, 0.1].flatMap { rate in
                    [32, 64].flatMap { width in
                        [0, 1].map { "\(rate),\(width),\($0),\(2 + rate)\n" }
                    }
                }.joined())
        let out = scratch.path + "/runs"
        let imported = try Tool.run(["import", table, "--out", out], in: scratch)
        #expect(imported.code == 0, "\(imported.errors)")
        #expect(imported.output.contains("give --initial-loss"))
        let again = try Tool.run(["import", table, "--out", out], in: scratch)
        #expect(again.code == 64)
        #expect(again.errors.contains("holds runs already; choose another folder"))
        let forecast = try Tool.run(["forecast", out, "--target", "1M"], in: scratch)
        #expect(forecast.code == 64)
        #expect(forecast.errors.contains("import the runs with --column parameters=NAME"))
        let training = try Tool.run(["sensitivity", out, "--dry-run"], in: scratch)
        #expect(training.code == 64)
        #expect(training.errors.contains("is a folder of runs, which are read and not trained"))
        // Without a loss before the first step there is no S; with one there is.
        let without = try Tool.run(["sensitivity", out], in: scratch)
        #expect(without.code == 3)
        let reasons = try object(out + "/sensitivity.json")["lines"].debugDescription
        #expect(reasons.contains("--initial-loss"))
        let known = scratch.path + "/known"
        _ = try Tool.run(
            ["import", table, "--out", known, "--initial-loss", "5.5"], in: scratch)
        _ = try Tool.run(["sensitivity", known], in: scratch)
        let lines = try #require(
            try object(known + "/sensitivity.json")["lines"] as? [[String: Any]])
        #expect(lines.allSatisfy { $0["sensitivity"] is Double })
    }
}
