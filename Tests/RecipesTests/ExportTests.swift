import Foundation
import Modules
import Optimizers
import Recipes
import Testing
import Training

/// What `check_module.py` prints.
private struct Checked: Decodable {
    struct Group: Decodable {
        var name: String
        var lr: Double
        var weightDecay: Double
        var eps: Double
    }

    var groups: [String: Group]
    var unused: [String]
    var schedule: [Double]
    var steps: Int
}

@Suite("export")
struct ExportTests {
    private func plan(
        _ family: String, _ sets: [String] = [], format: ExportFormat = .pytorch
    ) throws -> ExportPlan {
        let recipe = try RecipeTranslation.read("\(oracle)/\(family).json")
        // These say themselves where matrices start.
        let isOwnStart = sets.contains {
            $0.hasSuffix("=spectral") || $0.hasSuffix("=unit-scaled-mup")
        }
        let start = isOwnStart ? ["model.init-deviation=0"] : []
        return try ExportPlan(
            ConfigurationFile.configuration(recipe.configuration, overrides: start + sets),
            target: recipe.target, family: format.family, status: "tested by no \"proxy\" \\",
            isValidated: false)
    }

    private func checked(
        _ plan: ExportPlan, _ names: String, format: ExportFormat = .pytorch
    ) throws -> Checked {
        let scratch = try Scratch()
        let module = try scratch.file("module.py", format.text(plan, command: "ballast export"))
        let outcome = try scratch.python([oracle + "/check_module.py", module, names])
        try #require(outcome.code == 0, "\(outcome.errors)")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Checked.self, from: Data(outcome.output.utf8))
    }

    /// The path in a proxy of a parameter of Llama's names; nil for others.
    private func path(_ name: String) -> String? {
        let parts = [
            "self_attn.q_proj": "attention.query", "self_attn.k_proj": "attention.key",
            "self_attn.v_proj": "attention.value", "self_attn.o_proj": "attention.output",
            "mlp.gate_proj": "mlp.gate", "mlp.up_proj": "mlp.up", "mlp.down_proj": "mlp.down",
            "input_layernorm": "attention_norm", "post_attention_layernorm": "mlp_norm",
        ]
        let bare = name.replacing("model.", with: "").replacing(".weight", with: "")
        switch bare {
        case "embed_tokens": return "embedding"
        case "norm": return "norm"
        case "lm_head": return "head"
        default:
            let words = bare.split(separator: ".")
            guard words.count > 2, let part = parts[words[2...].joined(separator: ".")] else {
                return nil
            }
            return "blocks.\(words[1]).\(part)"
        }
    }

    @Test("every parameter that transformers makes is in exactly one group", arguments: families)
    func groups(family: String) throws {
        let kinds = ["standard", "mup", "completep", "unit-scaled-mup"]
        for kind in kinds {
            let tied = kind == "unit-scaled-mup" ? ["model.tied-head=false"] : []
            let plan = try plan(
                family, ["parametrization.kind=\(kind)", "parametrization.base-width=32"] + tied)
            let names = "\(oracle)/\(family).txt"
            let checked = try checked(plan, names)
            #expect(checked.groups.count == (try parameterNames(family)).count)
            let isUntied = tied.isEmpty || family == "llama"
            #expect(checked.unused.allSatisfy { $0 == "bias" || !isUntied && $0 == "head" })
        }
    }

