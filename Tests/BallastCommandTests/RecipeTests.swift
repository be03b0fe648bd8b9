import Foundation
import Testing

@Suite("recipe and export")
struct RecipeTests {
    private static let model = """
        {"model_type": "llama", "hidden_size": 64, "intermediate_size": 172, "num_hidden_layers": 2,
         "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 320, "hidden_act": "silu",
         "max_position_embeddings": 64, "rms_norm_eps": 1e-05, "tie_word_embeddings": true,
         "initializer_range": 0.02, "mystery": 3}
        """
    private static let arguments = """
        {"learning_rate": 3e-3, "weight_decay": 0.1, "max_steps": 30, "warmup_steps": 3,
         "per_device_train_batch_size": 4, "lr_scheduler_type": "cosine"}
        """

    @Test("from config.json to code that has the numbers of ballast config, and to a run")
    func whole() throws {
        let scratch = try Tool.Scratch()
        let config = try scratch.file("config.json", Self.model)
        let arguments = try scratch.file("arguments.json", Self.arguments)
        let recipe = scratch.path + "/r.yaml"
        let made = try Tool.run(
            ["recipe", config, "--arguments", arguments, "--out", recipe], in: scratch)
        #expect(made.code == 0, "\(made.errors)")
        for words in ["approximated", "mystery", "without counterpart", "--format pytorch"] {
            #expect(made.output.contains(words), "\(words)")
        }
        let json = try Tool.run(["recipe", config, "--json"], in: scratch)
        let listing = try #require(
            try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        #expect(listing["schema"] as? String == "ballast.recipe/1")
        let fields = try #require(listing["fields"] as? [[String: Any]])
        #expect(fields.contains { $0["source"] as? String == "mystery" })

        // What config prints of the embedding is what the code has of its group.
        let printed = try Tool.run(["config", recipe], in: scratch)
        let code = try Tool.run(["export", recipe, "--format", "pytorch"], in: scratch)
        #expect(code.code == 0, "\(code.errors)")
        #expect(code.output.contains("UNVALIDATED learning rate"))
        #expect(code.output.contains("\"lr\": 0.003,  # unvalidated"))
        #expect(code.output.contains("\"weight_decay\": 0.1,"))
        // A share of 0.1 times 3e-3 a step at the peak.
        #expect(printed.output.contains("3.00e-4 of each weight per step at the peak"))

        // A recipe trains on bytes, whatever its model's tokens.
        let trained = try Tool.run(
            [
                "train", recipe, "--out", scratch.path + "/run", "--quiet", "--set",
                "data.text=[\(scratch.path)/text.txt]", "--set", "evaluation.every=0", "--set",
                "evaluation.batches=2",
            ], in: scratch)
        #expect(trained.code == 0, "\(trained.errors)")
        let own = try String(contentsOfFile: scratch.path + "/run/config.yaml", encoding: .utf8)
        #expect(!own.contains("target:") && own.contains("query-group-size: 2"))
    }

    @Test("what is wrong is misuse, with the file, the field and the next step")
    func misuse() throws {
        let scratch = try Tool.Scratch()
        let config = try scratch.file("config.json", "{\"model_type\": \"llama\"}")
        let made = try Tool.run(["recipe", config], in: scratch)
        #expect(made.code == 64)
        #expect(made.errors.contains("config.json: vocab_size: is missing"))
        let plain = try scratch.configuration()
        let code = try Tool.run(["export", plain, "--format", "optax"], in: scratch)
        #expect(code.code == 64)
        #expect(code.errors.contains("target.family: is missing: give --family, as llama"))
        let format = try Tool.run(["export", plain, "--format", "jax"], in: scratch)
        #expect(format.code == 64 && format.errors.contains("pytorch, hf-trainer, optax"))
        let target = try scratch.file("t.yaml", "target: {family: llama, vocabulry: 3}\n")
        let wrong = try Tool.run(["config", target], in: scratch)
        #expect(wrong.code == 64)
        #expect(
            wrong.errors.contains(
                "unknown key target.vocabulry; did you mean target.vocabulary? keys there: family, "
                    + "vocabulary"))
    }
}
