import Modules
import Optimizers
import Testing
import Training
import Yams

@Suite("configurations")
struct ConfigurationTests {
    private func read(_ yaml: String, _ overrides: [String] = []) throws -> RunConfiguration {
        try ConfigurationFile.configuration(
            from: ConfigurationFile.yaml(of: yaml, source: "test"), source: "test",
            overrides: overrides)
    }

    @Test("an empty file is the defaults, and text reads back")
    func roundTrip() throws {
        #expect(try read("") == RunConfiguration())
        var changed = RunConfiguration()
        changed.model.qkNorm = true
        changed.optimizer.learningRate = 0.1
        changed.optimizer.weightDecay.exclude = []
        changed.seed = .max
        #expect(try read(ConfigurationFile.text(of: changed)) == changed)
    }

    @Test("defaults, then the file, then overrides in order")
    func precedence() throws {
        let configuration = try read(
            "optimizer: {learning-rate: 1e-2}\nsteps: 10",
            ["steps=20", "steps=30", "model.mlp=relu"])
        #expect(configuration.optimizer.learningRate == 1e-2)
        #expect(configuration.steps == 30)
        #expect(configuration.model.mlp == .relu)
        #expect(configuration.optimizer["beta1"] == 0.9)
    }

    @Test(
        "messages",
        arguments: [
            (
                "optimizer: {lerning-rate: 1}",
                "unknown key optimizer.lerning-rate; did you mean optimizer.learning-rate?"
            ),
            (
                "learning-rate: 1",
                "unknown key learning-rate; did you mean optimizer.learning-rate?"
            ),
            ("model: 3", "test: model: is a single value, not keys and values"),
            ("steps: many", "test: steps: many is not a whole number"),
            ("model: {width: 24}", "model.width: 24 is not a multiple of model.head-dimension, 16"),
            ("model: {head-dimension: 1}", "model.head-dimension: 1 is odd"),
            (
                "optimizer: {rule: adam}",
                "optimizer.rule: unknown optimizer adam; there are adamw, adamc"
            ),
            (
                "optimizer: {learning-rate: -1}",
                "test: optimizer.learning-rate: -1 is out of range: a number from 1e-37 to 1e38"
            ),
            (
                "optimizer: {rule: sgd, beta1: 0.5}",
                "optimizer.beta1: sgd does not take this key, which is of adamw, adamc"
            ),
            ("optimizer: {rule: sgd, beta1: 0.5}", "; its own keys are momentum"),
            (
                "optimizer: {rule: muon, nestrov: true}",
                "unknown key optimizer.nestrov; did you mean optimizer.nesterov?"
            ),
            (
                "optimizer: {rule: agd, learning-rate: 0.1}",
                "optimizer.learning-rate: agd finds its step from the gradients and takes no learning "
                    + "rate; remove the key, or scale all steps with optimizer.gain"
            ),
            (
                "{optimizer: {rule: agd}, schedule: {shape: cosine}}",
                "schedule.shape: agd finds its step from the gradients and takes no schedule; set "
                    + "schedule.shape to constant"
            ),
            ("{optimizer: {rule: agd}, schedule: {warmup: 0.1}}", "schedule.warmup: agd finds"),
            (
                "optimizer: {rule: agd, weight-decay: {rate: 1}}",
                "optimizer.weight-decay: agd bounds"
            ),
            (
                "optimizer: {rule: lars, weight-decay: {form: decoupled}}",
                "optimizer.weight-decay.form: lars knows no decoupled decay; choose one of none, "
                    + "coupled"
            ),
            (
                "optimizer: {rule: muon, matrices: [hidden, embedding]}",
                "optimizer.matrices: embedding is a table of rows, which muon cannot move; leave it "
                    + "out, so that AdamW moves it, or use rule: dualized"
            ),
            (
                "optimizer: {rule: orthogonal, matrices: [hidden]}",
                "optimizer.matrices: blocks.0.mlp.up is [256,64], and the orthogonal manifold is of "
                    + "square matrices; name the square ones"
            ),
            (
                "optimizer: {rule: muon, scale: big}",
                "optimizer.scale: there is no big; there are original, match-rms-adamw, spectral"
            ),
            (
                "optimizer: {rule: muon, momentum: 1}",
                "optimizer.momentum: 1 is out of range: a number from 0 to below 1"
            ),
            ("optimizer: {rule: muon, nesterov: 3}", "optimizer.nesterov: 3 is not true or false"),
            ("data: {text: []}", "data.text: no text is named"),
            (
                "schedule: {warmup: 1}",
                "schedule.warmup: 1 is out of range: a number from 0 to below 1"
            ),
            ("a: [", "test: is not YAML"),
        ])
    func messages(yaml: String, message: String) throws {
        let error = try #require(throws: ConfigurationError.self) { try read(yaml) }
        #expect(error.description.contains(message), "\(error)")
    }

