import Foundation
import RunTables
import Runs
import Telemetry
import Testing

@Suite("verify horizon", .serialized)
struct HorizonTests {
    private func configuration(_ scratch: Tool.Scratch) throws -> String {
        try scratch.file(
            "config.yaml",
            """
            model: {width: 16, depth: 1, context: 16, head-dimension: 8}
            optimizer: {learning-rate: 1e-2}
            schedule: {warmup: 0.25}
            data: {text: [\(scratch.path)/text.txt], batch: 4}
            steps: 32
            evaluation: {batches: 2}
            telemetry: {every: 3}
            """)
    }

    private func object(_ text: String) throws -> [String: Any] {
        try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    /// Everything that a run logged but its speed.
    private func series(
        _ names: [String], _ scratch: Tool.Scratch
    ) throws -> [[Metric: Series]] {
        let folder = SweepFolder(scratch.path + "/compared")
        try FileManager.default.createDirectory(
            atPath: folder.path, withIntermediateDirectories: true)
        try RunFolder(folder.path).write(
            SweepFolder.Plan(
                name: "compared", axes: [],
                cells: names.map {
                    .init(
                        name: $0, settings: [:], steps: 1,
                        folder: "../" + $0.dropFirst(scratch.path.count + 1))
                }), to: folder.plan)
        return try folder.read().rows.map { cell in
            cell.series.all.filter { $0.key != .tokensPerSecond }
        }
    }

    @Test("a branch has the bits of a run of its schedule from the start, and another run has not")
    func bits() throws {
        let scratch = try Tool.Scratch()
        let config = try configuration(scratch)
        let out = scratch.path + "/out"
        let run = try Tool.run(
            ["verify", "horizon", config, "--out", out, "--rates", "1", "--seeds", "2"],
            in: scratch)
        let plan = try #require(
            FileManager.default.contentsOfDirectory(atPath: out).first { $0 != "cells" })
        let result = try String(contentsOfFile: "\(out)/\(plan)/horizon.json", encoding: .utf8)
        #expect(
            run.code == Tool.exitCode(try object(result)["verdict"]),
            "\(run.output)\(run.errors)")
        let study = try SweepFolder(out + "/" + plan).readPlan()
        #expect(study.cells.count == 10)
        for horizon in [4, 32] {
            let cell = try #require(
                study.cells.first { $0.name.hasSuffix("seed=1,horizon=\(horizon)") })
            let branch = out + "/" + (try #require(cell.folder)).dropFirst(3)
            let steps = horizon == 4 ? 5 : 38
            #expect(RunFolder(branch).checkpointSteps == [steps])
            let scratchRun = scratch.path + "/from-the-start-\(horizon)"
            let trained = try Tool.run(
                ["train", branch + "/cell.yaml", "--out", scratchRun, "--quiet"], in: scratch)
            #expect(trained.code == 0, "\(trained.errors)")
            // The checkpoint holds configuration, losses and logits beside the tensors.
            #expect(
                try Data(contentsOf: URL(fileURLWithPath: RunFolder(branch).checkpoint(steps)))
                    == Data(
                        contentsOf: URL(fileURLWithPath: RunFolder(scratchRun).checkpoint(steps))))
            let logs = try series([branch, scratchRun], scratch)
            #expect(logs[0].count > 20 && logs[0] == logs[1])
            let losses = try [branch, scratchRun].map { try RunFolder($0).readResult()?.finalLoss }
            #expect(losses[0] != nil && losses[0] == losses[1])
            // The broken twin: the same steps with a longer descent.
            let other = scratch.path + "/other-\(horizon)"
            let sets = ["schedule.cooldown=0.5"]
            let longer = try Tool.run(
                ["train", branch + "/cell.yaml", "--out", other, "--quiet"]
                    + sets.flatMap { ["--set", $0] }, in: scratch)
            #expect(longer.code == 0, "\(longer.errors)")
            let differing = try series([branch, other], scratch)
            #expect(differing[0] != differing[1])
        }
    }

    @Test("cost, table, JSON, interventions, shared runs, stopped and resumed")
    func command() throws {
        let scratch = try Tool.Scratch()
        let config = try configuration(scratch)
        let arguments = [
            "verify", "horizon", config, "--rates", "1", "--seeds", "2", "--interventions",
            "hyperball",
        ]
        let dry = try Tool.run(arguments + ["--dry-run"], in: scratch)
        #expect(dry.code == 0, "\(dry.errors)")
        // 4 trunks of 32 steps and descents of 1, 2, 3 and 6, of 4 sequences of 16 tokens.
        #expect(
            dry.output.contains("0/20 runs done; remaining: 0.0113M tokens"), "\(dry.output)")
        #expect(dry.output.contains("branches after 4 (+1), 8 (+2), 16 (+3), 32 (+6)"))
        #expect(dry.output.contains("the configuration's schedule, cosine, is replaced"))
        let first = scratch.path + "/first"
        let run = try Tool.run(arguments + ["--out", first], in: scratch)
        #expect(run.output.contains("blocks.0.attention.query"), "\(run.output)")
        #expect(run.output.contains("drift of"))
        let again = try Tool.run(arguments + ["--out", first, "--json"], in: scratch)
        let json = try object(again.output)
        #expect(again.code == run.code && again.code == Tool.exitCode(json["verdict"]))
        #expect(json["schema"] as? String == "ballast.horizon/1")
        #expect(json["horizons"] as? [Int] == [4, 8, 16, 32])
        let recipes = try #require(json["recipes"] as? [[String: Any]])
        #expect(recipes.compactMap { $0["name"] as? String } == ["recipe", "hyperball"])
        let tensors = try #require(recipes[1]["tensors"] as? [[String: Any]])
        let query = try #require(
            tensors.first { $0["path"] as? String == "blocks.0.attention.query" })
        // Its norm is kept to rounding.
        let weight = try #require(query["weight"] as? [String: Any])
        #expect((try #require(weight["exponent"] as? Double)).magnitude < 1e-4)
        #expect(query["verdict"] as? String == "PASS")
        let optimum = try #require(recipes[0]["optimum"] as? [String: Any])
        #expect(optimum["is_asked"] as? Bool == false && optimum["drift"] is NSNull)
        let folders = try Tool.studies(in: first)
        let page = try String(contentsOfFile: "\(folders[0])/report.html", encoding: .utf8)
        let verdict = try #require(json["verdict"] as? String)
        for part in [">\(verdict)<", "hyperball", "blocks.0.attention.query", "horizon-exponents"] {
            #expect(page.contains(part), "\(part)")
        }
        // Nothing is trained again.
        let known = try Tool.run(arguments + ["--out", first, "--dry-run"], in: scratch)
        #expect(known.output.contains("20/20 runs done"), "\(known.output)")

        // Stopped once the first run has a result, and begun again: the same numbers.
        let second = scratch.path + "/second"
        let (process, _, _) = try Tool.start(
            arguments + ["--out", second, "--jobs", "1", "--json"], in: scratch)
        let cells = second + "/cells"
        while process.isRunning {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: cells)) ?? []
            if names.contains(where: { RunFolder("\(cells)/\($0)").isDone }) { break }
            Thread.sleep(forTimeInterval: 0.002)
        }
        process.terminate()
        process.waitUntilExit()
        #expect(process.terminationStatus == 143)
        let resumed = try Tool.run(arguments + ["--out", second, "--json"], in: scratch)
        #expect(resumed.code == run.code, "\(resumed.errors)")
        #expect(resumed.output == again.output)
    }

    @Test("two questions about one configuration stand side by side, and share their runs")
    func questions() throws {
        let scratch = try Tool.Scratch()
        let config = try configuration(scratch)
        let out = scratch.path + "/out"
        func ask(_ more: [String], verdict isGiven: Bool = true) throws -> Tool.Outcome {
            let outcome = try Tool.run(
                [
                    "verify", "horizon", config, "--rates", "1", "--seeds", "2", "--out", out,
                ] + more, in: scratch)
            let code = isGiven ? Tool.exitCode(printedIn: outcome.output) : 0
            #expect(outcome.code == code, "\(outcome.output) \(outcome.errors)")
            return outcome
        }
        _ = try ask([])
        let first = try #require(try Tool.studies(in: out).first)
        let result = try Data(contentsOf: URL(fileURLWithPath: first + "/horizon.json"))
        // Another intervention: the recipe's ten runs are there.
        let more = ["--interventions", "hyperball"]
        #expect(
            try ask(more + ["--dry-run"], verdict: false).output.contains("10/20 runs done"))
        _ = try ask(more)
        // Another band judges the same runs.
        let strict = try ask(["--band", "0.5"])
        #expect(strict.output.contains("10/10 runs done"))
        #expect(try Tool.studies(in: out).count == 3)
        for folder in try Tool.studies(in: out) {
            for file in ["horizon.json", "report.html"] {
                #expect(FileManager.default.fileExists(atPath: "\(folder)/\(file)"), "\(folder)")
            }
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: first + "/horizon.json")) == result)
        // The same question again has the folder that it had.
        _ = try ask([])
        #expect(try Tool.studies(in: out).count == 3)
    }

    @Test("bad studies are refused with the reason")
    func refusals() throws {
        let scratch = try Tool.Scratch()
        let config = try configuration(scratch)
        for (bad, message) in [
            (["--horizons", "1"], "one length shows no drift"),
            (["--seeds", "1"], "without a replicate"),
            (["--rates", "3"], "three learning rates on each side"),
            (["--set", "steps=33"], "the nearest that can is 32"),
            (["--interventions", "wsd"], "changes nothing here"),
            (["--interventions", "hyperbal"], "did you mean hyperball?"),
        ] {
            let refused = try Tool.run(
                ["verify", "horizon", config, "--dry-run"] + bad, in: scratch)
            #expect(refused.code == 64)
            #expect(refused.errors.contains(message), "\(refused.errors)")
        }
    }

    @Test("a decay that no decimal writes in fifteen digits is the same in trunk and branch")
    func exactDecay() throws {
        let scratch = try Tool.Scratch()
        // 10 over 48 steps.
        let run = try Tool.run(
            [
                "verify", "horizon", configuration(scratch), "--rates", "1", "--seeds", "2",
                "--set", "steps=48", "--out", scratch.path + "/out", "--json",
            ], in: scratch)
        #expect(
            run.code == Tool.exitCode(try object(run.output)["verdict"]), "\(run.errors)")
    }
}
