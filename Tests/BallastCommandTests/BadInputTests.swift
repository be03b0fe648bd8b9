import Foundation
import Runs
import Testing

@Suite("bad input is a clear error and the right exit code")
struct BadInputTests {
    private func train(
        _ config: String, _ scratch: Tool.Scratch, _ more: [String] = []
    ) throws -> Tool.Outcome {
        try Tool.run(
            ["train", config, "--out", scratch.path + "/run", "--quiet"] + more, in: scratch)
    }

    @Test("an unknown key names its neighbours")
    func unknownKey() throws {
        let scratch = try Tool.Scratch()
        let config = try scratch.file("bad.yaml", "optimizer: {learning-rat: 1e-3}\n")
        let outcome = try train(config, scratch)
        #expect(outcome.code == 64)
        #expect(outcome.errors.contains("unknown key optimizer.learning-rat"))
        #expect(outcome.errors.contains("did you mean optimizer.learning-rate?"))
        #expect(outcome.errors.contains("beta1"))
        #expect(!FileManager.default.fileExists(atPath: scratch.path + "/run"))
    }

    @Test(
        "a run that no machine holds is refused before anything is allocated, and a dry run says so"
    )
    func memory() throws {
        let scratch = try Tool.Scratch()
        let config = try scratch.configuration()
        let outcome = try train(config, scratch, ["--set", "data.batch=100000000"])
        #expect(outcome.code == 64)
        #expect(outcome.errors.contains("data.batch: the run takes about"), "\(outcome.errors)")
        #expect(outcome.errors.contains("are left on this machine; a batch of"))
        #expect(!FileManager.default.fileExists(atPath: scratch.path + "/run"))
        let dry = try Tool.run(["train", config, "--dry-run"], in: scratch)
        #expect(dry.code == 0, "\(dry.errors)")
        #expect(dry.output.contains("60 steps of 8 x 32 tokens"), "\(dry.output)")
        #expect(
            dry.output.contains("MB of memory (parameters") && dry.output.contains("checkpoints"))
        #expect(try Tool.run(["train", config], in: scratch).code == 64)
    }

    @Test("an override of an unknown key, or of the wrong kind")
    func overrides() throws {
        let scratch = try Tool.Scratch()
        let config = try scratch.configuration()
        let unknown = try train(config, scratch, ["--set", "model.widht=32"])
        #expect(unknown.code == 64)
        #expect(unknown.errors.contains("did you mean model.width"))
        let kind = try train(config, scratch, ["--set", "model.width=wide"])
        #expect(kind.code == 64)
        #expect(kind.errors.contains("model.width"))
    }

    @Test("a width that heads do not divide")
    func impossibleShape() throws {
        let scratch = try Tool.Scratch()
        let config = try scratch.configuration()
        let outcome = try train(config, scratch, ["--set", "model.width=40"])
        #expect(outcome.code == 64)
        #expect(
            outcome.errors.contains(
                "model.width: 40 is not a multiple of model.head-dimension, 16; the nearest widths "
                    + "are 32 and 48"))
    }

    @Test("an empty text, a text with NUL bytes, a vocabulary that is too small")
    func texts() throws {
        let scratch = try Tool.Scratch()
        let empty = try scratch.file("empty.txt", "")
        let nul = try scratch.file("nul.txt", Tool.text(bytes: 100_000) + "a\0b")
        let config = try scratch.configuration()
        let first = try train(config, scratch, ["--set", "data.text=[\(empty)]"])
        #expect(first.code == 1)
        #expect(first.errors.contains("empty"))
        let second = try train(config, scratch, ["--set", "data.text=[\(nul)]"])
        #expect(second.code == 1)
        #expect(second.errors.contains("NUL") && second.errors.contains("nul.txt"))
        let third = try train(config, scratch, ["--set", "model.vocabulary=64"])
        #expect(third.code == 64)
        #expect(third.errors.contains("model.vocabulary: 64 needs a tokenizer"))
        #expect(third.errors.contains("bytes, one token each, which need 256"))
    }

    @Test("bytes that are not UTF-8 are text")
    func anyBytes() throws {
        let scratch = try Tool.Scratch()
        var bytes = [UInt8](Tool.text(bytes: 100_000).utf8)
        for index in stride(from: 0, to: bytes.count, by: 7) { bytes[index] = 0xff }
        try Data(bytes).write(to: URL(fileURLWithPath: scratch.path + "/latin.txt"))
        let outcome = try train(
            scratch.configuration(), scratch,
            ["--set", "data.text=[\(scratch.path)/latin.txt]", "--set", "steps=5"])
        #expect(outcome.code == 0, "\(outcome.errors)")
    }

    @Test("a folder that is no run, and one of another configuration")
    func folders() throws {
        let scratch = try Tool.Scratch()
        let report = try Tool.run(["report", scratch.path], in: scratch)
        #expect(report.code == 1)
        #expect(report.errors.contains("not a folder of ballast (no sweep.json)"))
        let compare = try Tool.run(["compare", scratch.path, scratch.path, "--exact"], in: scratch)
        #expect(compare.code == 1)
        #expect(compare.errors.contains("no config.yaml"))
        let config = try scratch.configuration()
        #expect(try train(config, scratch, ["--set", "steps=5"]).code == 0)
        let other = try train(config, scratch, ["--set", "steps=6"])
        #expect(other.code == 1)
        #expect(
            other.errors.contains(
                "another configuration (steps: 5 there, 6 asked for); choose another --out"))
    }

    @Test("a corrupt and a truncated checkpoint")
    func checkpoints() throws {
        let scratch = try Tool.Scratch()
        let config = try scratch.configuration("seed: 2")
        #expect(try train(config, scratch).code == 0)
        let folder = RunFolder(scratch.path + "/run")
        try FileManager.default.removeItem(atPath: folder.result)
        let path = folder.checkpoint(60)
        let good = try Data(contentsOf: URL(fileURLWithPath: path))

        var flipped = good
        flipped[good.count - 100] ^= 1
        try flipped.write(to: URL(fileURLWithPath: path))
        let note = "step-00000060.safetensors is damaged; going on from the checkpoint of step 56"
        let corrupt = try train(config, scratch)
        #expect(corrupt.code == 0)
        #expect(corrupt.errors.contains(note), "\(corrupt.errors)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == good)

        try FileManager.default.removeItem(atPath: folder.result)
        try good.prefix(good.count - 1).write(to: URL(fileURLWithPath: path))
        let truncated = try train(config, scratch)
        #expect(truncated.code == 0)
        #expect(truncated.errors.contains(note), "\(truncated.errors)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == good)

        // Where none is whole, nothing begins anew by itself; the advice works.
        try FileManager.default.removeItem(atPath: folder.result)
        for step in folder.checkpointSteps {
            try good.prefix(100).write(to: URL(fileURLWithPath: folder.checkpoint(step)))
        }
        let none = try train(config, scratch)
        #expect(none.code == 1)
        #expect(none.errors.contains("step-00000060.safetensors"), "\(none.errors)")
        for step in folder.checkpointSteps {
            try FileManager.default.removeItem(atPath: folder.checkpoint(step))
        }
        #expect(try train(config, scratch).code == 0)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == good)
    }

    @Test("a full disk leaves no half-written file, and the run goes on later")
    func fullDisk() throws {
        let scratch = try Tool.Scratch()
        let config = try scratch.configuration("seed: 4")
        // Fills the token cache.
        #expect(try train(config, scratch, ["--set", "steps=1"]).code == 0)
        let folder = RunFolder(scratch.path + "/small")
        // A limit on file sizes stands for the full disk: checkpoints do not fit, the log does.
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = [
            "-c", "trap '' XFSZ; ulimit -f 40; exec \"$0\" train \"$1\" --out \"$2\" --quiet",
            Tool.url.path, config, folder.path,
        ]
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["BALLAST_HOME": scratch.path + "/home"]
        ) { $1 }
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let message = String(
            decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 1)
        #expect(message.contains("safetensors"))
        #expect(folder.checkpointSteps.isEmpty)
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.checkpoints)
        #expect(left.isEmpty, "\(left)")
        #expect(
            try Tool.run(["train", config, "--out", folder.path, "--quiet"], in: scratch).code == 0)
    }

    @Test("misuse of the command line is 64, a file that cannot be read 1, help 0")
    func usage() throws {
        let scratch = try Tool.Scratch()
        #expect(try Tool.run(["train"], in: scratch).code == 64)
        #expect(
            try Tool.run(["train", "x.yaml", "--out", "y", "--threads", "0"], in: scratch).code
                == 64)
        #expect(try Tool.run(["bench", "step", "--preset", "p1"], in: scratch).code == 64)
        for command in ["train", "sweep", "report", "config", "program", "compare", "bench"] {
            #expect(try Tool.run([command, "--help"], in: scratch).code == 0, "\(command)")
        }
        let missing = try train(scratch.path + "/none.yaml", scratch)
        #expect(missing.code == 1)
        #expect(missing.errors.contains("no such file"))
    }
}