    @Test(
        "every group of Llama has the numbers of ballast config",
        arguments: [
            "standard", "mup-simple", "mup", "spectral", "completep", "unit-scaled-mup",
        ])
    func numbers(kind: String) throws {
        for form in ["decoupled", "independent", "corrected", "none"] {
            let plan = try plan(
                "llama",
                [
                    "parametrization.kind=\(kind)", "parametrization.base-width=32",
                    "parametrization.base-depth=1", "optimizer.learning-rate=2e-3",
                    "optimizer.weight-decay.form=\(form)", "optimizer.weight-decay.rate=0.1",
                ])
            let settings = Dictionary(
                uniqueKeysWithValues: try plan.configuration.parameterSettings().map {
                    ($0.specification.path, $0)
                })
            let groups = try checked(plan, oracle + "/llama.txt").groups
            #expect(groups.count == settings.count)
            for (name, group) in groups {
                let setting = try #require(path(name).flatMap { settings[$0] }, "\(name)")
                #expect(group.lr == 2e-3 * setting.rateFactor, "\(name)")
                #expect(group.eps == setting.epsilon, "\(name)")
                // A step of PyTorch's AdamW takes lr · weight_decay of a weight.
                let share = Decay(setting.decay, rate: 0.1).factor(
                    at: StepSize(step: 1, peak: 2e-3, schedule: 1))
                #expect(abs(group.lr * group.weightDecay - share) <= 1e-15 + 1e-12 * share)
                #expect((share == 0) == (name.contains("norm") || form == "none"))
            }
        }
    }

    @Test("starts are those of ballast config, and a fused matrix has one for each part")
    func starts() throws {
        let plan = try plan("llama", ["parametrization.kind=mup", "parametrization.base-width=32"])
        let settings = try plan.configuration.parameterSettings()
        for group in plan.groups {
            for path in group.paths {
                let own = try #require(settings.first { $0.specification.path == path })
                switch (own.specification.initialization, group.start) {
                case (.constant(let a), .constant(let b)): #expect(Double(a) == b)
                case (.normal(let a), .normal(let b)), (.truncatedNormal(let a), .truncated(let b)):
                    #expect(a == b)
                case (.truncatedNormal(0), .constant(0)): #expect(path.hasSuffix("query"))
                default: Issue.record("\(path) starts as \(group.start)")
                }
            }
        }
        let gpt = try self.plan(
            "gpt2", ["parametrization.kind=mup", "parametrization.base-width=32"])
        let fused = try #require(gpt.groups.first { $0.names.contains("h.#.attn.c_attn.weight") })
        guard case .fused(let parts) = fused.start else {
            Issue.record("\(fused.start)")
            return
        }
        #expect(parts.count == 3 && parts[0] == .constant(0) && parts[1] == parts[2])
        // Gains that are stored less one start at zero.
        let gemma = try self.plan("gemma2")
        let gains = try #require(gemma.groups.first { $0.role == .gain && $0.name != "bias" })
        #expect(gains.start == .constant(0))
    }

    @Test("the schedule is that of training, step by step")
    func schedules() throws {
        for sets in [
            ["schedule.shape=cosine", "schedule.warmup=0.13", "schedule.floor=0.1"],
            ["schedule.shape=linear", "schedule.warmup=0"],
            ["schedule.shape=constant", "schedule.warmup=0.5"],
            ["schedule.shape=warmup-stable-decay", "schedule.cooldown=0.3"],
            [
                "schedule.shape=warmup-stable-decay", "schedule.cooldown=0.75",
                "schedule.warmup=0.25", "schedule.cooldown-shape=sqrt",
            ],
        ] {
            let plan = try plan("llama", sets + ["steps=37"])
            let checked = try checked(plan, oracle + "/llama.txt")
            #expect(checked.steps == 37 && checked.schedule.count == 38)
            for step in 1...37 {
                let expected = plan.configuration.schedule.factor(step, of: 37)
                #expect(abs(checked.schedule[step - 1] - expected) < 1e-12, "\(sets) \(step)")
            }
            #expect(checked.schedule[37] == checked.schedule[36])
        }
    }

