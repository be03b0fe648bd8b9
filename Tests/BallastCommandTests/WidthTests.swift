import Foundation
import Testing

@Suite("what is printed fits the terminal")
struct WidthTests {
    /// The lines that are wider than a number of columns, progress left out, which on a terminal is cut to fit.
    ///
    /// A single word has nowhere to break.
    private func tooWide(_ text: String, _ columns: Int) -> [String] {
        text.split(separator: "\n").map(String.init).filter { line in
            line.count > columns && !line.hasPrefix("step ")
                && line.split(separator: " ").allSatisfy { $0.count < columns - 20 }
        }
    }

    /// The names of a command and of all that it has below it, as the parser says them.
    private func commands(_ node: [String: Any], _ above: [String] = []) -> [[String]] {
        let below = (node["subcommands"] as? [[String: Any]] ?? []).filter {
            $0["commandName"] as? String != "help"
        }
        return [above]
            + below.flatMap { commands($0, above + [$0["commandName"] as? String ?? ""]) }
    }

    @Test("the help of every command", arguments: [80, 100])
    func help(columns: Int) throws {
        let scratch = try Tool.Scratch()
        let dump = try Tool.run(["--experimental-dump-help"], in: scratch).output
        let json = try JSONSerialization.jsonObject(with: Data(dump.utf8)) as? [String: Any]
        let all = commands(try #require(json?["command"] as? [String: Any]))
        #expect(all.count > 30 && all.contains(["verify", "horizon"]))
        for command in all {
            let text = try Tool.run(
                command + ["--help"], in: scratch, environment: ["COLUMNS": "\(columns)"]
            ).output
            #expect(text.contains("USAGE: ballast"), "\(command)")
            #expect(tooWide(text, columns) == [], "\(command)")
        }
    }

    @Test("results, tables and messages", arguments: [80, 120])
    func results(columns: Int) throws {
        let scratch = try Tool.Scratch()
        _ = try scratch.file(
            "run.yaml",
            """
            model: {width: 16, depth: 2, context: 16, head-dimension: 8}
            data: {text: [text.txt], batch: 2}
            steps: 12
            evaluation: {every: 4, batches: 1}
            """)
        _ = try scratch.file(
            "sweep.yaml",
            """
            name: sweep
            base: run.yaml
            grid:
              model.qk-norm: [false, true]
              optimizer.learning-rate: [1e-3, 1e-2, 0.1]
            """)
        _ = try scratch.file(
            "log.csv", "step,loss\n" + (0..<60).map { "\($0),\(4 - 0.01 * Double($0))\n" }.joined())
        _ = try scratch.file(
            "config.json",
            """
            {"model_type": "llama", "hidden_size": 256, "num_hidden_layers": 4, "vocab_size": 32000,
            "num_attention_heads": 4, "intermediate_size": 688, "max_position_embeddings": 512}
            """)
        for command in [
            "config run.yaml", "config --keys", "config --interventions",
            "train run.yaml --out one", "train run.yaml --dry-run",
            "sweep run sweep.yaml --out sweep --dry-run", "sweep run sweep.yaml --out sweep",
            "sweep status sweep", "report one --text", "report sweep --text",
            "compare sweep/cells/qk-norm=false,learning-rate=1e-3 one", "doctor one log.csv",
            "inspect one", "recipe config.json --out recipe.yaml", "recipe config.json --all",
            "import log.csv --out imported", "judge 3.30,3.31,3.29 3.20,3.21",
            "transfer sweep.yaml --out t", "sensitivity sweep.yaml --dry-run --seeds 2",
            "coordcheck run.yaml --widths 16,32,64 --steps 2 --dry-run",
            "verify determinism run.yaml --out d", "verify permutation run.yaml --dry-run",
            "verify horizon run.yaml --dry-run --rates 1",
            "bench step --preset p64 --steps 1 --warmup 0",
        ] {
            let outcome = try Tool.run(
                command.split(separator: " ").map(String.init), in: scratch,
                environment: ["COLUMNS": "\(columns)", "NO_COLOR": "1"])
            #expect(!(outcome.output + outcome.errors).isEmpty, "\(command)")
            #expect(tooWide(outcome.output, columns) == [], "\(command)")
        }
    }

    @Test("the check can fail: without COLUMNS a table takes 120")
    func isSeen() throws {
        let scratch = try Tool.Scratch()
        let wide = try Tool.run(["config", "--wide"], in: scratch).output
        #expect(!tooWide(wide, 80).isEmpty)
    }
}
