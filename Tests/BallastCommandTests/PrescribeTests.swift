import Foundation
import Testing

@Suite("prescribe", .serialized)
struct PrescribeTests {
    private func recipe(_ scratch: Tool.Scratch) throws -> String {
        try scratch.file(
            "recipe.yaml",
            """
            model: {width: 16, depth: 1, context: 16, head-dimension: 8, qk-norm: true}
            optimizer: {learning-rate: 3e-2}
            data: {text: [\(scratch.path)/text.txt], batch: 4}
            steps: 24
            evaluation: {batches: 2}
            """)
    }

    private func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test(
        "stopped and run again it goes on, honours the budget, and prescribes what can be trained")
    func whole() throws {
        let scratch = try Tool.Scratch()
        let out = scratch.path + "/out"
        let recipe = try recipe(scratch)
        func command(_ budget: String, _ more: [String] = []) -> [String] {
            ["prescribe", recipe, "--target", "64x1", "--budget", budget, "--out", out] + more
        }
        // The least plan, by what this machine takes for it, and half as much again for its noise.
        let refusal = try Tool.run(command("0.001s"), in: scratch)
        #expect(refusal.code == 64)
        let word = refusal.errors.components(separatedBy: "use --budget ").last ?? ""
        let least = try #require(Double(word.dropLast(2)), "\(refusal.errors)")
        let (process, _, errors) = try Tool.start(
            command("\(1.5 * least)s"), in: scratch)
        // As soon as a run has ended, and long before the last of at least fifty.
        for _ in 0..<200 where process.isRunning {
            let cells = (try? FileManager.default.contentsOfDirectory(atPath: out + "/cells")) ?? []
            if cells.contains(where: {
                FileManager.default.fileExists(atPath: "\(out)/cells/\($0)/result.json")
            }) {
                break
            }
            Thread.sleep(forTimeInterval: 0.05)
        }
        kill(process.processIdentifier, SIGINT)
        process.waitUntilExit()
        let said = try String(contentsOfFile: errors, encoding: .utf8)
        #expect(process.terminationStatus == 130, "\(said)")
        #expect(said.contains("run the same command to resume"))

        // What is left of a budget that is used up is nothing: what is known is printed.
        let used = try Tool.run(command("0.001s", ["--json"]), in: scratch)
        #expect(used.code == 3, "\(used.errors)")
        let early = try object(used.output)
        #expect(early["verdict"] as? String == "INCONCLUSIVE")
        let (runs, missing) = (early["runs"] as? Int ?? 0, early["missing"] as? Int ?? 0)
        #expect(missing > 0 && missing < runs, "\(missing) of \(runs)")
        #expect((early["reason"] as? String)?.contains("--budget") ?? false)

        let end = try Tool.run(command("10m", ["--explain"]), in: scratch)
        for part in [
            "Proxies from the recipe", "The recipe", "The learning rate", "Warnings",
            "What was not tested", "Evidence", "held out:",
        ] {
            #expect(end.output.contains(part), "\(part)")
        }
        let own = out + "/64x1"
        let file = try String(contentsOfFile: own + "/prescription.json", encoding: .utf8)
        let result = try object(file)
        #expect(result["schema"] as? String == "ballast.prescription/2")
        #expect(end.code == Tool.exitCode(result["verdict"]), "\(end.errors)")
        #expect(result["missing"] as? Int == 0)
        let keys: Set = [
            "schema", "verdict", "reason", "target", "target_parameters", "largest_parameters",
            "extrapolation_factor", "confidence", "budget_seconds", "spent_seconds", "runs",
            "missing", "diverged",
            "plan", "proxy_changes", "target_width", "target_depth", "recipe", "learning_rate",
            "warnings", "trials", "sensitivities", "not_tested",
            "evidence", "forecasts",
        ]
        #expect(Set(result.keys) == keys)
        for entry in try #require(result["evidence"] as? [[String: Any]]) {
            for path in try #require(entry["files"] as? [String]) {
                #expect(FileManager.default.fileExists(atPath: own + "/" + path), "\(path)")
            }
        }

        let page = try String(contentsOfFile: own + "/report.html", encoding: .utf8)
        let verdict = try #require(result["verdict"] as? String)
        for part in [">\(verdict)<", "Warnings, most certain first", "forecast/recipe/report.html"]
        {
            #expect(page.contains(part), "\(part)")
        }
        for file in ["/report.html", "/forecast/recipe/report.html"] {
            try Tool.checkLinks(own + file)
        }

        // Nothing is left to train, and the result is the same.
        let again = try Tool.run(command("10m", ["--json"]), in: scratch)
        #expect(again.code == end.code)
        #expect(try object(again.output) as NSDictionary == result as NSDictionary)

        let layer = own + "/prescription.yaml"
        let config = try Tool.run(["config", layer], in: scratch)
        #expect(config.code == 0 && config.output.contains("width: 64"), "\(config.errors)")
        let train = try Tool.run(
            ["train", layer, "--out", scratch.path + "/run", "--set", "steps=2"], in: scratch)
        #expect(train.code == 0, "\(train.errors)")

        let other = try Tool.run(
            command("10m", ["--set", "optimizer.learning-rate=1e-3"]), in: scratch)
        #expect(other.code == 64 && other.errors.contains("of another recipe"), "\(other.errors)")
    }

    @Test("says what it takes before it starts, and refuses what cannot conclude")
    func plan() throws {
        let scratch = try Tool.Scratch()
        let recipe = try recipe(scratch)
        func run(_ more: [String]) throws -> Tool.Outcome {
            try Tool.run(["prescribe", recipe] + more, in: scratch)
        }
        let dry = try run(["--target", "1.3B", "--budget", "10m", "--dry-run", "--json"])
        #expect(dry.code == 0, "\(dry.errors)")
        let cost = try object(dry.output)
        #expect(cost["kind"] as? String == "prescription")
        #expect(((cost["design"] as? [String: Any])?["widths"] as? [Int])?.count ?? 0 >= 5)
        let takes = try #require(cost["cost"] as? [String: Any])
        #expect(takes["runs"] as? Int ?? 0 >= 50 && takes["seconds"] as? Double ?? 0 > 0)
        for (arguments, reason) in [
            (["--target", "1.3B", "--budget", "0.5s"], "is too small: the least that carries"),
            (["--target", "1.3B", "--budget", "soon"], "is not a valid duration"),
            (["--target", "16x1", "--budget", "10m"], "train the target itself"),
            (["--target", "big", "--budget", "10m"], "neither a number of"),
        ] {
            let outcome = try run(arguments + ["--out", scratch.path + "/no"])
            #expect(outcome.code == 64 && outcome.errors.contains(reason), "\(outcome.errors)")
        }
        #expect(!FileManager.default.fileExists(atPath: scratch.path + "/no"))
    }
}
