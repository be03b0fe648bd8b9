import Formats
import Foundation
import Runs
import Testing

/// Runs that differ in what determines their result are never taken for one another.
@Suite("the identity of runs", .serialized)
struct IdentityTests {
    private func config(_ scratch: Tool.Scratch, text: String = "text.txt") throws -> String {
        try scratch.file(
            "tiny-\(UUID().uuidString).yaml",
            """
            model: {width: 16, depth: 1, context: 16, head-dimension: 8}
            optimizer: {learning-rate: 1e-2}
            data: {text: [\(text)], batch: 2}
            steps: 60
            evaluation: {every: 0, batches: 1}
            checkpoints: {every: 20, keep: 9}
            """)
    }

    private func train(
        _ config: String, _ name: String, _ scratch: Tool.Scratch, _ more: [String] = [],
        isa: String? = nil
    ) throws -> Tool.Outcome {
        try Tool.run(
            ["train", config, "--out", "\(scratch.path)/\(name)", "--quiet"] + more, in: scratch,
            environment: isa.map { ["BALLAST_ISA": $0] } ?? [:])
    }

    private var other: String { String(Tool.text(bytes: 290_000).reversed()) }

    private func bytes(_ path: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: path))
    }

    @Test("other data under the same name: neither gone on with nor taken for finished")
    func data() throws {
        let scratch = try Tool.Scratch()
        let config = try config(scratch)
        #expect(try train(config, "run", scratch, ["--stop-after", "40"]).code == 0)
        #expect(try train(config, "done", scratch).code == 0)
        let run = RunFolder(scratch.path + "/run")
        let before = try #require(try run.readManifest())
        _ = try scratch.file("text.txt", other)
        let outcome = try train(config, "run", scratch)
        #expect(outcome.code == 1)
        let digest = try #require(before.identity?.data)
        #expect(before.textDigest == digest)
        #expect(
            outcome.errors.contains(
                "holds a run of other data (text digest: \(digest.prefix(16)) of [text.txt] there, "
            ),
            "\(outcome.errors)")
        #expect(outcome.errors.contains("of [text.txt] asked for); restore the text"))
        #expect(try run.readManifest() == before && !run.isDone)
        let done = try train(config, "done", scratch)
        #expect(done.code == 1 && done.errors.contains("other data"), "\(done.errors)")

        // The same bytes under another name, from another folder, compressed or not, are the same data.
        _ = try scratch.file("text.txt", Tool.text(bytes: 300_000))
        #expect(try train(config, "whole", scratch).code == 0)
        _ = try scratch.file("moved.txt", Tool.text(bytes: 300_000))
        try FileManager.default.removeItem(atPath: scratch.path + "/text.txt")
        let moved = try self.config(scratch, text: scratch.path + "/moved.txt")
        #expect(try train(moved, "run", scratch).code == 0)
        #expect(try train(moved, "done", scratch).code == 0)
        let whole = RunFolder(scratch.path + "/whole")
        #expect(try bytes(run.checkpoint(60)) == bytes(whole.checkpoint(60)))
    }

    @Test("without its config.yaml a run is still the run of its checkpoint and manifest")
    func withoutConfiguration() throws {
        let scratch = try Tool.Scratch()
        let config = try config(scratch)
        #expect(try train(config, "run", scratch, ["--stop-after", "40"]).code == 0)
        #expect(try train(config, "done", scratch).code == 0)
        let run = RunFolder(scratch.path + "/run")
        let rate = ["--set", "optimizer.learning-rate=3e-2"]
        let difference = "(optimizer.learning-rate: 0.01 there, 0.03 asked for)"
        try FileManager.default.removeItem(atPath: run.configuration)
        // The manifest says it, and without that the checkpoint does.
        for file in [nil, run.manifest] {
            if let file { try FileManager.default.removeItem(atPath: file) }
            let outcome = try train(config, "run", scratch, rate)
            #expect(outcome.code == 1 && outcome.errors.contains(difference), "\(outcome.errors)")
            #expect(!run.exists, "a refused run leaves no configuration")
        }
        // Its own configuration goes on.
        #expect(try train(config, "run", scratch).code == 0)
        let done = RunFolder(scratch.path + "/done")
        #expect(try bytes(run.checkpoint(60)) == bytes(done.checkpoint(60)))
        try FileManager.default.removeItem(atPath: done.configuration)
        #expect(try train(config, "done", scratch, rate).errors.contains(difference))
        #expect(try train(config, "done", scratch).code == 0)
    }

    @Test("a checkpoint of another run, step or length is refused")
    func foreignCheckpoints() throws {
        let scratch = try Tool.Scratch()
        let config = try config(scratch)
        let run = RunFolder(scratch.path + "/run")
        #expect(try train(config, "run", scratch, ["--stop-after", "25"]).code == 0)
        #expect(
            try train(config, "seed", scratch, ["--stop-after", "40", "--set", "seed=1"]).code == 0)
        let seed = RunFolder(scratch.path + "/seed").checkpoint(40)
        func refused(_ file: String, at path: String, _ words: String) throws {
            try FileManager.default.copyItem(atPath: file, toPath: path)
            let outcome = try train(config, "run", scratch)
            #expect(outcome.code == 1 && outcome.errors.contains(words), "\(outcome.errors)")
            #expect(outcome.errors.contains(path), "\(outcome.errors)")
            try FileManager.default.removeItem(atPath: path)
        }
        try refused(seed, at: run.checkpoint(40), "(seed: 1 there, 0 asked for)")
        try refused(
            run.checkpoint(25), at: run.checkpoint(30), "says step 25 where its name says 30")
        #expect(
            try train(config, "long", scratch, ["--stop-after", "70", "--set", "steps=80"]).code
                == 0
        )
        try refused(
            RunFolder(scratch.path + "/long").checkpoint(70), at: run.checkpoint(70),
            "(steps: 80 there, 60 asked for)")
        // A result of another run.
        #expect(try train(config, "done", scratch, ["--set", "seed=1"]).code == 0)
        let result = RunFolder(scratch.path + "/done").result
        try FileManager.default.copyItem(atPath: result, toPath: run.result)
        let outcome = try train(config, "run", scratch)
        #expect(outcome.code == 1 && outcome.errors.contains("identity in result.json"))
        try FileManager.default.removeItem(atPath: run.result)
        #expect(try train(config, "run", scratch).code == 0)
    }

    @Test("another instruction set is asked for by a flag, and the manifest says so")
    func instructionSets() throws {
        let flags = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        guard flags.contains(" avx2 ") else { return }
        let scratch = try Tool.Scratch()
        let config = try config(scratch)
        #expect(try train(config, "run", scratch, ["--stop-after", "40"], isa: "avx2").code == 0)
        let outcome = try train(config, "run", scratch, isa: "portable")
        #expect(outcome.code == 1)
        #expect(
            outcome.errors.contains("(engine.instruction_set: avx2 there, portable asked for)"),
            "\(outcome.errors)")
        #expect(outcome.errors.contains("--accept-engine"))
        #expect(try train(config, "run", scratch, ["--accept-engine"], isa: "portable").code == 0)
        let manifest = try #require(try RunFolder(scratch.path + "/run").readManifest())
        #expect(manifest.sessions.map(\.fromStep) == [0, 40])
        #expect(
            manifest.sessions[1].accepted == ["engine.instruction_set: avx2, then portable"])
        #expect(manifest.identity?.engine?["instruction_set"] == "portable")
        // What one engine finished is not the result of another.
        #expect(try train(config, "run", scratch, isa: "avx2").code == 1)
    }

    @Test("a folder that lacks part of its identity is read, and extended by the user's word alone")
    func unknown() throws {
        let scratch = try Tool.Scratch()
        let config = try config(scratch)
        #expect(try train(config, "run", scratch, ["--stop-after", "40"]).code == 0)
        let run = RunFolder(scratch.path + "/run")
        // As a version before identities left it.
        var object = try #require(
            try JSONSerialization.jsonObject(with: bytes(run.manifest)) as? [String: Any])
        object["identity"] = nil
        object["format"] = nil
        try JSONSerialization.data(withJSONObject: object).write(
            to: URL(fileURLWithPath: run.manifest))
        let checkpoint = try SafetensorsFile(path: run.checkpoint(40))
        var metadata = checkpoint.metadata.filter { !$0.key.hasPrefix("sha256") }
        for key in metadata.keys where key.hasPrefix("engine.") { metadata[key] = nil }
        metadata["numerics"] = nil
        metadata["text_digest"] = nil
        metadata["format"] = "ballast-checkpoint-1"
        try Safetensors.write(
            try checkpoint.tensors(), metadata: metadata, to: run.checkpoint(40))
        let outcome = try train(config, "run", scratch)
        #expect(outcome.code == 1)
        #expect(
            outcome.errors.contains("does not say under which numerics version it was trained"),
            "\(outcome.errors)")
        #expect(outcome.errors.contains("--accept-unknown"))
        #expect(try train(config, "run", scratch, ["--accept-unknown"]).code == 0)
        #expect(try run.readManifest()?.sessions.last?.accepted == ["numerics: unknown"])
        // What differs is refused all the same.
        let other = try train(
            config, "run", scratch, ["--accept-unknown", "--set", "data.batch=4"])
        #expect(other.code == 1 && other.errors.contains("data.batch: 2 there, 4 asked for"))
    }

    @Test("files of a later version are no damage")
    func laterFormats() throws {
        let scratch = try Tool.Scratch()
        let config = try config(scratch)
        #expect(try train(config, "run", scratch).code == 0)
        let run = RunFolder(scratch.path + "/run")
        for file in [run.result, run.manifest] {
            let before = try bytes(file)
            try Data(#"{"format": 99, "words": []}"#.utf8).write(to: URL(fileURLWithPath: file))
            let outcome = try train(config, "run", scratch)
            #expect(outcome.code == 1)
            #expect(
                outcome.errors.contains("\(file): has format 99, and this ballast reads up to 1"),
                "\(outcome.errors)")
            try before.write(to: URL(fileURLWithPath: file))
        }
        let version = try Tool.run(["--version"], in: scratch)
        #expect(version.output.contains("formats: manifest 1, sweep 1, result 1, checkpoint 2\n"))
        #expect(version.output.contains("numerics: \(RunIdentity.numericsVersion)\n"))
        #expect(version.output.contains("\ncommit: "))
        #expect(version.output.contains("instruction set"))
    }

    @Test("two runs are compared: first what differs, then numbers with unit and step")
    func compared() throws {
        let scratch = try Tool.Scratch()
        let config = try config(scratch)
        #expect(try train(config, "a", scratch).code == 0)
        #expect(
            try train(
                config, "b", scratch,
                ["--set", "optimizer.learning-rate=3e-2", "--set", "steps=40"]
            ).code == 0)
        let paths = ["compare", scratch.path + "/a", scratch.path + "/b"]
        let text = try Tool.run(paths, in: scratch)
        #expect(text.code == 0, "\(text.errors)")
        let lines = text.output.split(separator: "\n").map(String.init)
        let words = lines.map { $0.split(separator: " ").map(String.init) }
        #expect(words.contains(["optimizer.learning-rate", "0.01", "0.03"]), "\(text.output)")
        #expect(words.contains(["steps", "60", "40"]))
        // At the last step that both have.
        let loss = try #require(words.first { $0.first == "train/loss" })
        #expect(loss.count == 6 && loss[1] == "nats" && loss[2] == "40", "\(loss)")
        #expect(lines.count < 30 && lines.last?.hasSuffix("more tags: --all") == true)
        let whole = try Tool.run(paths + ["--all"], in: scratch)
        #expect(whole.output.contains("norm/weight/head/rms"))
        let json = try Tool.run(paths + ["--json"], in: scratch)
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        let differences = try #require(object["differences"] as? [[String: String]])
        #expect(differences.map { $0["key"] } == ["optimizer.learning-rate", "steps"])
        let figures = try #require(object["figures"] as? [[String: Any]])
        let final = try #require(figures.first { $0["tag"] as? String == "final_loss" })
        let expected = try ["a", "b"].map {
            try #require(try RunFolder(scratch.path + "/" + $0).readResult()?.finalLoss)
        }
        #expect(final["difference"] as? Double == expected[1] - expected[0])
        #expect(final["unit"] as? String == "nats" && final["step"] is NSNull)
        let same = try Tool.run(["compare", scratch.path + "/a", scratch.path + "/a"], in: scratch)
        #expect(same.output.contains("configuration, data and engine are equal"))
    }
}