    @Test(
        "every rule has defaults that are sound and read back",
        arguments: OptimizerCatalog.names)
    func rules(name: String) throws {
        let configuration = try read("optimizer: {rule: \(name)}")
        #expect(configuration == RunConfiguration(rule: name))
        #expect(type(of: configuration.rule).name == name)
        #expect(try read(ConfigurationFile.text(of: configuration)) == configuration)
        _ = try TrainingProgram(configuration)
    }

    @Test("a rule named by an override decides which keys there are")
    func ruleByOverride() throws {
        let configuration = try read(
            "optimizer: {learning-rate: 0.02}",
            ["optimizer.rule=muon", "optimizer.scale=original", "optimizer.matrices=[attention]"])
        #expect(configuration.optimizer["scale"] == "original")
        #expect(configuration.optimizer["matrices"] == ["attention"])
        #expect(configuration.optimizer.learningRate == 0.02)
    }

    @Test("another rule keeps the shared keys that it takes and has its own at their defaults")
    func changeOfRule() {
        var optimizer = OptimizerConfiguration()
        optimizer.learningRate = 0.5
        optimizer["beta2"] = 0.5
        optimizer["nonsense"] = 1
        #expect(optimizer["beta2"] == 0.5 && optimizer["nonsense"] == nil)
        optimizer.rule = "lamb"
        #expect(optimizer["beta2"] == 0.999 && optimizer.learningRate == 0.5)
        #expect(optimizer.weightDecay.form == .none)
        optimizer.rule = "agd"
        #expect(optimizer["beta2"] == nil && optimizer.learningRate == 1 && optimizer.clip == 0)
    }

    @Test("decay is scaled so that rate times steps stays")
    func decay() throws {
        var configuration = RunConfiguration()
        for steps in [1, 60, 400, 1_000_000] {
            configuration.steps = steps
            #expect(configuration.decay.rate == 1e-4, "\(steps): the default is good at any length")
        }
        configuration.steps = 400
        configuration.optimizer.weightDecay.referenceSteps = 100_000
        #expect(configuration.decay.rate * 400 == 10)
    }

