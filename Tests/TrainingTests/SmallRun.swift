import Datasets
import Foundation
import Modules
import Optimizers
import Tensors
import Training

/// A small run on words that do not repeat soon.
struct SmallRun {
    let batches: BatchSource
    let configuration: RunConfiguration
    private let folder: String

    /// Writes the text.
    ///
    /// - Parameter change: What differs from 12 steps of a model of width 16.
    /// - Throws: What writing and reading the text throws.
    init(_ change: (inout RunConfiguration) -> Void = { _ in }) throws {
        folder = NSTemporaryDirectory() + "ballast-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let words = ["the ", "ship ", "keeps ", "its ", "weight ", "low ", "and ", "rights\n"]
        let key = RandomKey(seed: 11)
        let text = (0..<5_000).map { words[Int(key.words(at: UInt64($0))[0] % 8)] }.joined()
        try text.write(toFile: folder + "/text.txt", atomically: true, encoding: .utf8)
        var configuration = RunConfiguration()
        configuration.model.width = 16
        configuration.model.headDimension = 8
        configuration.model.depth = 2
        configuration.model.context = 16
        configuration.data.batch = 4
        configuration.steps = 12
        configuration.telemetry.every = 3
        configuration.optimizer.learningRate = 1e-2
        configuration.optimizer.weightDecay.rate = 1e-3
        configuration.optimizer.weightDecay.referenceSteps = 0
        change(&configuration)
        self.configuration = configuration
        let cache = try TokenCache(
            TextSource([folder + "/text.txt"], home: folder), vocabulary: 256)
        batches = try BatchSource(
            cache, context: configuration.model.context, batch: configuration.data.batch,
            dataSeed: 0)
    }

    func end() { try? FileManager.default.removeItem(atPath: folder) }

    /// A trainer of the run, changed.
    func trainer(
        stepsPerRun: Int = 1, _ change: (inout RunConfiguration) -> Void
    ) throws -> Trainer {
        var configuration = configuration
        change(&configuration)
        try configuration.validate()
        return try Trainer(
            configuration, batches: batches, engine: makeCPUEngine(), stepsPerRun: stepsPerRun)
    }
}
