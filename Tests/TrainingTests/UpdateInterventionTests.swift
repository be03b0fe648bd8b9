import Engines
import Foundation
import Modules
import Optimizers
import OrderedCollections
import Programs
import Telemetry
import Tensors
import Testing
import Training

/// A step of a small model, taken by the reference engine.
private struct Step {
    var configuration = RunConfiguration()
    var inputs: [String: Tensor] = [:]

    init(_ change: (inout RunConfiguration) -> Void) throws {
        configuration.model.width = 32
        configuration.model.depth = 1
        configuration.model.headDimension = 8
        configuration.model.context = 6
        configuration.model.vocabulary = 11
        configuration.data.batch = 2
        change(&configuration)
        let program = try TrainingProgram(configuration)
        for (name, tensor) in program.start(seed: 4) { inputs[name] = tensor }
        let tokens = (0..<12).map { Int32(($0 * 7 + 3) % 11) }
        inputs["tokens"] = Tensor(integers: tokens, shape: [2, 6])
        inputs["targets"] = Tensor(integers: tokens.reversed(), shape: [2, 6])
        feed(configuration.rule.scalars(at: configuration.stepSize(100)))
    }

    mutating func feed(_ scalars: [StepScalar: Double]) {
        inputs.merge(scalars.tensors) { $1 }
    }

    /// The outputs of the step.
    func outputs() throws -> [String: Tensor] {
        try ReferenceEngine().run(TrainingProgram(configuration).program, inputs)
    }

    /// Each head's largest logit, by `LAYER/HEAD`, of parameters.
    func logits(_ parameters: [String: Tensor] = [:]) throws -> [String: Double] {
        var configuration = configuration
        configuration.telemetry.attention = true
        let probes = try ProbeProgram(configuration)
        let now = inputs.merging(parameters.filter { $0.key.hasPrefix("parameter/") }) { $1 }
        let outputs = try ReferenceEngine().run(probes.program, now)
        var logits: [String: Double] = [:]
        for probe in probes.values(outputs, at: configuration.stepSize(1)) {
            let parts = probe.metric.tag.split(separator: "/")
            if parts.last == "logit" { logits["\(parts[1])/\(parts[3])"] = probe.value }
        }
        return logits
    }
}

@Suite("interventions in the update")
struct UpdateInterventionTests {
    @Test("QK-clip brings each head's largest logit to the threshold, and no other matrix moves")
    func qkClip() throws {
        var step = try Step { $0.model.initGain.hidden = 3 }
        let before = try step.logits()
        #expect(before.count == 4)
        let sorted = before.values.sorted()
        let threshold = (sorted[1] + sorted[2]) / 2
        func clipped(_ threshold: Double) throws -> (Step, [String: Tensor]) {
            step = try Step {
                $0.model.initGain.hidden = 3
                $0.optimizer.qkClip = threshold
                $0.optimizer.weightDecay.form = .none
            }
            step.feed([.learningRate: 0, .decay: 0])
            return (step, try step.outputs())
        }
        let (clip, outputs) = try clipped(threshold)
        let after = try clip.logits(outputs)
        for (head, logit) in before {
            // Two roundings of weights to floats, and their products.
            let expected = min(logit, threshold)
            #expect(((after[head] ?? 0) - expected).magnitude < 1e-5 * expected, "\(head)")
        }
        for (name, tensor) in outputs where name.hasPrefix("parameter/") {
            let isMoved = tensor != clip.inputs[name]
            let mayMove = name.hasSuffix(".query") || name.hasSuffix(".key")
            #expect(!isMoved || mayMove, "\(name)")
            let size = outputs[name.replacing("parameter/", with: "metric/norm/update/") + "/rms"]
            #expect(((size?.doubles[0] ?? 0) > 0) == isMoved, "\(name)")
        }
        // A logit of 400 and a threshold of 100: the weights are halved.
        let all = try clipped(sorted[3] / 4)
        let layer = try #require(before.first { $0.value == sorted[3] }?.key)
        let parts = layer.split(separator: "/").compactMap { Int($0) }
        let name = "parameter/blocks.\(parts[0]).attention.query"
        let row = parts[1] * 8 * 32
        let old = try #require(all.0.inputs[name]).doubles[row]
        let new = try #require(all.1[name]).doubles[row]
        #expect((new / old - 0.5).magnitude < 1e-6)
        // Without a clip the logits stay.
        let (plain, same) = try clipped(0)
        let unclipped = try plain.logits(same)
        withKnownIssue { #expect(unclipped.values.allSatisfy { $0 <= threshold * 1.00001 }) }
    }

    @Test("the learning rate goes with the size of each tensor, down to a thousandth")
    func relativeRate() throws {
        func changes(_ isRelative: Bool) throws -> [String: (size: Double, change: Double)] {
            var step = try Step {
                $0.optimizer.relativeRate = isRelative
                $0.optimizer.weightDecay.form = .none
            }
            step.inputs["parameter/blocks.0.mlp.down"] = .zeros([32, 128])
            let outputs = try step.outputs()
            var table: [String: (size: Double, change: Double)] = [:]
            for (name, old) in step.inputs where name.hasPrefix("parameter/") {
                let (a, b) = (old.doubles, try #require(outputs[name]).doubles)
                let n = Double(a.count)
                let change = zip(a, b).reduce(0) { $0 + ($1.1 - $1.0) * ($1.1 - $1.0) }
                table[name] = (
                    (a.reduce(0) { $0 + $1 * $1 } / n).squareRoot(), (change / n).squareRoot()
                )
            }
            return table
        }
        let (plain, relative) = try (changes(false), changes(true))
        var floored = 0
        for (name, row) in plain where row.change > 0 {
            let factor = (relative[name]?.change ?? 0) / row.change
            let expected = max(row.size, 1e-3)
            if row.size < 1e-3 { floored += 1 }
            // Weights are floats, of which a change of a thousandth keeps thirteen bits.
            #expect((factor / expected - 1).magnitude < 2e-3, "\(name): \(factor), not \(expected)")
        }
        #expect(floored == 1, "one matrix starts at zero")
        let off = plain.filter { $0.value.change > 0 && ($0.value.size - 1).magnitude > 0.1 }
        withKnownIssue {
            #expect(off.allSatisfy { relative[$0.key]?.change == $0.value.change })
        }
    }

    @Test("factors of branches from the depth")
    func residualScale() {
        var configuration = RunConfiguration()
        configuration.model.depth = 8
        configuration.model.branchScale = 3
        let factors = ResidualScale.allCases.map { scale in
            configuration.model.residualScale = scale
            return configuration.resolvedModel.branchScale
        }
        #expect(factors == [3, 0.75, 0.375])
    }
}
