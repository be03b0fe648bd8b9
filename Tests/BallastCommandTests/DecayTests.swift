import Foundation
import Testing

@Suite("decay")
struct DecayCommandTests {
    private func study(_ scratch: Tool.Scratch) throws -> String {
        try scratch.file(
            "study.yaml",
            """
            name: small
            base:
              model: {width: 16, depth: 1, context: 16, head-dimension: 8, qk-norm: true}
              optimizer: {learning-rate: 1e-2, clip: 0}
              data: {text: [\(scratch.path)/text.txt], batch: 4}
              evaluation: {batches: 2}
              steps: 80
            variants:
              AdamW: {optimizer.rule: adamw, optimizer.weight-decay.form: decoupled}
              AdamC: {optimizer.rule: adamc, optimizer.weight-decay.form: corrected}
            seeds: [0, 1]
            """)
    }

    @Test(
        "says what it takes, trains what is missing to the same numbers, and never settles silently"
    )
    func decay() throws {
        let scratch = try Tool.Scratch()
        let study = try study(scratch)

        let out = scratch.path + "/out"
        // Decoupled decay of 1e-4 per step's learning rate: nothing moves in 80 steps.
        let decay = [study, "--set", "optimizer.weight-decay.reference-steps=0"]
        let dry = try Tool.run(["decay"] + decay + ["--dry-run"], in: scratch)
        #expect(dry.output.contains("0/4 runs done; remaining: 0.0205M tokens, about 0:"))
        let first = try Tool.run(["decay"] + decay + ["--out", out], in: scratch)
        #expect(first.code == 3, "\(first.errors)")
        #expect(first.output.contains("never settled"))
        #expect(first.output.contains("blocks.0.attention.query"))
        let json = try Data(contentsOf: URL(fileURLWithPath: out + "/decay.json"))
        let object = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
        #expect(object["schema"] as? String == "ballast.decay/1")

        try Tool.checkLinks(out + "/report.html")
        let page = try String(contentsOfFile: out + "/report.html", encoding: .utf8)
        #expect(page.contains(">INCONCLUSIVE<") && page.contains("blocks.0.attention.query"))

        try FileManager.default.removeItem(atPath: out + "/runs/AdamC-seed1.json")
        let again = try Tool.run(["decay"] + decay + ["--out", out], in: scratch)
        #expect(again.output.contains("3/4 runs done; remaining: 0.00512M tokens"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: out + "/decay.json")) == json)

        let other = try Tool.run(
            ["decay", study, "--out", out, "--set", "steps=90"], in: scratch)
        #expect(other.code == 1 && other.errors.contains("of another configuration"))
        let nowhere = try Tool.run(["decay", study], in: scratch)
        #expect(nowhere.code == 64 && nowhere.errors.contains("--out FOLDER is needed"))
    }

    @Test("killed within a run it goes on from there, to the same bits")
    func killed() throws {
        let scratch = try Tool.Scratch()
        let study = try study(scratch)
        func arguments(_ out: String) -> [String] {
            ["decay", study, "--out", scratch.path + "/" + out, "--set", "steps=1200"]
        }
        #expect(try Tool.run(arguments("whole"), in: scratch).code == 3)
        let out = scratch.path + "/killed"
        let (process, _, _) = try Tool.start(arguments("killed"), in: scratch)
        let checkpoint = out + "/runs/AdamW-seed0.safetensors"
        while !FileManager.default.fileExists(atPath: checkpoint), process.isRunning {
            usleep(1000)
        }
        try #require(process.isRunning)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try #require(FileManager.default.fileExists(atPath: checkpoint))
        let rest = try Tool.run(arguments("killed"), in: scratch)
        #expect(rest.code == 3, "\(rest.errors)")
        let open = try #require(
            rest.output.firstMatch(of: /0\/4 runs done; remaining: ([0-9.]+)M tokens/)
                .flatMap { Double($0.1) })
        // 1,200 steps of 64 tokens each.
        #expect(open < 0.3072 && open >= 0.2304, "\(rest.output)")
        #expect(
            try Data(contentsOf: URL(fileURLWithPath: out + "/decay.json"))
                == Data(contentsOf: URL(fileURLWithPath: scratch.path + "/whole/decay.json")))
        #expect(!FileManager.default.fileExists(atPath: checkpoint))
        // A checkpoint that is damaged, and one of another configuration, are named.
        try FileManager.default.removeItem(atPath: out + "/runs/AdamW-seed0.json")
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: checkpoint))
        let damaged = try Tool.run(arguments("killed"), in: scratch)
        #expect(damaged.code == 1 && damaged.errors.contains("AdamW-seed0.safetensors"))
    }
}
