import Doctor
import Foundation
import Import
import OrderedCollections
import Testing

/// Layers, activations and groups of parameters: each sickness there, not there, and lost in noise.
@Suite struct LayerPathologyTests {
    private func findings(_ run: LoggedRun, _ pathology: String) throws -> [DoctorFinding] {
        try Examination.findings(run, pathology)
    }

    @Test func aLayeredRunIsQuiet() {
        var diagnosis = Diagnosis()
        diagnosis.add(DoctorCase(PatientRun.layered()))
        #expect(diagnosis.verdict == .quiet, "\(diagnosis.text(columns: 100))")
        #expect(diagnosis.patients[0].quiet.count == Pathology.all.count)
    }

    @Test func aLayerThatDepartsFromItsSiblingsIsFound() throws {
        func run(_ layer: Int, _ factor: Double, kind: String = "update") -> LoggedRun {
            PatientRun.layered { tag, step, value in
                tag == "norm/\(kind)/blocks.\(layer).query/rms" && step > 300
                    ? value * factor : value
            }
        }
        let warning = try #require(try findings(run(3, 8), "layer_imbalance").first)
        #expect(warning.place == "blocks.3.query" && warning.severity == .warning)
        #expect((300...330).contains(try #require(warning.step)))
        #expect(warning.evidence.contains("of layer 3 depart updates"))
        #expect(try findings(run(3, 1 / 20.0, kind: "weight"), "layer_imbalance").count == 1)
        // A trend over layers is none, nor a first layer that is a few times the others.
        #expect(try findings(run(3, 2.5), "layer_imbalance").isEmpty)
        #expect(try findings(run(0, 8), "layer_imbalance").isEmpty)
        #expect(try findings(run(0, 100), "layer_imbalance").count == 1)
    }

    @Test func aDepartureWithinItsNoiseIsNone() throws {
        func run(_ scatter: Double) -> LoggedRun {
            var noise = PatientRun.Noise(5)
            var run = LoggedRun(name: "noisy", sources: [])
            for step in 1...40 {
                for layer in 0..<6 {
                    let value = exp(scatter * 3 * noise.next() + (layer == 2 ? 2.2 : 0))
                    run.add("norm/update/h.\(layer).mlp/rms", step: step, value: value)
                }
            }
            return run
        }
        #expect(try findings(run(0.1), "layer_imbalance").map(\.place) == ["h.2.mlp"])
        #expect(try findings(run(1.5), "layer_imbalance").isEmpty)
    }

    @Test func layersThatTakeNoPartAreFound() throws {
        let silent = PatientRun.layered { tag, step, value in
            tag == "norm/gradient/blocks.2.query/rms" && step > 200 ? 0 : value
        }
        let found = try findings(silent, "dead_layers")
        #expect(found.map(\.place) == ["blocks.2.query"] && found[0].step == 201)
        // All gradients that fall together are no layer's matter.
        let falling = PatientRun.layered { tag, step, value in
            tag.hasPrefix("norm/gradient/") && step > 200 ? value * 1e-7 : value
        }
        #expect(try findings(falling, "dead_layers").isEmpty)

        func stream(_ dead: Double, noise: Double) -> LoggedRun {
            var random = PatientRun.Noise(2)
            var run = PatientRun.healthy()
            for step in 1...600 {
                for layer in 0..<4 {
                    let gain = layer == 1 && step > 100 ? dead : 1.2
                    run.add(
                        "act/\(layer)/gain", step: step, value: gain + noise * random.next())
                }
            }
            return run
        }
        let idle = try findings(stream(1, noise: 0), "dead_layers")
        #expect(idle.map(\.place) == ["layer 1"] && idle[0].step == 101)
        #expect(try findings(stream(1.05, noise: 0), "dead_layers").isEmpty)
        #expect(try findings(stream(1, noise: 0.01), "dead_layers").isEmpty)
    }

