import Foundation
import Runs
import Testing

@Suite("verify and sensitivity", .serialized)
struct VerifyTests {
    private func configuration(_ scratch: Tool.Scratch) throws -> String {
        try scratch.file(
            "config.yaml",
            """
            model: {width: 16, depth: 1, context: 16, head-dimension: 8}
            optimizer: {learning-rate: 1e-2}
            data: {text: [\(scratch.path)/text.txt], batch: 4}
            steps: 16
            evaluation: {every: 8, batches: 3}
            """)
    }

    private func object(_ text: String) throws -> [String: Any] {
        try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test("determinism passes, and fails where one run is another's")
    func determinism() throws {
        let scratch = try Tool.Scratch()
        let config = try configuration(scratch)
        let arguments = [
            "verify", "determinism", config, "--out", scratch.path + "/out", "--every", "4",
        ]
        let first = try Tool.run(arguments, in: scratch)
        #expect(first.code == 0, "\(first.output)\(first.errors)")
        #expect(first.output.contains("PASS"))
        #expect(first.output.contains("one run cut after 8"))
        // Nothing is trained again.
        let second = try Tool.run(arguments + ["--json"], in: scratch)
        #expect(second.code == 0)
        #expect(!second.errors.contains("training"))
        let json = try object(second.output)
        #expect(json["schema"] as? String == "ballast.determinism/1")
        let variations = try #require(json["variations"] as? [[String: Any]])
        #expect(
            variations.compactMap { $0["name"] as? String }
                == ["baseline", "rerun", "threads-2", "threads-3", "resumed"])
        // A cut between two checkpoints is no difference.
        let whole = try Tool.run(
            Array(arguments.dropLast(1)) + ["16", "--other-threads", "2"], in: scratch)
        #expect(whole.code == 0, "\(whole.output)")
        for name in try FileManager.default.contentsOfDirectory(atPath: scratch.path + "/out")
        where !FileManager.default.fileExists(atPath: "\(scratch.path)/out/\(name)/threads-3") {
            try FileManager.default.removeItem(atPath: "\(scratch.path)/out/\(name)")
        }
        // Another question about the same configuration has a folder of its own.
        let fewer = try Tool.run(
            arguments + ["--other-threads", "4", "--json"], in: scratch)
        #expect(fewer.code == 0, "\(fewer.errors)")
        let folders = try FileManager.default.contentsOfDirectory(atPath: scratch.path + "/out")
        #expect(folders.count == 2)
        for name in folders
        where FileManager.default.fileExists(atPath: "\(scratch.path)/out/\(name)/threads-4") {
            try FileManager.default.removeItem(atPath: "\(scratch.path)/out/\(name)")
        }
        let out = try #require(
            FileManager.default.contentsOfDirectory(atPath: scratch.path + "/out").first)
        let folder = scratch.path + "/out/" + out
        // A run that was stopped before its first step, since whoever started it was no more, is gone on with.
        try FileManager.default.removeItem(atPath: folder + "/rerun")
        let stopped = try Tool.run(
            ["train", folder + "/config.yaml", "--out", folder + "/rerun", "--quiet"], in: scratch,
            environment: ["BALLAST_PARENT": "1"])
        #expect(stopped.code == 143 && stopped.errors.contains("step 0"), "\(stopped.errors)")
        let resumed = try Tool.run(arguments, in: scratch)
        #expect(resumed.code == 0, "\(resumed.output)")
        // The broken twin: a run of another seed in place of the repetition.
        func page() throws -> String {
            try String(contentsOfFile: folder + "/report.html", encoding: .utf8)
        }
        #expect(try page().contains(">PASS<") && page().contains("threads-3"))
        let other = scratch.path + "/other"
        let sets = [
            "seed=1", "telemetry.every=1", "checkpoints.every=4", "checkpoints.keep=9",
        ]
        let trained = try Tool.run(
            ["train", config, "--out", other, "--quiet"] + sets.flatMap { ["--set", $0] },
            in: scratch)
        #expect(trained.code == 0, "\(trained.errors)")
        try FileManager.default.removeItem(atPath: folder + "/rerun/checkpoints")
        try FileManager.default.copyItem(
            atPath: other + "/checkpoints", toPath: folder + "/rerun/checkpoints")
        let swapped = try Tool.run(arguments, in: scratch)
        #expect(swapped.code == 2)
        // The losses are still the same; the tensors differ from the first checkpoint on.
        #expect(swapped.output.contains("rerun: step 4, parameter/"), "\(swapped.output)")
        #expect(try page().contains(">FAIL<") && page().contains("step 4, parameter/"))
        for name in try FileManager.default.contentsOfDirectory(atPath: folder + "/rerun")
        where name.hasPrefix("events") {
            try FileManager.default.removeItem(atPath: "\(folder)/rerun/\(name)")
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: other)
        where name.hasPrefix("events") {
            try FileManager.default.copyItem(
                atPath: "\(other)/\(name)", toPath: "\(folder)/rerun/\(name)")
        }
        let seeded = try Tool.run(arguments, in: scratch)
        #expect(seeded.code == 2)
        #expect(seeded.output.contains("rerun: step 0, val/loss"), "\(seeded.output)")
    }

    @Test("permutation: cost, table, JSON, shared runs, misuse")
    func permutation() throws {
        let scratch = try Tool.Scratch()
        let config = try configuration(scratch)
        let arguments = ["verify", "permutation", config, "--orders", "2", "--seeds", "2"]
        let dry = try Tool.run(arguments + ["--dry-run"], in: scratch)
        #expect(dry.code == 0, "\(dry.errors)")
        // 4 runs of 16 steps of 4 sequences of 16 tokens.
        #expect(
            dry.output.contains("0/4 runs done; remaining: 0.00410M tokens"), "\(dry.output)"
        )
        let run = try Tool.run(
            arguments + [
                "--out", scratch.path + "/out", "--control", "model.qk-norm=true", "--json",
            ],
            in: scratch)
        let json = try object(run.output)
        #expect(run.code == Tool.exitCode(json["verdict"]), "\(run.errors)")
        #expect(json["schema"] as? String == "ballast.permutation/1")
        let recipes = try #require(json["recipes"] as? [[String: Any]])
        #expect(recipes.compactMap { $0["name"] as? String } == ["recipe", "model.qk-norm=true"])
        let losses = try #require(recipes[0]["losses"] as? [[Double]])
        #expect(Set(losses.joined()).count == 4, "an order and a seed each change the loss")
        let distances = try #require(recipes[0]["distances"] as? [[String: Any]])
        #expect(distances.count == 3)
        let study = try #require(try Tool.studies(in: scratch.path + "/out").first)
        let page = try String(contentsOfFile: study + "/report.html", encoding: .utf8)
        let verdict = try #require(json["verdict"] as? String)
        for part in [">\(verdict)<", "model.qk-norm=true", "permutation-spreads", "--control"] {
            #expect(page.contains(part), "\(part)")
        }
        try Tool.checkLinks(study + "/report.html")
        // A second question trains what is new and no more.
        let more = try Tool.run(
            [
                "verify", "permutation", config, "--orders", "3", "--seeds", "2", "--dry-run",
                "--out",
            ]
                + [scratch.path + "/out"], in: scratch)
        #expect(more.output.contains("4/6 runs done"), "\(more.output)")
        for (bad, message) in [
            (["--orders", "1"], "one order has no spread"),
            (["--seeds", "1"], "without a replicate"),
            (["--control", "steps=16"], "changes nothing"),
        ] {
            let refused = try Tool.run(
                ["verify", "permutation", config, "--dry-run"] + bad, in: scratch)
            #expect(refused.code == 64)
            #expect(refused.errors.contains(message), "\(refused.errors)")
        }
    }

    @Test("sensitivity: cost, verdict, JSON, report, shared runs")
    func sensitivity() throws {
        let scratch = try Tool.Scratch()
        func study(_ name: String, _ variants: String) throws -> String {
            try scratch.file(
                "\(name).yaml",
                """
                name: \(name)
                base:
                  model: {depth: 1, context: 16, head-dimension: 8}
                  data: {text: [\(scratch.path)/text.txt], batch: 4}
                  steps: 12
                  evaluation: {every: 0, batches: 2}
                variants: \(variants)
                grid:
                  model.width: [8, 16]
                  optimizer.learning-rate: [1e-3, 1e-2, 1e-1]
                seeds: [0, 1]
                """)
        }
        let first = try study("first", "{none: {}, qk-norm: {model.qk-norm: true}}")
        let second = try study("second", "{none: {}, z-loss: {loss.z-loss: 0.1}}")
        let out = scratch.path + "/out"
        let run = try Tool.run(["sensitivity", first, "--out", out, "--json"], in: scratch)
        let json = try object(run.output)
        #expect(run.code == Tool.exitCode(json["verdict"]), "\(run.errors)")
        #expect(json["schema"] as? String == "ballast.sensitivity/1")
        #expect((json["lines"] as? [[String: Any]])?.count == 4)
        let names = try FileManager.default.contentsOfDirectory(atPath: out + "/first")
        #expect(names.contains("sensitivity.json") && names.contains("report.html"))
        // The page holds the comparison, made by the study or anew by `report`.
        let report = out + "/first/report.html"
        for _ in 0..<2 {
            let page = try String(contentsOfFile: report, encoding: .utf8)
            let verdict = try #require(json["verdict"] as? String)
            #expect(page.contains("How sensitive is the loss to the learning rate?"))
            #expect(page.contains(">\(verdict)<") && page.contains("against none"))
            try FileManager.default.removeItem(atPath: report)
            #expect(try Tool.run(["report", out + "/first"], in: scratch).code == 0)
        }
        // The baseline is trained once for both studies.
        let dry = try Tool.run(
            ["sensitivity", first, second, "--out", out, "--dry-run"], in: scratch)
        #expect(dry.code == 0, "\(dry.errors)")
        #expect(dry.output.contains("24/24 runs done"), "\(dry.output)")
        #expect(dry.output.contains("12/24 runs done"))
        #expect(dry.output.contains("2 studies: 36 different runs"))
        #expect(dry.output.contains("warm-up over 1 step, 5% (published: 5000 steps, 5%)"))
        let refused = try Tool.run(
            ["sensitivity", first, "--dry-run", "--seeds", "1"], in: scratch)
        #expect(refused.code == 64)
        #expect(refused.errors.contains("without replicates"))
    }
}
