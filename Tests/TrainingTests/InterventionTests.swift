import Modules
import Optimizers
import Testing
import Training
import Yams

@Suite("interventions")
struct InterventionTests {
    private func read(_ yaml: String, _ overrides: [String] = []) throws -> RunConfiguration {
        try ConfigurationFile.configuration(
            from: ConfigurationFile.yaml(of: yaml, source: "test"), source: "test",
            overrides: overrides)
    }

    @Test("each sets its keys and builds a step", arguments: InterventionCatalog.all)
    func applies(_ intervention: Intervention) throws {
        let configuration = try read("interventions: [\(intervention.name)]")
        let sets = intervention.settings.map { "\($0.key)=\($0.value)" }
        #expect(try read("", sets) == configuration)
        #expect(!intervention.summary.isEmpty && !intervention.source.isEmpty)
        // What is recorded has the keys alone, and reads back.
        let text = ConfigurationFile.text(of: configuration)
        #expect(!text.contains("interventions"))
        #expect(try read(text) == configuration)
        _ = try TrainingProgram(configuration)
        if let setting = intervention.settings.first(where: { $0.key == intervention.valueKey }) {
            let dosed = try read("interventions: [\(intervention.name)=\(setting.value)]")
            #expect(dosed == configuration)
        }
    }

    @Test("names are unique and known")
    func catalog() {
        let names = InterventionCatalog.all.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(InterventionCatalog.named("qk-norm") != nil)
        #expect(InterventionCatalog.named("nonsense") == nil)
    }

    @Test("they compose, take doses, and share what is the same")
    func composition() throws {
        let both = try read("interventions: [qk-norm, z-loss=0.5]")
        #expect(both.model.qkNorm && both.loss.zLoss == 0.5)
        #expect(try read("interventions: z-loss=0.5+qk-norm") == both)
        #expect(try read("", ["interventions=qk-norm+z-loss=0.5"]) == both)
        #expect(try read("{model: {qk-norm: true}, loss: {z-loss: 0.5}}") == both)
        #expect(try read("interventions: none") == RunConfiguration())
        // Two kinds of one norm agree where they set the same key.
        let norm = try read("interventions: [qk-norm-rms, qk-norm-full]")
        #expect(norm.model.qkNormKind == .rmsNorm && norm.model.qkNormSpan == .full)
        #expect(try read("interventions: [adamc]").rule is AdamC)
    }

    @Test("a list among overrides goes over the file, which it is meant to vary")
    func layers() throws {
        let base = "{loss: {z-loss: 0}, interventions: [qk-norm]}"
        #expect(try read(base).model.qkNorm)
        let other = try read(base, ["interventions=[z-loss]"])
        #expect(other.loss.zLoss == 1e-4 && !other.model.qkNorm)
        #expect(try read(base, ["interventions=none"]).loss.zLoss == 0)
        // The same value beside a list is no contradiction, written as it may be.
        #expect(try read("{loss: {z-loss: 0.0001}, interventions: [z-loss]}").loss.zLoss == 1e-4)
    }

    @Test(
        "messages",
        arguments: [
            (
                "interventions: [warmup=0.1, warmup=0.2]", "",
                "interventions: warmup=0.1 sets schedule.warmup to 0.1 and warmup=0.2 sets it to 0.2"
            ),
            (
                "interventions: [output-norm, sandwich-norm]", "",
                "output-norm sets model.block-norm to output and sandwich-norm sets it to sandwich"
            ),
            (
                "{model: {qk-norm: false}, interventions: [qk-norm]}", "",
                "interventions: qk-norm sets model.qk-norm to true, and test sets it to false; remove"
            ),
            (
                "interventions: [qk-norm]", "model.qk-norm=false",
                "qk-norm sets model.qk-norm to true, and --set sets it to false"
            ),
            (
                "interventions: [qk-nrom]", "",
                "test: interventions: unknown intervention qk-nrom; did you mean qk-norm? ballast "
                    + "config --interventions lists them"
            ),
            ("interventions: [qk-norm=3]", "", "qk-norm takes no value; write qk-norm alone"),
            ("interventions: [[qk-norm]]", "", "is not a list of names"),
            ("interventions: [atan2, epsilon]", "", "adam-atan2 does not take this key"),
            ("interventions: [qk-norm, forced-logits]", "", "model.forced-logits: rescales what"),
            ("interventions: [qk-norm, qk-clip]", "", "optimizer.qk-clip: logits do not depend"),
            ("interventions: [qk-clip, hyperball]", "", "optimizer.qk-clip: adamh keeps blocks.0"),
            (
                "model: {qk-norm-span: full}", "",
                "model.qk-norm-span: without a norm it does nothing"
            ),
            (
                "interventions: [wsd=0.98]", "",
                "schedule.cooldown: 0.98 and schedule.warmup, 0.05, are"
            ),
            (
                "interventions: [output-softcap=-1]", "",
                "model.output-softcap: -1 is out of range: a number from 0"
            ),
            (
                "{interventions: [sandwich-norm], parametrization: {kind: modular}, optimizer: {rule: "
                    + "dualized}}", "", "model.block-norm: modular knows no sensitivity"
            ),
            (
                "{optimizer: {rule: agd, relative-rate: true}, schedule: {shape: constant, warmup: 0}}",
                "", "optimizer.relative-rate: agd finds its step"
            ),
            ("telemetry: {spectrum: true}", "", "telemetry.spectrum: is measured at the steps of"),
            ("telemetry: {formats: [e4m4]}", "", "telemetry.formats"),
        ])
    func messages(yaml: String, override: String, message: String) throws {
        let error = try #require(throws: ConfigurationError.self) {
            try read(yaml, override.isEmpty ? [] : [override])
        }
        #expect(error.description.contains(message), "\(error)")
    }
}
