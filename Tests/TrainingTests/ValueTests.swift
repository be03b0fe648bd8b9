import Modules
import Optimizers
import Statistics
import Testing
import Training

@Suite("values as people write them")
struct ValueTests {
    private func read(_ overrides: String...) throws -> RunConfiguration {
        try ConfigurationFile.configuration(
            from: ConfigurationFile.yaml(of: "", source: "test"), source: "test",
            overrides: overrides)
    }

    private func message(_ overrides: String...) throws -> String {
        try #require(throws: ConfigurationError.self) {
            try ConfigurationFile.configuration(
                from: ConfigurationFile.yaml(of: "", source: "test"), source: "test",
                overrides: overrides)
        }.description
    }

    @Test("words in any case")
    func words() throws {
        let configuration = try read(
            "model.normalization=RMSNorm", "model.mlp=SwiGLU", "optimizer.rule=AdamW",
            "parametrization.kind=CompleteP", "optimizer.weight-decay.exclude=[Gain, HEAD]",
            "telemetry.formats=[BF16]", "schedule.shape=Warmup_Stable_Decay")
        #expect(configuration.model.normalization == .rmsNorm && configuration.model.mlp == .swiglu)
        #expect(configuration.parametrization.kind == .completeP)
        #expect(configuration.optimizer.weightDecay.exclude == [.gain, .head])
        #expect(configuration.telemetry.formats.map(\.rawValue) == ["bf16"])
        #expect(configuration.schedule.shape == .stable)
        #expect(
            try read("optimizer.rule=Muon", "optimizer.scale=Original").optimizer.rule == "muon")
    }

    @Test("whole numbers with an exponent or a point")
    func wholeNumbers() throws {
        let configuration = try read("steps=1e3", "model.width=64.0", "seed=1e2")
        #expect(configuration.steps == 1000 && configuration.model.width == 64)
        #expect(configuration.seed == 100)
        #expect(try read("seed=18446744073709551615").seed == .max)
    }

    @Test("null switches off what can be off, and nothing else")
    func null() throws {
        for text in ["null", "~"] {
            let configuration = try read(
                "optimizer.clip=\(text)", "evaluation.every=\(text)", "loss.z-loss=\(text)",
                "optimizer.weight-decay.form=\(text)", "telemetry.formats=\(text)",
                "model.sigma-reparam=\(text)", "interventions=\(text)")
            #expect(configuration.optimizer.clip == 0 && configuration.evaluation.every == 0)
            #expect(configuration.loss.zLoss == 0)
            #expect(configuration.optimizer.weightDecay.form == .none)
            for key in [
                "steps", "model.width", "optimizer.learning-rate", "model.mlp", "data.text",
            ] {
                #expect(
                    try message("\(key)=\(text)").contains(
                        "--set: \(key): is empty, and null does not switch it off"))
            }
        }
        #expect(
            try #require(throws: ConfigurationError.self) {
                try ConfigurationFile.configuration(
                    from: ConfigurationFile.yaml(of: "model:\nsteps: 5", source: "a.yaml"),
                    source: "a.yaml")
            }.description == "a.yaml: model: is empty; write keys below it, as width, or remove it")
    }

    @Test(
        "numbers that YAML 1.1 reads as others are refused by name",
        arguments: [
            ("0100", "0100 has a leading zero, which makes it octal in YAML 1.1; write 100"),
            ("00", "00 has a leading zero, which makes it octal in YAML 1.1; write 0"),
            ("1_00", "1_00 has an underscore, which YAML 1.1 skips; write 100"),
            ("1:30", "1:30 is a number in base 60 in YAML 1.1; write it in decimal"),
            ("0x10", "0x10 is a number in base 16; write it in decimal"),
            ("0o17", "0o17 is a number in base 8; write it in decimal"),
            ("0b11", "0b11 is a number in base 2; write it in decimal"),
            (".inf", ".inf is not a finite number"), ("1,000", "1,000 is not a whole number"),
        ])
    func oddNumbers(text: String, reason: String) throws {
        for key in ["steps", "seed"] {
            #expect(try message("\(key)='\(text)'").contains("--set: \(key): \(reason)"))
            #expect(try message("\(key)=\(text)").contains("--set: \(key): \(reason)"))
        }
        guard text != "1,000" else { return }
        #expect(try message("optimizer.clip=\(text)").contains("optimizer.clip: \(reason)"))
    }

    @Test(
        "what a value of another kind is told",
        arguments: [
            ("steps=", "--set: steps: has no value after =; give one, or null to switch it off"),
            ("steps=[1, 2]", "steps: is a list, not a single value"),
            ("steps={a: 1}", "steps: is keys and values, not a single value"),
            ("model=[1, 2]", "model: is a list, not keys and values"),
            ("model=3", "model: is a single value, not keys and values"),
            (
                "data.text=small.txt",
                "data.text: small.txt is a single value, not a list; write [small.txt]"
            ),
            ("model.qk-norm=1", "model.qk-norm: 1 is not true or false"),
            (
                "schedule.warmup=2000",
                "2000 is out of range: a number from 0 to below 1; it is a part of the run"
            ),
        ])
    func kinds(override: String, reason: String) throws {
        #expect(try message(override).contains(reason))
    }

    @Test("a warm-up in steps is answered with its part of the run")
    func warmup() throws {
        #expect(
            try message("schedule.warmup=2000", "steps=40000")
                .hasSuffix("; for 2000/40000 of the run write 0.05"))
    }
}
