import Foundation
import Testing

@Suite("tokenizers and data of one's own")
struct TokenizerTests {
    private static let text = String(
        repeating:
            "It isn't the model, it's the learning rate; größere Modelle brauchen kleinere. 2718\n",
        count: 200)

    @Test("a tokenizer is learnt, counts, and trains a run that says bits per byte")
    func whole() throws {
        let scratch = try Tool.Scratch()
        let text = try scratch.file("text.txt", Self.text)
        let tokenizer = scratch.path + "/t.json"
        let made = try Tool.run(
            [
                "tokenizer", "train", text, "--vocabulary", "300", "--style", "qwen2", "--out",
                tokenizer,
            ], in: scratch)
        #expect(made.code == 0 && made.output.hasPrefix("300 tokens and 43 merges in "), "\(made)")
        let counted = try Tool.run(
            ["tokenizer", "encode", tokenizer, text, "--count"], in: scratch)
        #expect(
            counted.code == 0 && counted.output.contains(" of \(Self.text.utf8.count) bytes, "),
            "\(counted)")
        let rows = try Tool.run(["tokenizer", "encode", tokenizer, text], in: scratch)
        let tokens = rows.output.split(whereSeparator: \.isWhitespace).compactMap { UInt16($0) }
        #expect(counted.output.hasPrefix("\(tokens.count) tokens"))

        let config = try scratch.file(
            "c.yaml",
            """
            model: {width: 32, depth: 1, context: 16, head-dimension: 16, normalization: rms-norm,
                    mlp: swiglu, qk-norm: true}
            data: {text: [\(text)], tokenizer: \(tokenizer), batch: 2}
            steps: 4
            evaluation: {batches: 2}
            """)
        let shown = try Tool.run(["config", config], in: scratch)
        #expect(shown.output.contains("vocabulary: 300"), "\(shown)")
        let run = scratch.path + "/run"
        let trained = try Tool.run(["train", config, "--out", run], in: scratch)
        #expect(trained.code == 0, "\(trained)")
        func json(_ name: String) throws -> [String: Any] {
            let data = try Data(contentsOf: URL(fileURLWithPath: "\(run)/\(name)"))
            return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        }
        let result = try json("result.json")
        let loss = try #require(result["final_loss"] as? Double)
        let bits = try #require(result["bits_per_byte"] as? Double)
        // A token of this text is more than two bytes.
        #expect(bits > 0 && bits < loss / log(2) / 2)
        #expect((try json("manifest.json")["tokenizer_digest"] as? String)?.count == 64)
        let evaluated = try Tool.run(["evaluate", run, "--text", text], in: scratch)
        #expect(evaluated.code == 0 && evaluated.output.contains("bits per byte"), "\(evaluated)")

        // Weights go out with what made their tokens.
        let model = scratch.path + "/model"
        let exported = try Tool.run(
            ["export", run, "--format", "huggingface", "--out", model], in: scratch)
        #expect(exported.code == 0, "\(exported)")
        func bytes(_ path: String) throws -> Data {
            try Data(contentsOf: URL(fileURLWithPath: path))
        }
        #expect(try bytes(model + "/tokenizer.json") == bytes(tokenizer))
        let names = try #require(
            try JSONSerialization.jsonObject(with: bytes(model + "/tokenizer_config.json"))
                as? [String: Any])
        #expect(names["eos_token"] as? String == "<|endoftext|>")

        // The same tokens as a file, which does not say what they spell.
        let file = scratch.path + "/tokens.bin"
        try tokens.withUnsafeBytes { try Data($0).write(to: URL(fileURLWithPath: file)) }
        let other = try Tool.run(
            [
                "train", config, "--out", scratch.path + "/tokens", "--set", "data.text=[]",
                "--set",
                "data.tokens=[\(file)]", "--set", "data.tokenizer=null", "--set",
                "model.vocabulary=300",
            ], in: scratch)
        #expect(other.code == 0, "\(other)")
        let without = try Tool.run(
            ["export", scratch.path + "/tokens", "--format", "huggingface", "--out", model + "2"],
            in: scratch)
        #expect(
            without.output.contains("without a tokenizer: put the tokenizer.json"), "\(without)")
        #expect(!FileManager.default.fileExists(atPath: model + "2/tokenizer.json"))
        let small = try Tool.run(
            ["train", config, "--out", scratch.path + "/small", "--set", "model.vocabulary=290"],
            in: scratch)
        #expect(
            small.code != 0 && small.errors.contains("t.json needs a vocabulary of 300"), "\(small)"
        )
        let changed = try Tool.run(
            [
                "tokenizer", "train", text, "--vocabulary", "299", "--style", "qwen2", "--out",
                tokenizer,
            ], in: scratch)
        #expect(changed.code == 0)
        let again = try Tool.run(
            ["train", config, "--out", run, "--set", "model.vocabulary=300"], in: scratch)
        #expect(again.code != 0 && again.errors.contains("text digest"), "\(again)")
    }

    @Test("styles, vocabularies and files that are none are refused")
    func refused() throws {
        let scratch = try Tool.Scratch()
        let text = try scratch.file("text.txt", Self.text)
        let style = try Tool.run(
            [
                "tokenizer", "train", text, "--vocabulary", "300", "--style", "bert", "--out",
                "t.json",
            ], in: scratch)
        #expect(style.code == 64 && style.errors.contains("there are gpt2, llama3, qwen2"))
        let least = try Tool.run(
            [
                "tokenizer", "train", text, "--vocabulary", "256", "--style", "llama3", "--out",
                "t.json",
            ], in: scratch)
        #expect(least.code == 64 && least.errors.contains("from 258 to 1048576"))
        let none = try Tool.run(["tokenizer", "encode", text, text], in: scratch)
        #expect(none.code == 1 && none.errors.contains("line 1, byte 0: no JSON value"))
    }
}
