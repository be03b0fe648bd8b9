import Datasets
import Engines
import Formats
import Foundation
import Modules
import Optimizers
import OrderedCollections
import Tensors
import Testing
import Training

extension SmallRun {
    /// A run of 60 steps of a wider model.
    fileprivate static func wide() throws -> SmallRun {
        try SmallRun { configuration in
            configuration.model.width = 32
            configuration.model.headDimension = 16
            configuration.steps = 60
            configuration.telemetry.every = 10
            configuration.optimizer.learningRate = 1e-3
        }
    }

    fileprivate func trainer(norms: Bool = true, spectralEvery: Int = 0) throws -> Trainer {
        try trainer { configuration in
            configuration.telemetry.norms = norms
            configuration.telemetry.spectralEvery = spectralEvery
        }
    }
}

@Suite("what a step measures")
struct TelemetryTests {
    @Test("no measurement changes a bit of training") func bits() throws {
        let run = try SmallRun.wide()
        defer { run.end() }
        let trainers = try [
            run.trainer(norms: false), run.trainer(), run.trainer(spectralEvery: 2),
        ]
        var losses = [[Double?]](repeating: [], count: 3)
        for _ in 0..<6 {
            for (index, trainer) in trainers.enumerated() {
                losses[index].append(try trainer.takeStep().byTag["train/loss"])
            }
        }
        #expect(losses[0].compactMap(\.self).count == 6)
        #expect(losses[0] == losses[1] && losses[1] == losses[2])
        let trees = try trainers.map { try $0.tensors() }
        for name in trees[0].keys {
            #expect(trees[0][name] == trees[1][name] && trees[1][name] == trees[2][name], "\(name)")
        }
    }

    @Test("without norms, the loss and the gradient's norm are left") func none() throws {
        let run = try SmallRun.wide()
        defer { run.end() }
        let report = try run.trainer(norms: false).takeStep()
        #expect(Set(report.byTag.keys) == ["train/loss", "optim/grad_norm"])
        let more = try run.trainer().takeStep()
        #expect(more.byTag.keys.contains { $0.hasPrefix("norm/weight/") })
        #expect(more.byTag.keys.contains { $0.hasPrefix("attn/") })
    }

    @Test("spectral norms approach the largest singular value from below, when they are due")
    func spectralNorms() throws {
        let run = try SmallRun.wide()
        defer { run.end() }
        let trainer = try run.trainer(spectralEvery: 2)
        var last: Trainer.StepReport?
        for step in 1...60 {
            let report = try trainer.takeStep()
            let tags = report.byTag.keys.filter { $0.hasSuffix("/spectral") }
            #expect(tags.isEmpty == (step % 2 != 0))
            if step % 2 == 0 { last = report }
        }
        let report = try #require(last)
        let tensors = try trainer.tensors()
        var matrices = 0
        var early = 0
        for parameter in trainer.parameters where parameter.shape.rank == 2 {
            let tensor = try #require(tensors["parameter/" + parameter.path])
            let largest = try #require(SingularValues(tensor).values.max())
            let value = try #require(report.byTag["norm/weight/\(parameter.path)/spectral"])
            #expect(value <= largest * (1 + 1e-5), "\(parameter.path): \(value), not \(largest)")
            #expect(value >= 0.93 * largest, "\(parameter.path): \(value), not \(largest)")
            matrices += 1
            let mean = report.byTag["norm/weight/\(parameter.path)/rms"] ?? 0
            if mean >= 0.93 * largest { early += 1 }
        }
        #expect(matrices > 10)
        // The check tells a root mean square from a spectral norm.
        withKnownIssue { #expect(early == matrices) }
    }

    @Test("a checkpoint holds what the next measurement starts from") func resume() throws {
        let run = try SmallRun.wide()
        defer { run.end() }
        let whole = try run.trainer(spectralEvery: 3)
        var expected: [String: Double] = [:]
        var saved: ParameterTree?
        for step in 1...6 {
            let report = try whole.takeStep()
            if step == 4 { saved = try whole.tensors() }
            expected = Dictionary(uniqueKeysWithValues: report.byTag.map { ($0.key, $0.value) })
        }
        let tensors = try #require(saved)
        #expect(tensors.keys.contains { $0.hasPrefix("state/spectral/") })
        func resumed(_ tensors: ParameterTree) throws -> [String: Double] {
            let trainer = try run.trainer(spectralEvery: 3)
            try trainer.restore(
                Checkpoint(
                    step: 4, initialLoss: 0, largestLogit: nil, configuration: "",
                    tensors: tensors), from: "checkpoint")
            _ = try trainer.takeStep()
            let report = try trainer.takeStep()
            return Dictionary(uniqueKeysWithValues: report.byTag.map { ($0.key, $0.value) })
        }
        #expect(try resumed(tensors) == expected)
        // Vectors that begin anew give other estimates.
        var forgetful = tensors
        for (name, tensor) in tensors where name.hasPrefix("state/spectral/") {
            forgetful[name] = .zeros(tensor.shape)
        }
        let other = try resumed(forgetful)
        withKnownIssue { #expect(other == expected) }
    }
}