    @Test("every format is Python that compiles, and says what is not validated")
    func formats() throws {
        for format in ExportFormat.allCases {
            let plan = try plan(
                "llama",
                [
                    "interventions=[qk-norm, z-loss, output-softcap, attention-scale-inverse]",
                    "parametrization.kind=completep", "parametrization.base-width=32",
                ], format: format)
            let text = format.text(plan, command: "ballast export \"x\"\n\\")
            let scratch = try Scratch()
            let module = try scratch.file("module.py", text)
            let outcome = try scratch.python(["-m", "py_compile", module])
            #expect(outcome.code == 0, "\(format): \(outcome.errors)")
            #expect(text.contains("UNVALIDATED learning rate: tested by no 'proxy'"))
            #expect(text.contains("\"z-loss\", \"included\", \"arXiv 2204.02311, section 5"))
            #expect(text.contains("(\"completep\", \"included\", \"arXiv 2505.01618\")"))
            let broken = try scratch.file(
                "broken.py", text.replacing("GROUPS = [", with: "GROUPS = ("))
            #expect(try scratch.python(["-m", "py_compile", broken]).code != 0)
        }
        let names = try Scratch()
        let titan = try names.file(
            "names.txt",
            """
            tok_embeddings.weight 1
            layers.0.attention.wq.weight 1
            layers.0.attention.wk.weight 1
            layers.0.attention.wv.weight 1
            layers.0.attention.wo.weight 1
            layers.0.attention_norm.weight 1
            layers.11.feed_forward.w1.weight 1
            layers.11.feed_forward.w2.weight 1
            layers.11.feed_forward.w3.weight 1
            layers.11.ffn_norm.weight 1
            norm.weight 1
            output.weight 1
            """)
        let checked = try checked(
            plan("llama", format: .torchtitan), titan, format: .torchtitan)
        #expect(checked.groups.count == 12)
    }

    @Test("a name of no group stops the code, as does one of two")
    func broken() throws {
        let scratch = try Scratch()
        let names = try scratch.file("names.txt", "model.layers.0.self_attn.mystery.weight 1\n")
        let text = ExportFormat.pytorch.text(try plan("llama"), command: "x")
        let module = try scratch.file("module.py", text)
        let outcome = try scratch.python([oracle + "/check_module.py", module, names])
        #expect(outcome.code != 0 && outcome.errors.contains("mystery.weight is in 0 groups"))
        let double = try scratch.file(
            "double.py",
            text.replacing("\"norm.weight\",", with: "\"norm.weight\", \"lm_head.weight\","))
        let two = try scratch.python(
            [oracle + "/check_module.py", double, oracle + "/llama.txt"])
        #expect(two.code != 0 && two.errors.contains("lm_head.weight is in 2 groups"))
    }

    @Test("what has no code is refused with the key and what to set")
    func refusals() throws {
        #expect(
            message { _ = try plan("llama", ["optimizer.rule=muon"]) }
                == "optimizer.rule: muon has no code to export; set it to adamw or adamc")
        #expect(
            message { _ = try plan("llama", ["optimizer.weight-decay.form=coupled"]) }
                == "optimizer.weight-decay.form: coupled decay is none of AdamW's; set it to "
                + "decoupled, independent or corrected")
        let words = message { _ = try ExportFamily.named("mixtral") }
        #expect(words?.hasPrefix("target.family: mixtral has no names here; there are ") ?? false)
    }

    @Test("a prescription's own words on its rate are in the code")
    func prescription() throws {
        let scratch = try Scratch()
        let recipe = try RecipeTranslation.read("\(oracle)/llama.json")
        let folder = scratch.path + "/p/1.2B"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        _ = try scratch.file("p/1.2B/prescription.yaml", recipe.yaml)
        _ = try scratch.file(
            "p/1.2B/prescription.json",
            """
            {"verdict": "INCONCLUSIVE", "target": "1.2B",
             "learning_rate": {"status": "unvalidated (extrapolation 6,700x)", "is_validated": false}}
            """)
        for path in ["/p", "/p/1.2B", "/p/1.2B/prescription.yaml"] {
            let source = try ExportSource(scratch.path + path)
            #expect(
                source.status
                    == "unvalidated (extrapolation 6,700x); verdict INCONCLUSIVE for 1.2B")
            #expect(!source.isValidated && source.target == recipe.target)
        }
        let empty = message { _ = try ExportSource(oracle) }
        #expect(empty?.contains("holds no prescription.yaml") ?? false)
    }
}
