import Modules
import Optimizers
import Testing
import Training

@Suite("lengths in tokens and steps")
struct LengthKeyTests {
    private func configuration(
        _ text: String, _ sets: [String] = []
    ) throws -> RunConfiguration {
        try ConfigurationFile.configuration(
            from: ConfigurationFile.yaml(of: text, source: "test"), source: "test", overrides: sets)
    }

    // 16 sequences of 128 tokens: 2048 a step.

    @Test("tokens become the least steps that see them")
    func tokens() throws {
        for (text, steps) in [
            ("tokens: 20M", 9766), ("tokens: 2048", 1), ("tokens: 2049", 2), ("tokens: 1", 1),
            ("tokens: 1.5k", 1), ("tokens: 4_096", 2),
            ("{tokens: 20M, data: {batch: 32}}", 4883),
            ("{tokens: 20M, model: {context: 256}}", 4883),
        ] {
            #expect(try configuration(text).steps == steps, "\(text)")
        }
    }

    @Test("tokens per parameter follow the model's size")
    func perParameter() throws {
        let plain = try configuration("tokens-per-parameter: 20")
        let tokens = 20 * plain.model.matrixParameters
        #expect(plain.steps == (tokens + 2047) / 2048)
        let wide = try configuration("tokens-per-parameter: 20", ["model.width=128"])
        #expect(wide.steps == (20 * wide.model.matrixParameters + 2047) / 2048)
        #expect(wide.steps > 3 * plain.steps)
    }

    @Test("warm-up and cooldown in steps and tokens are parts of the run")
    func parts() throws {
        let run = try configuration(
            """
            tokens: 2M
            schedule: {shape: warmup-stable-decay, warmup-steps: 100, cooldown-tokens: 400k}
            """)
        #expect(run.steps == 977)
        let factors = (1...977).map { run.schedule.factor($0, of: 977) }
        #expect(factors[98] < 1 && factors[99] == 1)
        // 400,000 / 2048 is 195.3: the last 196 steps descend.
        #expect(factors[977 - 196] == 1 && factors[977 - 195] < 1)
    }

    @Test("the last of several counts, and resolved files read back to themselves")
    func order() throws {
        #expect(try configuration("tokens: 20M", ["steps=100"]).steps == 100)
        #expect(try configuration("steps: 100", ["tokens=20M"]).steps == 9766)
        #expect(try configuration("tokens: 20M", ["tokens-per-parameter=0.001"]).steps == 1)
        let warmup = try configuration(
            "schedule: {warmup-steps: 100}", ["schedule.warmup=0.5"]
        )
        #expect(warmup.schedule.warmup == 0.5)
        let run = try configuration("{tokens: 20M, schedule: {warmup-steps: 77}}")
        #expect(try configuration(ConfigurationFile.text(of: run)) == run)
        #expect(ConfigurationFile.text(of: run).contains("steps: 9766"))
    }

    @Test("what makes no length is refused with the file, the key and the next step")
    func errors() {
        func words(_ text: String) -> String {
            do {
                _ = try configuration(text)
                return ""
            } catch { return "\(error)" }
        }
        #expect(
            words("{tokens: 20M, steps: 3}")
                == "test: tokens: says the same as steps, which stands beside it; remove one of them"
        )
        for bad in ["-3", "many", "0", ".inf", "[1]", "3MM"] {
            let found = words("tokens: \(bad)")
            #expect(
                found.hasSuffix("is not a positive number, as 2000, 20M or 1.5B")
                    && found.hasPrefix("test: tokens: "), "\(found)")
        }
        #expect(words("tokens: 1e300").contains("there are at most 1e9"))
        #expect(
            words("schedule: {warmup-steps: 400}")
                == "test: schedule.warmup-steps: is 400.0 of 400 steps; it has to be less than the "
                + "run")
        #expect(words("schedule: {warmup: 2000}").contains("which schedule.warmup-steps is"))
    }
}