    @Test("numbers read back to the same bits, in as few digits as that takes")
    func exactNumbers() throws {
        for number in [
            10.0 / 48, 1.0 / 3, 0.1 + 0.2, Double.leastNonzeroMagnitude, 1e-6, 2.5e-3, 1e22,
            123_456_789.123,
        ] {
            var configuration = RunConfiguration()
            configuration.optimizer.learningRate = number
            configuration.optimizer.weightDecay.rate = number
            let text = ConfigurationFile.text(of: configuration)
            let read = try YAMLDecoder().decode(RunConfiguration.self, from: text)
            #expect(read.optimizer.learningRate == number, "\(number)")
            #expect(read.optimizer.weightDecay.rate == number, "\(number)")
        }
        var seeded = RunConfiguration()
        (seeded.seed, seeded.data.dataSeed) = (.max, 10_000_000_000_000_000_000)
        #expect(
            try YAMLDecoder().decode(
                RunConfiguration.self, from: ConfigurationFile.text(of: seeded)) == seeded)
        let text = ConfigurationFile.text(of: RunConfiguration())
        #expect(text.contains("norm-epsilon: 1e-06\n") && text.contains("qk-norm: false\n"))
    }

    @Test(
        "a word that a key does not take is answered with those that it does",
        arguments: [
            ("parametrization.kind", "mup"), ("optimizer.weight-decay.form", "decoupled"),
            ("optimizer.weight-decay.exclude", "gain"), ("model.normalization", "layer-norm"),
            ("model.qk-norm-kind", "rms-norm"), ("model.qk-norm-span", "head"),
            ("model.qk-norm-gain", "learned"), ("model.block-norm", "sandwich"),
            ("model.residual-scale", "constant"), ("model.mlp", "gelu"),
            ("model.attention-scale", "inverse"), ("model.element-type", "bf16"),
            ("model.sigma-reparam", "hidden"), ("model.sigma-reparam-gamma", "norm"),
            ("schedule.shape", "cosine"), ("schedule.cooldown-shape", "linear"),
            ("telemetry.formats", "e4m3"),
        ])
    func words(key: String, word: String) throws {
        let isList = ["exclude", "formats"].contains { key.hasSuffix($0) }
        let error = try #require(throws: ConfigurationError.self) {
            try ConfigurationFile.configuration(
                RunConfiguration(), overrides: ["\(key)=\(isList ? "[zzz]" : "zzz")"])
        }
        let text = error.description
        #expect(text.hasPrefix("--set: \(key): there is no zzz; there are "), "\(text)")
        let words = text.split(separator: "there are ").last?.split(separator: ", ") ?? []
        #expect(words.contains(Substring(word)), "\(text)")
    }

    @Test("a value is blamed on what set it; other tools' names and studies are known")
    func advice() throws {
        func message(_ text: String, _ overrides: [String] = []) throws -> String {
            let error = try #require(throws: ConfigurationError.self) {
                try ConfigurationFile.configuration(
                    from: ConfigurationFile.yaml(of: text, source: "a.yaml"), source: "a.yaml",
                    overrides: overrides)
            }
            return error.description
        }
        #expect(try message("steps: 2.5").hasPrefix("a.yaml: steps: 2.5 is not a whole number"))
        #expect(
            try message("steps: 2", ["steps=2.5"]).hasPrefix("--set: steps: 2.5 is not a whole"))
        for (foreign, own) in [
            ("lr", "optimizer.learning-rate"), ("hidden_size", "model.width"),
            ("n_layers", "model.depth"), ("batch_size", "data.batch"),
        ] { #expect(try message("\(foreign): 1").contains("did you mean \(own)?")) }
        #expect(
            try message("grid: {steps: [1, 2]}").contains("grid: is a key of studies, as ballast"))
        #expect(
            try message("model: {width: 16, head-dimension: 32}").contains("the least width is 32"))
    }

    @Test("decay that takes more than the weights is warned of, where anything decays")
    func warnings() throws {
        func warnings(_ overrides: [String]) throws -> [String] {
            try read("", overrides).warnings
        }
        for steps in [1, 5, 10, 60, 400] { #expect(try warnings(["steps=\(steps)"]).isEmpty) }
        // 1e-4 over 100,000 steps is 10 over the run.
        let scaled = "optimizer.weight-decay.reference-steps=100000"
        #expect(try warnings(["steps=400", scaled]).isEmpty)
        for (steps, share) in [(4, "250%"), (10, "100%"), (60, "16.7%")] {
            let short = try warnings(["steps=\(steps)", scaled])
            #expect(short.count == 1 && short[0].contains("is \(share) of each weight per step"))
            #expect(short[0].contains("reference-steps: 0"))
        }
        #expect(try warnings(["steps=4", "optimizer.rule=fromage"]).isEmpty)
        #expect(try warnings(["steps=4", scaled, "optimizer.weight-decay.form=none"]).isEmpty)
    }
}
