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
        #expect(configuration.optimizer.beta1 == 0.9)
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
            ("steps: many", "test: steps: is not a whole number"),
            ("model: {width: 24}", "model.width: 24 is not a multiple of model.head-dimension, 16"),
            ("model: {head-dimension: 1}", "model.head-dimension: 1 is odd"),
            (
                "optimizer: {name: adam}",
                "optimizer.name: no optimizer is called adam; there are adamw, sgd"
            ),
            (
                "optimizer: {learning-rate: -1}",
                "optimizer.learning-rate: -1.0 is not a positive number"
            ),
            ("data: {text: []}", "data.text: no text is named"),
            ("schedule: {warmup: 1}", "schedule.warmup: 1.0 is not a fraction in 0 ..< 1"),
            ("a: [", "test: is not YAML"),
        ])
    func messages(yaml: String, message: String) throws {
        let error = try #require(throws: ConfigurationError.self) { try read(yaml) }
        #expect(error.description.contains(message), "\(error)")
    }

    @Test("decay is scaled so that rate times steps stays")
    func decay() throws {
        var configuration = RunConfiguration()
        configuration.steps = 400
        #expect(configuration.decay.rate * 400 == 10)
        configuration.optimizer.weightDecay.referenceSteps = 0
        #expect(configuration.decay.rate == 1e-4)
    }
}
