import Foundation
import Testing

@Suite("ballast config")
struct ConfigTests {
    @Test("tells for each parameter how it moves, and reads its own output")
    func parameters() throws {
        let scratch = try Tool.Scratch()
        let config = try scratch.configuration()
        let sets = ["--set", "optimizer.rule=muon", "--set", "optimizer.auxiliary-rate=0.5"]
        let outcome = try Tool.run(["config", config, "--wide"] + sets, in: scratch)
        #expect(outcome.code == 0)
        let lines = outcome.output.split(separator: "\n")
        let header = try #require(lines.first { $0.contains("parameter  ") })
        for column in ["role", "fan-in", "fan-out", "init", "LR x", "decay", "rms", "spectral"] {
            #expect(header.contains(column))
        }
        let query = try #require(lines.first { $0.contains("blocks.0.attention.query ") })
        #expect(query.contains("muon") && query.contains("0.2 √max(rows, columns) U Vᵀ"))
        let embedding = try #require(lines.first { $0.contains("# embedding ") })
        #expect(embedding.contains("adamw") && embedding.contains("0.500"))
        let again = try Tool.run(
            ["config", try scratch.file("again.yaml", outcome.output), "--wide"], in: scratch)
        #expect(again.output == outcome.output)
        // What does not fit the terminal is left out, and named.
        let narrow = try Tool.run(["config", config] + sets, in: scratch).output
            .split(separator: "\n").filter { $0.hasPrefix("# ") }
        #expect(narrow.allSatisfy { $0.count <= 120 })
        #expect(narrow.contains { $0.contains("not shown here: ") && $0.contains("update") })
    }

    @Test("lists the interventions, and resolves those that are named")
    func interventions() throws {
        let scratch = try Tool.Scratch()
        let list = try Tool.run(["config", "--interventions"], in: scratch)
        #expect(list.code == 0)
        #expect(list.output.contains("z-loss: penalises"))
        #expect(list.output.contains("sets optimizer.epsilon=1e-15 (default of =VALUE)"))
        let json = try Tool.run(["config", "--interventions", "--json"], in: scratch)
        let entries = try #require(
            try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]])
        let norm = try #require(entries.first { $0["name"] as? String == "qk-norm" })
        #expect((norm["settings"] as? [[String: String]])?.first?["key"] == "model.qk-norm")
        #expect(norm["changes_learning_rate"] as? Bool == false)
        let sets = ["--set", "interventions=[qk-norm-full, output-softcap=20]"]
        let resolved = try Tool.run(["config"] + sets, in: scratch)
        #expect(resolved.output.contains("qk-norm-span: full"))
        #expect(resolved.output.contains("output-softcap: 2"))
        #expect(!resolved.output.contains("interventions"))
        let wrong = try Tool.run(["config", "--json"], in: scratch)
        #expect(wrong.code == 64)
    }
}
