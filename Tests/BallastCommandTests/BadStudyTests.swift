import Foundation
import Testing

@Suite("bad studies and words are a clear error and misuse")
struct BadStudyTests {
    private func sweep(_ study: String, _ scratch: Tool.Scratch) throws -> Tool.Outcome {
        let path = try scratch.file("study.yaml", study)
        return try Tool.run(
            ["sweep", "run", path, "--out", scratch.path + "/sweep"], in: scratch)
    }

    @Test("a grid that is empty or missing, and grids of what one key does not take")
    func grids() throws {
        let scratch = try Tool.Scratch()
        let base = "base: {steps: 5}\n"
        for (study, message) in [
            (base, "study.yaml: grid: is missing, and nothing else is swept"),
            (base + "grid: {}\n", "study.yaml: grid: holds no key paths with values"),
            (base + "grid:\n", "study.yaml: grid: holds no key paths with values"),
            (base + "grid: {steps: []}\n", "study.yaml: grid.steps: is not a list of values"),
            (base + "grid: {steps: [0100, 1_00]}\n", "steps: 0100 has a leading zero"),
            (base + "grid: {steps: [100, 1e2]}\n", "steps=100 appears twice"),
            (
                base + "grid: {steps: [5, 6]}\nseeds: [0, 00]\n",
                "seed: 00 has a leading zero, which makes it octal in YAML 1.1; write 0"
            ),
            (base + "grid: {steps: [5, null]}\n", "steps: is empty, and null does not switch"),
            (base + "grid: {optimizer.clip: [0, null]}\n", "clip=0 appears twice"),
            (
                base + "grid: {optimizer.learning-rate: {from: 1e-3, factor: 1.001, count: 1000}, "
                    + "loss.z-loss: {from: 1e-3, factor: 1.001, count: 1000}, "
                    + "optimizer.clip: {from: 1e-3, factor: 1.001, count: 1000}}\n",
                "grid: 1000 x 1000 x 1000 points are more than 20000 cells"
            ),
            ("base:\ngrid: {steps: [5, 6]}\n", "study.yaml: base: is empty"),
        ] {
            let outcome = try sweep(study, scratch)
            #expect(outcome.code == 64, "\(study)\(outcome.errors)")
            #expect(outcome.errors.contains(message), "\(study)\(outcome.errors)")
        }
        #expect(!FileManager.default.fileExists(atPath: scratch.path + "/sweep"))
    }

    @Test("names of folders that no file system takes are refused before anything is written")
    func longNames() throws {
        let scratch = try Tool.Scratch()
        let keys = [
            "model.norm-epsilon", "model.attention-softcap", "model.output-softcap",
            "model.branch-scale", "optimizer.learning-rate", "optimizer.epsilon", "optimizer.clip",
            "optimizer.weight-decay.rate", "schedule.warmup", "schedule.floor", "loss.z-loss",
            "model.init-gain.embedding", "model.init-gain.hidden", "model.init-gain.head",
            "parametrization.masses.embedding", "parametrization.masses.blocks",
        ]
        let grid = keys.map { "  \($0): [0.123456789]\n" }.joined()
        let outcome = try sweep("base: {steps: 5}\ngrid:\n\(grid)", scratch)
        #expect(outcome.code == 64)
        #expect(outcome.errors.contains("and file systems take 255"), "\(outcome.errors)")
        #expect(!FileManager.default.fileExists(atPath: scratch.path + "/sweep"))
    }

    @Test("a command that there is not is answered with the likeliest")
    func commands() throws {
        let scratch = try Tool.Scratch()
        for (words, message) in [
            (["swep", "x"], "there is no command swep; did you mean sweep?"),
            (
                ["verify", "determinsm"],
                "there is no command determinsm; did you mean determinism?"
            ),
            (["zzzzzzzz"], "there is no command zzzzzzzz; there are train"),
        ] {
            let outcome = try Tool.run(words, in: scratch)
            #expect(outcome.code == 64 && outcome.errors.contains(message), "\(outcome.errors)")
        }
    }

    @Test("numbers of options have ends, and a size may begin with a sign")
    func options() throws {
        let scratch = try Tool.Scratch()
        let config = try scratch.configuration()
        let huge = "4611686018427387904"
        for words in [
            ["train", config, "--out", "y", "--threads", huge],
            ["train", config, "--out", "y", "--stop-after", huge],
            ["verify", "permutation", config, "--dry-run", "--orders", "9223372036854775807"],
            ["verify", "permutation", config, "--dry-run", "--seeds", huge],
            ["verify", "determinism", config, "--dry-run", "--steps", huge],
            ["verify", "horizon", config, "--dry-run", "--horizons", huge],
            ["coordcheck", config, "--dry-run", "--seeds", huge],
            ["coordcheck", config, "--dry-run", "--widths", huge],
            ["bench", "step", "--steps", huge],
        ] {
            let outcome = try Tool.run(words, in: scratch)
            #expect(outcome.code == 64, "\(words) \(outcome.code) \(outcome.errors)")
        }
        let target = try Tool.run(
            [
                "prescribe", config, "--target", "-5", "--budget", "9min", "--out",
                scratch.path + "/p",
            ], in: scratch)
        #expect(target.code == 64)
        #expect(target.errors.contains("--target: -5 is neither"), "\(target.errors)")
    }

    @Test("a tilde in quotation marks is the home folder, for every command")
    func tilde() throws {
        let scratch = try Tool.Scratch()
        let config = try scratch.configuration()
        let home = ["HOME": scratch.path]
        let outcome = try Tool.run(
            ["train", config, "--out", "~/run", "--quiet", "--set", "steps=2"], in: scratch,
            environment: home)
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(FileManager.default.fileExists(atPath: scratch.path + "/run/config.yaml"))
        #expect(!FileManager.default.fileExists(atPath: scratch.path + "/~"))
        let again = try Tool.run(
            [
                "train", config, "--out=~/other", "--quiet", "--set", "steps=2", "--set",
                "data.text=[~/text.txt]",
            ], in: scratch, environment: home)
        #expect(again.code == 0, "\(again.errors)")
        #expect(FileManager.default.fileExists(atPath: scratch.path + "/other/config.yaml"))
    }

    @Test("the table of keys prints within 80 columns, and as JSON")
    func keys() throws {
        let scratch = try Tool.Scratch()
        let text = try Tool.run(["config", "--keys"], in: scratch)
        #expect(text.code == 0)
        #expect(text.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
        for part in ["model.width: 64 elements", "optimizer.momentum", "whole number from 1 to"] {
            #expect(text.output.contains(part))
        }
        let json = try Tool.run(["config", "--keys", "--json"], in: scratch)
        let keys = try #require(
            JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        let rows = try #require(keys["keys"] as? [[String: Any]])
        let width = try #require(rows.first { $0["key"] as? String == "model.width" })
        #expect(width["maximum"] as? Int == 65_536 && width["unit"] as? String == "elements")
        #expect(width["default"] as? Int == 64 && width["rules"] == nil)
        let momentum = try #require(rows.first { $0["key"] as? String == "optimizer.momentum" })
        #expect((momentum["defaults_by_rule"] as? [String: Double])?["muon"] == 0.95)
    }
}
