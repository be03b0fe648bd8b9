import Foundation
import Runs
import Testing

@Suite("transfer", .serialized)
struct TransferCommandTests {
    /// Four widths, seven learning rates, two seeds of a model that trains in a tenth of a second.
    private func study(
        _ scratch: Tool.Scratch, kind: String = "standard", count: Int = 7, seeds: String = "[0, 1]"
    ) throws -> String {
        try scratch.file(
            "\(kind).yaml",
            """
            name: \(kind)
            base:
              model: {depth: 1, context: 16, head-dimension: 8}
              data: {text: [\(scratch.path)/text.txt], batch: 8}
              parametrization: {kind: \(kind), base-width: 8}
              schedule: {warmup: 0.1}
              steps: 24
              evaluation: {every: 0, batches: 2}
              checkpoints: {every: 12}
            grid:
              model.width: [8, 16, 32, 64]
              optimizer.learning-rate: {from: 16e-3, factor: 2, count: \(count)}
            seeds: \(seeds)
            """)
    }

    private func result(_ folder: String) throws -> [String: Any] {
        let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/transfer.json"))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    /// The counts of what a dry run says for programs.
    private func cost(_ output: String) throws -> [String: Int] {
        let object = try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any]
        let cost = try #require(object?["cost"] as? [String: Any])
        return cost.compactMapValues { $0 as? Int }
    }

    @Test("says before it starts what it takes and can see, and trains nothing with --dry-run")
    func dryRun() throws {
        let scratch = try Tool.Scratch()
        let folder = scratch.path + "/out"
        let outcome = try Tool.run(
            ["transfer", study(scratch), "--dry-run", "--out", folder, "--set", "steps=20"],
            in: scratch)
        #expect(outcome.code == 0, "\(outcome.errors)")
        // 56 runs of 20 steps of 8 sequences of 16 tokens.
        #expect(outcome.output.contains("0/56 runs done; remaining: 0.143M tokens"))
        #expect(outcome.output.contains("detects a total drift of"))
        #expect(outcome.output.contains("about 0:"))
        #expect(!FileManager.default.fileExists(atPath: folder))
        let json = try Tool.run(
            ["transfer", study(scratch), "--dry-run", "--json", "--seeds", "3"], in: scratch)
        #expect(try cost(json.output)["runs"] == 84)
    }

    @Test("a study that cannot conclude is misuse, with the file, the key and the next step")
    func refusal() throws {
        let scratch = try Tool.Scratch()
        let single = try Tool.run(
            ["transfer", study(scratch, seeds: "[0]"), "--out", scratch.path + "/a"], in: scratch)
        #expect(single.code == 64)
        #expect(single.errors.contains("standard.yaml: seeds: 1: without a replicate"))
        let short = try Tool.run(
            ["transfer", study(scratch, count: 5), "--out", scratch.path + "/a"], in: scratch)
        #expect(short.code == 64)
        #expect(short.errors.contains("grid.optimizer.learning-rate: 5 learning rates"))
        let nowhere = try Tool.run(["transfer", study(scratch)], in: scratch)
        #expect(nowhere.code == 64)
        #expect(nowhere.errors.contains("--out FOLDER is needed"))
    }

    @Test("killed with its runs, a study goes on to the same bits, and judges what it trained")
    func killed() throws {
        let scratch = try Tool.Scratch()
        let study = try study(scratch)
        let (whole, cut) = (scratch.path + "/whole", scratch.path + "/cut")
        let first = try Tool.run(["transfer", study, "--out", whole], in: scratch)
        let (process, _, _) = try Tool.start(["transfer", study, "--out", cut], in: scratch)
        // It first says what the study takes, which on a busy machine is a while.
        while process.isRunning,
            !FileManager.default.fileExists(atPath: cut + "/standard/sweep.json")
        {
            Thread.sleep(forTimeInterval: 0.02)
        }
        Thread.sleep(forTimeInterval: 1)
        // With it those of its runs that are in training.
        let id = process.processIdentifier
        let list = try String(contentsOfFile: "/proc/\(id)/task/\(id)/children", encoding: .utf8)
        for child in list.split(separator: " ").compactMap({ Int32($0) }) { kill(child, SIGKILL) }
        kill(id, SIGKILL)
        process.waitUntilExit()
        let plan = try SweepFolder(cut + "/standard").readPlan()
        let halfway = SweepFolder(cut + "/standard", plan: plan)
        let done = plan.cells.filter { halfway.state(of: $0.name) == .finished }.count
        #expect(done < plan.cells.count)
        let second = try Tool.run(["transfer", study, "--out", cut, "--json"], in: scratch)
        #expect(first.code == second.code, "\(first.errors)\(second.errors)")

        let places = SweepFolder(whole + "/standard", plan: plan)
        for cell in plan.cells {
            let checkpoints = [places, halfway].map { folder -> Data? in
                let run = folder.cell(cell.name)
                return run.checkpointSteps.last.flatMap {
                    FileManager.default.contents(atPath: run.checkpoint($0))
                }
            }
            let bits = try #require(checkpoints[0])
            #expect(bits == checkpoints[1], "\(cell.name)")
        }
        // Losses, optima and verdict are functions of those bits.
        let results = try [whole, cut].map { try result($0 + "/standard") as NSDictionary }
        #expect(results[0] == results[1])
        #expect(
            try JSONSerialization.jsonObject(with: Data(second.output.utf8)) as? NSDictionary
                == results[1])
        #expect(first.code == Tool.exitCode(results[0]["verdict"]))
        #expect(first.output.contains("Does the learning rate transfer?"))

        // The wider the model, the lower its standard optimum: the curves show it, whatever the verdict.
        let series = try #require((results[0]["size_series"] as? [[String: Any]])?.first)
        let curves = try #require(series["curves"] as? [[String: Any]])
        let lowest = try curves.map { curve -> Double in
            let points = try #require(curve["points"] as? [[String: Any]])
            let known = points.compactMap { point -> (Double, Double)? in
                guard let rate = point["learning_rate"] as? Double,
                    let mean = point["mean"] as? Double
                else { return nil }
                return (rate, mean)
            }
            return try #require(known.min { $0.1 < $1.1 }).0
        }
        #expect(try #require(lowest.last) < 0.6 * lowest[0], "\(lowest)")

        // A report of the folder shows it, from the files alone; a longer grid trains what is new.
        let folder = whole + "/standard"
        try FileManager.default.removeItem(atPath: folder + "/report.html")
        #expect(try Tool.run(["report", folder], in: scratch).code == 0)
        let page = try String(contentsOfFile: folder + "/report.html", encoding: .utf8)
        #expect(page.contains("Does the learning rate transfer?"))
        #expect(page.contains("transfer-optimum-against-size"))
        let longer = try Tool.run(
            [
                "transfer", self.study(scratch, count: 8), "--out", whole, "--dry-run", "--json",
            ], in: scratch)
        #expect(try cost(longer.output)["runs"] == 64)
        #expect(try cost(longer.output)["done"] == 56)
    }
}
