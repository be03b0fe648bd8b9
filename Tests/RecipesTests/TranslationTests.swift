import Foundation
import Modules
import Optimizers
import Programs
import Recipes
import Tensors
import Testing
import Training

@Suite("recipes of other tools")
struct TranslationTests {
    private func fate(_ recipe: RecipeTranslation, _ key: String) -> RecipeField.Fate? {
        recipe.fields.first { $0.source == key }?.fate
    }

    @Test("every field of config.json has one fate, and the recipe reads back", arguments: families)
    func complete(family: String) throws {
        let path = "\(oracle)/\(family).json"
        let recipe = try RecipeTranslation.read(path)
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path)))
                as? [String: Any])
        #expect(recipe.fields.map(\.source).sorted() == json.keys.sorted())
        #expect(recipe.fields.allSatisfy { $0.note != "not known to ballast recipe" })
        let scratch = try Scratch()
        let file = try scratch.file("recipe.yaml", recipe.yaml)
        #expect(try ConfigurationFile.read(file) == recipe.configuration)
        #expect(try ConfigurationFile.target(at: file) == recipe.target)
        #expect(recipe.target == TargetModel(family: family, vocabulary: 320))
        let model = recipe.configuration.model
        #expect(model.width == 64 && model.depth == 2 && model.heads == 4)
        #expect(model.context == 128 && model.vocabulary == 256)
        #expect(recipe.configuration.loss.zLoss == 0)
    }

    @Test("what families have in their models is in the recipe")
    func features() throws {
        func model(_ family: String) throws -> ModelConfiguration {
            try RecipeTranslation.read("\(oracle)/\(family).json").configuration.model
        }
        let llama = try model("llama")
        #expect(llama.mlp == .swiglu && llama.normalization == .rmsNorm && !llama.tiedHead)
        #expect(llama.queryGroupSize == 2 && llama.initDeviation == 0.02)
        #expect(llama.mlpRatio == 3 && llama.normEpsilon == 1e-6 && !llama.qkNorm)
        let qwen = try model("qwen3")
        #expect(qwen.qkNorm && qwen.qkNormSpan == .head)
        let olmo = try model("olmo2")
        #expect(olmo.qkNorm && olmo.qkNormSpan == .full && olmo.blockNorm == .output)
        let gemma = try model("gemma2")
        #expect(gemma.blockNorm == .sandwich && gemma.tiedHead && gemma.mlp == .geglu)
        #expect(gemma.attentionSoftcap == 50 && gemma.outputSoftcap == 30)
        #expect(gemma.attentionWindow == 4096 && gemma.globalEvery == 2 && gemma.normUnitOffset)
        #expect(gemma.embeddingScale == .squareRootOfWidth && gemma.biases == .none)
        let mistral = try model("mistral")
        #expect(mistral.attentionWindow == 64 && mistral.globalEvery == 0)
        #expect(try model("qwen2").biases == .queryKeyValue && llama.biases == .none)
        let gpt = try model("gpt2")
        #expect(gpt.mlp == .gelu && gpt.normalization == .layerNorm && gpt.tiedHead)
        #expect(gpt.mlpRatio == 4 && gpt.biases == .all)
        let neox = try model("gpt_neox")
        #expect(neox.mlp == .gelu && neox.normalization == .layerNorm && !neox.tiedHead)
        #expect(neox.biases == .all)
    }

    @Test("rotary scaling is taken, in the older field and in the newer")
    func rotaryScaling() throws {
        let scratch = try Scratch()
        let text = try String(contentsOfFile: oracle + "/llama.json", encoding: .utf8)
        func model(
            _ rope: String, as key: String = "rope_scaling"
        ) throws -> (ModelConfiguration, RecipeField.Fate?) {
            let changed = text.replacing("\"use_cache\": true", with: "\"\(key)\": {\(rope)}")
            #expect(changed != text)
            let recipe = try RecipeTranslation.read(try scratch.file("config.json", changed))
            return (recipe.configuration.model, fate(recipe, key))
        }
        let (llama3, taken) = try model(
            """
            "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
            "original_max_position_embeddings": 8192, "rope_type": "llama3"
            """)
        #expect(taken == .taken && llama3.rotaryScaling.kind == .llama3)
        #expect(llama3.rotaryScaling.factor == 8 && llama3.rotaryScaling.originalContext == 8192)
        let (yarn, _) = try model(
            """
            "factor": 4.0, "original_max_position_embeddings": 32768, "type": "yarn"
            """)
        #expect(yarn.rotaryScaling.kind == .yarn && yarn.rotaryScaling.factor == 4)
        #expect(yarn.rotaryScaling.originalContext == 32_768)
        let (linear, _) = try model("\"type\": \"linear\", \"factor\": 2.0")
        #expect(linear.rotaryScaling.kind == .linear && linear.rotaryScaling.factor == 2)
        let (dynamic, near) = try model("\"type\": \"dynamic\", \"factor\": 2.0")
        #expect(dynamic.rotaryScaling == ModelConfiguration().rotaryScaling)
        #expect(near == .approximated(cost: "none within it"))
        let (other, unknown) = try model("\"type\": \"longrope\", \"factor\": 2.0")
        #expect(other.rotaryScaling == ModelConfiguration().rotaryScaling)
        #expect(unknown == .approximated(cost: "unknown"))
        let newer = text.replacing(
            "\"rope_type\": \"default\"", with: "\"rope_type\": \"linear\", \"factor\": 4.0")
        #expect(newer != text)
        let recipe = try RecipeTranslation.read(try scratch.file("config.json", newer))
        #expect(recipe.configuration.model.rotaryScaling.factor == 4)
        #expect(fate(recipe, "rope_parameters") == .taken)
    }

    @Test("what is only near is called approximated, with its cost")
    func fates() throws {
        let llama = try RecipeTranslation.read("\(oracle)/llama.json")
        #expect(fate(llama, "hidden_size") == .taken)
        #expect(fate(llama, "num_key_value_heads") == .taken)
        #expect(fate(llama, "initializer_range") == .approximated(cost: "unknown"))
        #expect(fate(llama, "vocab_size") == .approximated(cost: "unknown"))
        #expect(fate(llama, "use_cache") == .withoutCounterpart)
        let neox = try RecipeTranslation.read("\(oracle)/gpt_neox.json")
        #expect(fate(neox, "hidden_act") == .approximated(cost: "values differ by at most 4.8e-4"))
        #expect(fate(neox, "use_parallel_residual") == .approximated(cost: "unknown"))
        let gpt = try RecipeTranslation.read("\(oracle)/gpt2.json")
        #expect(fate(gpt, "activation_function") == .taken)
        #expect(fate(gpt, "resid_pdrop") == .withoutCounterpart)
        #expect(llama.yaml.contains("# approximated: initializer_range 0.02:"))
    }

    @Test("the stated cost of GELU's tanh form is what it differs by")
    func gelu() {
        var largest = 0.0
        for step in -80_000...80_000 {
            let x = Double(step) / 10_000
            let exact = 0.5 * x * (1 + erf(x / 2.0.squareRoot()))
            let form =
                0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
            largest = max(largest, abs(exact - form))
        }
        #expect(largest <= 4.8e-4 && largest > 4.6e-4)
    }

    @Test("a Trainer's arguments become optimizer, schedule and length")
    func arguments() throws {
        let scratch = try Scratch()
        _ = try scratch.file(
            "config.json", try String(contentsOfFile: oracle + "/llama.json", encoding: .utf8))
        _ = try scratch.file(
            "training_args.json",
            """
            {"output_dir": "out", "learning_rate": 3e-4, "weight_decay": 0.1, "adam_beta1": 0.9,
             "adam_beta2": 0.95, "adam_epsilon": 1e-8, "max_grad_norm": 1.0, "max_steps": 2000,
             "warmup_steps": 100, "warmup_ratio": 0.0, "lr_scheduler_type": "cosine",
             "per_device_train_batch_size": 8, "gradient_accumulation_steps": 4, "bf16": true,
             "num_train_epochs": 3.0, "optim": "adamw_torch_fused", "seed": 42, "novel_key": 1}
            """)
        let recipe = try RecipeTranslation.read(scratch.path)
        let c = recipe.configuration
        #expect(c.optimizer.learningRate == 3e-4 && c.optimizer["beta2"] == .number(0.95))
        #expect(c.optimizer.weightDecay.form == .decoupled && c.optimizer.weightDecay.rate == 0.1)
        #expect(c.steps == 2000 && c.schedule.warmup == 0.05 && c.schedule.shape == .cosine)
        #expect(c.data.batch == 32 && c.model.elementType == .bf16)
        #expect(fate(recipe, "novel_key") == .withoutCounterpart)
        #expect(recipe.fields.filter { $0.file == "training_args.json" }.count == 18)
        // Without them nothing of the optimizer is known, and it says so.
        let alone = try RecipeTranslation.read(oracle + "/llama.json")
        #expect(alone.assumptions.contains { $0.reason.contains("--arguments FILE") })
    }

    @Test("a Trainer's state gives the length and the largest logged rate")
    func state() throws {
        let scratch = try Scratch()
        let state = try scratch.file(
            "trainer_state.json",
            """
            {"max_steps": 500, "train_batch_size": 4, "global_step": 20,
             "log_history": [{"learning_rate": 1e-4, "step": 10}, {"learning_rate": 2e-4, "step": 20},
                             {"eval_loss": 2.0, "step": 20}]}
            """)
        let recipe = try RecipeTranslation.read(oracle + "/llama.json", arguments: state)
        #expect(recipe.configuration.optimizer.learningRate == 2e-4)
        #expect(recipe.configuration.steps == 500)
        #expect(fate(recipe, "log_history") == .approximated(cost: "unknown"))
    }

    @Test("nanoGPT's lines are read and nothing is executed")
    func nanoGPT() throws {
        let scratch = try Scratch()
        let file = try scratch.file(
            "train_gpt2.py",
            """
            # config for training GPT-2 (124M)
            import time
            wandb_log = True
            wandb_run_name='gpt2-124M # not a comment'
            out_dir = 'out-' + str(time.time())
            batch_size = 12 # micro batch
            block_size = 1024
            gradient_accumulation_steps = 5 * 8
            max_iters = 600_000
            lr_decay_iters = max_iters
            learning_rate = 6e-4
            min_lr = learning_rate / 10
            eval_interval = 1000
            weight_decay = 1e-1
            """)
        let recipe = try RecipeTranslation.read(file)
        let c = recipe.configuration
        #expect(c.data.batch == 480 && c.steps == 600_000 && c.model.width == 768)
        #expect(c.schedule.warmup == 2000.0 / 600_000 && abs(c.schedule.floor - 0.1) < 1e-12)
        #expect(c.model.tiedHead && c.model.normalization == .layerNorm)
        #expect(recipe.target == TargetModel(family: "nanogpt", vocabulary: 50_304))
        #expect(fate(recipe, "lr_decay_iters") == .taken)
        #expect(fate(recipe, "out_dir") == .withoutCounterpart)
        #expect(recipe.fields.count == 12)
    }

    @Test("torchtitan's TOML is read")
    func torchtitan() throws {
        let scratch = try Scratch()
        let text = """
            # torchtitan Config.toml
            [job]
            dump_folder = "./outputs"
            description = "Llama 3 8B training" # with a comment

            [model]
            name = "llama3"
            flavor = "8B"

            [optimizer]
            name = "AdamW"
            lr = 3e-4
            eps = 1e-8

            [lr_scheduler]
            warmup_steps = 200
            decay_ratio = 0.3
            decay_type = "sqrt"

            [training]
            local_batch_size = 1
            seq_len = 8192
            max_norm = 1.0
            steps = 1_000
            dataset = "c4"

            [parallelism]
            tensor_parallel_degree = 1
            names = ["a", "b"]
            """
        let recipe = try RecipeTranslation.read(try scratch.file("a.toml", text))
        let c = recipe.configuration
        #expect(c.model.width == 4096 && c.model.hiddenWidth == 14_336 && c.model.keyHeads == 8)
        #expect(c.optimizer.learningRate == 3e-4 && c.optimizer.weightDecay.rate == 0.1)
        #expect(c.optimizer.weightDecay.exclude.isEmpty)
        #expect(c.steps == 1000 && c.schedule.warmup == 0.2 && c.schedule.cooldown == 0.3)
        #expect(c.schedule.shape == .stable && c.schedule.cooldownShape == .squareRoot)
        #expect(fate(recipe, "training.local_batch_size") == .approximated(cost: "unknown"))
        #expect(fate(recipe, "training.dataset") == .withoutCounterpart)
        #expect(recipe.fields.filter(\.isIdle).count == 4)
        func of(_ text: String) throws -> String {
            let file = try scratch.file("b.toml", text)
            let words = message { _ = try RecipeTranslation.read(file) }
            return try #require(words).replacing(scratch.path + "/", with: "")
        }
        #expect(
            try of("[model]\nname = \"llama3\"\nflavor = \"debugmodel\"")
                == "b.toml: model.flavor: the sizes of debugmodel are not in the file and not known "
                + "here; there are 8B, 70B, 405B; for others give the config.json")
        #expect(
            try of("[model]\nname = { a = 1 }")
                == "b.toml: line 2: name = { a = 1 } is no text, number, true, false or list on one "
                + "line; write it so")
        #expect(try of("[[model]]").hasPrefix("b.toml: line 1: [[model]] is not of the form"))
        #expect(try of("a = 1\na = 2").hasPrefix("b.toml: line 2: a is no key, or appears twice"))
    }

    @Test("errors name the file, the field and the next step")
    func errors() throws {
        let scratch = try Scratch()
        func of(_ name: String, _ text: String) throws -> String {
            let file = try scratch.file(name, text)
            let words = message { _ = try RecipeTranslation.read(file) }
            return try #require(words, "nothing was thrown for \(text)")
                .replacing(scratch.path + "/", with: "")
        }
        let start = "{\"model_type\": \"llama\", \"vocab_size\": 320"
        let whole = start + ", \"num_attention_heads\": 4, \"num_hidden_layers\": 2"
        #expect(
            try of("a.json", start + "}")
                == "a.json: hidden_size: is missing, and there is no model without it; add it")
        #expect(
            try of("b.json", whole + ", \"hidden_size\": \"wide\"}")
                == "b.json: hidden_size: wide is not a whole number; correct it")
        #expect(
            try of("c.json", whole + ", \"hidden_size\": -64}")
                == "c.json: hidden_size: -64 is not a whole number from 1 to 65536; correct it")
        #expect(
            try of("d.json", "{\"model_type\": \"mixtral\"}")
                == "d.json: model_type: mixtral is not supported; supported are llama, mistral, qwen2, qwen3, "
                + "olmo2, gemma2, gpt2, gpt_neox")
        #expect(
            try of("e.json", "{\"a\": NaN}")
                == "e.json: is not a JSON object of keys and finite values")
        // What a key does not take is said of the field that it comes from.
        #expect(
            try of("f.json", whole + ", \"hidden_size\": 64, \"rms_norm_eps\": 7}")
                == "f.json: rms_norm_eps: as model.norm-epsilon: 7 is out of range: a number from 0 "
                + "to 1")
        #expect(
            try of("g.json", whole + ", \"hidden_size\": 12}").hasPrefix("g.json: "))
        #expect(
            try of("a.py", "n_layer = 12\nif True:\n    n_embd = 3\n")
                == "a.py: line 2: if True: is not of the form key = value, and nothing is executed; "
                + "write the value that it sets")
        #expect(
            try of("b.py", "learning_rate = float('6e-4')")
                == "b.py: learning_rate: float('6e-4') is no number, and nothing is executed; write "
                + "its value")
        let missing = message { _ = try RecipeTranslation.read(scratch.path + "/none.json") }
        #expect(missing?.hasSuffix("none.json: no such file") ?? false)
        #expect(
            try of("c.py", "batch_size = 9223372036854775807 * 2").hasPrefix("c.py: batch_size: "))
    }

    @Test("no mutation of a configuration crashes")
    func mutations() throws {
        let scratch = try Scratch()
        let values = [
            "-1", "0", "1e300", "9223372036854775807", "\"\"", "[]", "{}", "null", "true", "0.5",
        ]
        for family in ["llama", "gemma2", "gpt2", "gpt_neox"] {
            let text = try String(contentsOfFile: "\(oracle)/\(family).json", encoding: .utf8)
            let lines = text.split(separator: "\n").map(String.init)
            for (index, line) in lines.enumerated() {
                guard let colon = line.firstIndex(of: ":"), line.last != "{", line.last != "["
                else { continue }
                for value in values {
                    var changed = lines
                    changed[index] =
                        line[...colon] + " " + value + (line.last == "," ? "," : "")
                    let file = try scratch.file("config.json", changed.joined(separator: "\n"))
                    // Either a recipe or an error of ours.
                    do {
                        _ = try RecipeTranslation.read(file)
                    } catch {
                        #expect(error.description.hasPrefix(file), "\(line) \(value): \(error)")
                    }
                }
            }
        }
    }
}
