import Foundation
import Testing

@Suite("findings", .serialized)
struct FindingsCommandTests {
    /// A study whose second finding says the opposite of the first.
    private func study(_ scratch: Tool.Scratch) throws -> String {
        try scratch.file(
            "logits.yaml",
            """
            name: logits
            base:
              model: {depth: 1, width: 16, context: 16, head-dimension: 8, vocabulary: 256}
              optimizer: {learning-rate: 1e-2}
              data: {text: [\(scratch.path)/text.txt], batch: 4}
              steps: 12
              evaluation: {every: 0, batches: 2}
              telemetry: {every: 2}
            grid: {model.forced-logits: [1, 100]}
            seeds: [0, 1]
            findings:
              - id: larger
                source: the rescaling itself
                claim: larger kappa, larger logits
                check: {kind: ratio, of: {metric: attn/0/max_logit, read: late},
                        cells: {model.forced-logits: 100}, against: {model.forced-logits: 1},
                        expect: {above: 3}}
              - id: smaller
                source: its broken twin
                claim: larger kappa, smaller logits
                check: {kind: ratio, of: {metric: attn/0/max_logit, read: late},
                        cells: {model.forced-logits: 100}, against: {model.forced-logits: 1},
                        expect: {below: 1}}
            """)
    }

    /// A decay study that never settles.
    private func decay(_ scratch: Tool.Scratch) throws -> String {
        _ = try scratch.file(
            "recipes.yaml",
            """
            name: recipes
            base:
              model: {width: 16, depth: 1, context: 16, head-dimension: 8, qk-norm: true}
              optimizer: {learning-rate: 1e-2, clip: 0}
              data: {text: [\(scratch.path)/text.txt], batch: 4}
              evaluation: {batches: 2}
              steps: 80
            variants:
              AdamW: {optimizer.rule: adamw, optimizer.weight-decay.form: decoupled}
              AdamC: {optimizer.rule: adamc, optimizer.weight-decay.form: corrected}
            """)
        return try scratch.file(
            "rise.yaml",
            """
            name: rise
            decay: recipes.yaml
            findings:
              - id: unsettled
                source: none
                claim: the ratio keeps to its law
                check: {kind: value, of: {decay: law-distance}, cells: {variant: AdamW},
                        expect: {below: 1.05}}
            """)
    }

    private func object(_ text: String) throws -> [String: Any] {
        try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test("cost, answers, table, JSON; what is there is not trained again")
    func findings() throws {
        let scratch = try Tool.Scratch()
        let (grid, decay) = (try study(scratch), try decay(scratch))
        let out = scratch.path + "/out"
        let dry = try Tool.run(["findings", grid, decay, "--dry-run"], in: scratch)
        #expect(dry.code == 0, "\(dry.errors)")
        // 4 runs of 12 steps and 4 of 80, of 4 sequences of 16 tokens.
        #expect(
            dry.output.contains("0/8 runs done; remaining: 0.0236M tokens"), "\(dry.output)")
        #expect(dry.output.contains("larger: larger kappa, larger logits (the rescaling itself)"))
        #expect(!FileManager.default.fileExists(atPath: out))

        let first = try Tool.run(["findings", grid, "--out", out], in: scratch)
        #expect(first.code == 0, "\(first.output)\(first.errors)")
        for pattern in [/agrees +larger: larger/, /disagrees +smaller: larger/] {
            #expect(first.output.firstMatch(of: pattern) != nil, "\(first.output)")
        }
        #expect(first.output.contains("1 agree, 1 disagree, 0 cannot say"))
        let table = try String(contentsOfFile: out + "/findings.md", encoding: .utf8)
        #expect(table.split(separator: "\n").count == 4)
        #expect(table.contains("| larger kappa, larger logits (the rescaling itself) |"))

        let page = try String(contentsOfFile: out + "/report.html", encoding: .utf8)
        let data = try Data(contentsOf: URL(fileURLWithPath: out + "/findings.json"))
        let written = try object(String(decoding: data, as: UTF8.self))
        let found = try #require((written["findings"] as? [[String: Any]])?.first)
        #expect(found["expected_low"] as? Double == 3 && found["expected_high"] is NSNull)
        let estimate = String(format: "%.3g", try #require(found["estimate"] as? Double))
        for part in [
            ">agrees<", ">disagrees<", "larger kappa, larger logits", "\(estimate) (",
            "figures/finding-smaller.csv",
        ] { #expect(page.contains(part), "\(part)") }
        try Tool.checkLinks(out + "/report.html")

        let both = try Tool.run(
            ["findings", grid, decay, "--out", out, "--json"], in: scratch)
        #expect(both.code == 3, "\(both.errors)")
        let json = try object(both.output)
        #expect(json["schema"] as? String == "ballast.findings/1")
        #expect(json["cannot_say"] as? Int == 1)
        let entries = try #require(json["findings"] as? [[String: Any]])
        #expect(
            entries.compactMap { $0["answer"] as? String } == ["agrees", "disagrees", "cannot say"])
        #expect(entries[2]["estimate"] is NSNull)
        // A study asked alone answers alone; the folder keeps the others, in their order.
        let file = try Data(contentsOf: URL(fileURLWithPath: out + "/findings.json"))
        let alone = try Tool.run(["findings", grid, "--out", out], in: scratch)
        #expect(alone.code == 0, "\(alone.errors)")
        #expect(alone.output.contains("1 agree, 1 disagree, 0 cannot say"))
        #expect(alone.output.contains("with those of other studies, 1"), "\(alone.output)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: out + "/findings.json")) == file)
        let again = try Tool.run(["findings", grid, decay, "--out", out, "--dry-run"], in: scratch)
        #expect(again.output.contains("8/8 runs done; remaining: 0M tokens"), "\(again.output)")
        // The same runs, the same numbers; one that is lost is trained again to the same bits.
        let cell = try #require(
            FileManager.default.contentsOfDirectory(atPath: out + "/cells").first)
        try FileManager.default.removeItem(atPath: out + "/cells/" + cell)
        #expect(try Tool.run(["findings", grid, decay, "--out", out], in: scratch).code == 3)
        #expect(try Data(contentsOf: URL(fileURLWithPath: out + "/findings.json")) == file)
        try "{}".write(toFile: out + "/findings.json", atomically: true, encoding: .utf8)
        let damaged = try Tool.run(["findings", grid, "--out", out], in: scratch)
        #expect(damaged.code == 1 && damaged.errors.contains("findings.json: cannot be read"))
    }

    @Test("misuse: no folder, one seed, a finding of the same name twice")
    func misuse() throws {
        let scratch = try Tool.Scratch()
        let grid = try study(scratch)
        for (arguments, message) in [
            ([grid], "--out FOLDER is needed"), ([grid, "--dry-run", "--seeds", "1"], "--seeds 1"),
            ([grid, grid, "--dry-run"], "two are called logits"),
            ([try scratch.configuration(), "--dry-run"], "findings: is not a list of findings"),
        ] {
            let refused = try Tool.run(["findings"] + arguments, in: scratch)
            #expect(refused.code == 64, "\(refused.output)")
            #expect(refused.errors.contains(message), "\(refused.errors)")
        }
    }
}
