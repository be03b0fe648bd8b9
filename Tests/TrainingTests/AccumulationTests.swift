import Datasets
import Engines
import Modules
import Optimizers
import OrderedCollections
import Programs
import Telemetry
import Tensors
import Testing
import Training

@Suite("gradients accumulated over micro-batches")
struct AccumulationTests {
    /// A step of a small run from its start, computed in double.
    private func step(
        _ small: SmallRun, tokens: Batch? = nil, _ change: (inout RunConfiguration) -> Void
    ) throws -> [String: [Double]] {
        var configuration = small.configuration
        configuration.model.qkNorm = false
        configuration.loss.zLoss = 1e-2
        change(&configuration)
        try configuration.validate()
        let program = try TrainingProgram(configuration)
        var inputs = [String: Tensor](
            uniqueKeysWithValues: program.start(seed: 3).map { ($0.key, $0.value) })
        let batch = tokens ?? Batch(small)
        inputs["tokens"] = batch.tokens
        inputs["targets"] = batch.targets
        let size = configuration.stepSize(6)
        for (name, tensor) in program.rule.scalars(at: size).tensors { inputs[name] = tensor }
        return try ReferenceEngine().run(program.program, inputs).mapValues(\.doubles)
    }

    /// The first batch of a small run.
    private struct Batch {
        var tokens: Tensor
        var targets: Tensor

        init(_ small: SmallRun) {
            let batch = small.batches.batch(0)
            let shape: Shape = [batch.sequences, batch.context]
            tokens = Tensor(integers: batch.inputs, shape: shape)
            targets = Tensor(integers: batch.targets, shape: shape)
        }
    }

    /// The largest distance of a number from the other's, in parts of the output's largest.
    private func distance(_ some: [String: [Double]], _ others: [String: [Double]]) -> Double {
        #expect(Set(some.keys) == Set(others.keys))
        return some.map { name, values in
            let largest = values.map(\.magnitude).max() ?? 0
            let apart = zip(values, others[name] ?? []).map { ($0 - $1).magnitude }.max() ?? 0
            return apart / max(largest, 1e-30)
        }.max() ?? 0
    }

    @Test("a step, its norms and what is watched are those of the whole batch", arguments: [2, 4])
    func step(parts: Int) throws {
        let small = try SmallRun()
        defer { small.end() }
        for rule in ["adamw", "muon"] {
            let whole = try step(small) { $0.optimizer = OptimizerConfiguration(rule: rule) }
            let accumulated = try step(small) {
                $0.optimizer = OptimizerConfiguration(rule: rule)
                $0.data.accumulation = parts
            }
            #expect(whole.keys.contains("metric/" + Metric.maxAttentionLogit(0).tag))
            #expect(whole.keys.contains("metric/" + Metric.residual(1).tag))
            #expect(distance(whole, accumulated) < 1e-7, "\(rule)")
        }
    }

    @Test("a step without one of the micro-batches is another step")
    func brokenTwin() throws {
        let small = try SmallRun()
        defer { small.end() }
        let whole = try step(small) { _ in }
        var first = Batch(small)
        let half = first.tokens.shape.count / 2
        for (tensor, path) in [
            (first.tokens, \Batch.tokens), (first.targets, \Batch.targets),
        ] {
            let kept = tensor.doubles.prefix(half).map { Int32($0) }
            first[keyPath: path] = Tensor(integers: kept + kept, shape: tensor.shape)
        }
        let broken = try step(small, tokens: first) { $0.data.accumulation = 2 }
        #expect(distance(whole, broken) > 1e-2)
    }

    @Test("clipped logits are the largest of all micro-batches")
    func clip() throws {
        let small = try SmallRun()
        defer { small.end() }
        // The start's largest logits are near 2.
        let whole = try step(small) { $0.optimizer.qkClip = 0.25 }
        let accumulated = try step(small) {
            $0.optimizer.qkClip = 0.25
            $0.data.accumulation = 4
        }
        #expect(distance(whole, accumulated) < 1e-7)
        let unclipped = try step(small) { $0.data.accumulation = 4 }
        let query = "parameter/blocks.0.attention.query"
        #expect(unclipped[query] != accumulated[query])
    }

    @Test("an engine trains so, with the same bits again, and close to the whole batch")
    func engine() throws {
        let small = try SmallRun()
        defer { small.end() }
        func losses(_ parts: Int) throws -> [Double] {
            let trainer = try small.trainer {
                $0.data.accumulation = parts
                $0.telemetry.ratios = true
            }
            return try (0..<12).compactMap { _ in try trainer.takeStep().values[.trainLoss] }
        }
        let accumulated = try losses(4)
        #expect(accumulated.count == 12)
        #expect(try losses(4) == accumulated)
        let whole = try losses(1)
        let apart = zip(whole, accumulated).map { ($0 - $1).magnitude }.max() ?? 0
        #expect(apart < 1e-4 && apart > 0)
    }

    @Test("micro-batches are equal parts, and one is no part of an identity")
    func configuration() throws {
        var configuration = RunConfiguration()
        let plain = configuration.digest
        configuration.data.batch = 12
        configuration.data.accumulation = 5
        #expect {
            try configuration.validate()
        } throws: { error in
            "\(error)".contains("data.accumulation: 5 micro-batches are no equal parts of 12")
        }
        configuration.data.batch = 16
        configuration.data.accumulation = 1
        #expect(configuration.digest == plain)
        configuration.data.accumulation = 2
        #expect(configuration.digest != plain)
        let whole = try ResourceEstimate(RunConfiguration())
        #expect(try ResourceEstimate(configuration).activations == whole.activations / 2)
    }
}