    @Test func attentionAndRanksThatCollapseAreFound() throws {
        func run(entropy: Double, of heads: Int, rank: Double) -> LoggedRun {
            var run = PatientRun.healthy()
            for step in 1...600 {
                let share = min(1, Double(step) / 300)
                for head in 0..<4 {
                    let end = head < heads ? entropy : 2
                    run.add(
                        "attn/1/head/\(head)/entropy", step: step, value: 2 + (end - 2) * share)
                }
                run.add(
                    "spectrum/blocks.0.mlp.up/stable_rank", step: step,
                    value: 20 + (rank - 20) * share)
            }
            return run
        }
        let both = try findings(run(entropy: 0.01, of: 4, rank: 1.02), "dead_layers")
        #expect(both.map(\.place) == ["layer 1", "blocks.0.mlp.up"])
        #expect(both.map(\.source) == ["2303.06296", "2103.03404"])
        // Heads that look at the token before have no entropy either, and are sound.
        #expect(try findings(run(entropy: 0.01, of: 3, rank: 6), "dead_layers").isEmpty)
        #expect(
            try Examination.outcome(LoggedRun(name: "bare", sources: []), "dead_layers")
                == .cannotSay(
                    needs: "norm/gradient/TENSOR/rms; more by act/LAYER/gain, "
                        + "attn/LAYER/head/HEAD/entropy, spectrum/TENSOR/stable_rank"))
    }

    @Test func massiveActivationsAreANoteUntilTheyGrow() throws {
        func run(_ size: @escaping (Double) -> Double, scatter: Double = 0) -> LoggedRun {
            var noise = PatientRun.Noise(9)
            return PatientRun.healthy { tag, step, value in
                tag == "act/0/max"
                    ? size(Double(step)) * exp(3 * scatter * noise.next()) : value
            }
        }
        let still = try findings(run { _ in 900 }, "massive_activations")
        #expect(still.map(\.severity) == [.note] && still[0].change == nil)
        let growing = try findings(run { 900 * $0 / 600 }, "massive_activations")
        #expect(growing.map(\.severity) == [.warning] && growing[0].place == "layer 0")
        #expect(growing[0].evidence.contains("growing as step^1.00"))
        #expect(try findings(run { _ in 90 }, "massive_activations").isEmpty)
        // What scatters by more than it grows does not grow.
        let noisy = try findings(run({ _ in 900 }, scatter: 0.7), "massive_activations")
        #expect(noisy.allSatisfy { $0.severity == .note })
    }

    @Test func hotChannelsAreANote() throws {
        let hot = PatientRun.healthy { tag, _, value in
            tag == "act/0/hot_channel_ratio" ? value * 50 : value
        }
        let note = try #require(try findings(hot, "massive_activations").first)
        #expect(note.severity == .note && note.evidence.contains("times the median one"))
        #expect(try findings(PatientRun.healthy(), "massive_activations").isEmpty)
    }

    @Test func numbersThatLeaveTheirFormatAreFound() throws {
        func run(
            _ format: String?, power: Double, late: Double, lost: Double = 0, scatter: Double = 0
        ) -> LoggedRun {
            var noise = PatientRun.Noise(4)
            var run = PatientRun.healthy { tag, step, value in
                tag == "act/0/max"
                    ? late * pow(Double(step) / 600, power) * exp(3 * scatter * noise.next())
                    : value
            }
            run.words["dtype"] = format
            for step in 1...600 {
                run.add("range/gradient/head/underflow_fp16", step: step, value: lost)
            }
            return run
        }
        let ahead = try findings(run("float16", power: 1, late: 9000), "overflow_ahead")
        #expect(ahead.map(\.severity) == [.warning] && ahead[0].evidence.contains("at 7.46 times"))
        #expect(
            try findings(run("float16", power: 0, late: 50_000), "overflow_ahead")[0].severity
                == .alarm)
        // A format that is not known makes it a note, one with more exponent nothing.
        #expect(try findings(run(nil, power: 1, late: 9000), "overflow_ahead")[0].severity == .note)
        #expect(try findings(run("bfloat16", power: 1, late: 9000), "overflow_ahead").isEmpty)
        #expect(try findings(run("float16", power: 1, late: 50), "overflow_ahead").isEmpty)
        #expect(
            try findings(run("float16", power: 0, late: 900, scatter: 0.7), "overflow_ahead")
                .isEmpty)
        let lost = try findings(run("fp16", power: 0, late: 10, lost: 0.7), "overflow_ahead")
        #expect(lost.map(\.place) == ["gradient/head"])
        #expect(lost[0].change?.hasPrefix("a larger loss scale") == true)
        #expect(try findings(run("fp16", power: 0, late: 10, lost: 0.2), "overflow_ahead").isEmpty)
        #expect(try findings(run("bf16", power: 0, late: 10, lost: 0.7), "overflow_ahead").isEmpty)
    }

    @Test func aGroupThatOwnsTheGradientIsFound() throws {
        func run(_ factor: Double, clip: Double, scatter: Double = 0) -> LoggedRun {
            var noise = PatientRun.Noise(6)
            var run = PatientRun.healthy { tag, _, value in
                tag == "norm/gradient/embedding/fro"
                    ? value * factor * exp(3 * scatter * noise.next()) : value
            }
            run.settings["max_grad_norm"] = clip
            return run
        }
        let warning = try #require(try findings(run(6, clip: 0.9), "gradient_norm_owner").first)
        #expect(warning.severity == .warning && warning.place == "embedding" && warning.step == 1)
        // Without clipping the others do not feel it.
        let note = try #require(try findings(run(6, clip: 0), "gradient_norm_owner").first)
        #expect(note.severity == .note && note.change == nil)
        #expect(try findings(run(2, clip: 0.9), "gradient_norm_owner").isEmpty)
        #expect(try findings(run(3, clip: 0.9, scatter: 0.7), "gradient_norm_owner").isEmpty)
    }

    @Test(
        "norms of gradients follow from root mean squares where the size of every parameter is known"
    )
    func gradientNormsOfRootMeanSquares() throws {
        func run(_ counts: [String: Int]) -> LoggedRun {
            var run = LoggedRun(name: "run", sources: [])
            for step in 1...60 {
                for name in ["embedding", "blocks.0.up", "head"] {
                    run.add("norm/gradient/\(name)/rms", step: step, value: 0.1)
                }
            }
            run.parameterCounts = counts
            return run
        }
        let counts = ["embedding": 9700, "blocks.0.up": 200, "head": 100]
        let note = try #require(try findings(run(counts), "gradient_norm_owner").first)
        #expect(note.place == "embedding")
        #expect(note.evidence.hasPrefix("embedding has 97% of the squared gradient norm"))
        let even = counts.mapValues { _ in 100 }
        #expect(try findings(run(even), "gradient_norm_owner").isEmpty)
        var partial = counts
        partial["head"] = nil
        #expect(throws: Examination.NeedsMore.self) {
            try findings(run(partial), "gradient_norm_owner")
        }
    }

    @Test func aRunShorterThanItsDecayIsANote() throws {
        func run(_ decay: Double?, steps: Double = 600) -> LoggedRun {
            var run = PatientRun.healthy()
            run.settings["weight_decay"] = decay
            run.settings["max_steps"] = steps
            return run
        }
        let note = try #require(try findings(run(0.1), "short_for_equilibrium").first)
        #expect(note.severity == .note && note.change == nil && note.source == "2405.13698")
        // 0.1 times the sum of the rates, half the peak over 570 steps and 30 of warm-up.
        #expect(note.evidence.hasPrefix("0.0306 times 1/(rate x decay)"))
        #expect(try findings(run(3), "short_for_equilibrium").isEmpty)
        #expect(try findings(run(0), "short_for_equilibrium").isEmpty)
        // Of a run that goes on, what it will come to counts.
        #expect(try findings(run(0.1, steps: 20_000), "short_for_equilibrium").isEmpty)
        #expect(throws: Examination.NeedsMore.self) {
            try findings(run(nil), "short_for_equilibrium")
        }
    }
}
