import Testing

@Suite("ballast config")
struct ConfigTests {
    @Test("tells for each parameter how it moves, and reads its own output")
    func parameters() throws {
        let scratch = try Tool.Scratch()
        let config = try scratch.configuration()
        let sets = ["--set", "optimizer.rule=muon", "--set", "optimizer.auxiliary-rate=0.5"]
        let outcome = try Tool.run(["config", config] + sets, in: scratch)
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
            ["config", try scratch.file("again.yaml", outcome.output)], in: scratch)
        #expect(again.output == outcome.output)
    }
}
