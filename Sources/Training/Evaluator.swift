public import Datasets
public import Engines
import Foundation
import Modules
public import OrderedCollections
import Programs
public import Tensors

/// Measures parameters on the fixed validation set, batch by batch.
public final class Evaluator {
    private let loss: any Executable
    private let logits: any Executable
    private let engine: any Engine
    private let batches: [Batch]
    private let inputs: [String]
    private let logitInputs: [String]
    private let vocabulary: Int

    /// Compiles the programs.
    ///
    /// - Parameters:
    ///   - configuration: The model, and how many batches.
    ///   - batches: The data.
    ///   - engine: What computes.
    /// - Throws: `ProgramError` when the configuration does not fit together, and what the engine
    ///   throws.
    public init(
        _ configuration: RunConfiguration, batches: BatchSource, engine: any Engine
    ) throws {
        self.engine = engine
        self.batches = batches.validationBatches(count: configuration.evaluation.batches)
        vocabulary = configuration.model.vocabulary
        let evaluation = try EvaluationProgram(configuration).program
        loss = try engine.compile(evaluation)
        inputs = evaluation.inputs.map(\.name)
        let builder = ProgramBuilder("predict")
        let scope = configuration.evaluationScope(builder)
        let tokens = builder.input(
            "tokens", .i32, [configuration.data.batch, configuration.model.context])
        builder.output(
            "logits", ProxyTransformer(configuration.resolvedModel).logits(tokens, scope))
        let prediction = try builder.build().simplified()
        logits = try engine.compile(prediction)
        logitInputs = prediction.inputs.map(\.name)
    }

    /// The mean cross-entropy of each validation batch, in nats.
    ///
    /// - Parameter tensors: Those of a checkpoint, `parameter/PATH` and `state/SLOT/PATH`.
    /// - Returns: As many losses as the configuration has batches.
    /// - Throws: What the engine throws; ``TrainingError`` where a parameter is missing.
    public func losses(_ tensors: ParameterTree) throws -> [Double] {
        let parameters = try buffers(inputs, tensors)
        return try batches.map { batch in
            let output = try loss.run(operands(inputs, parameters, batch))[0]
            return Double(try output.tensor().floats[0])
        }
    }

    /// The logarithms of the probabilities of all next tokens, on the first validation batches.
    ///
    /// - Parameters:
    ///   - tensors: Those of a checkpoint, `parameter/PATH`.
    ///   - count: How many batches, at most those of the configuration.
    /// - Returns: Position by position, the logarithms over the vocabulary.
    /// - Throws: What the engine throws; ``TrainingError`` where a parameter is missing.
    public func logProbabilities(_ tensors: ParameterTree, batches count: Int) throws -> Predictions
    {
        let parameters = try buffers(logitInputs, tensors)
        var rows: [Float] = []
        for batch in batches.prefix(count) {
            let output = try logits.run(operands(logitInputs, parameters, batch))[0]
            rows += try output.tensor().floats
        }
        return Predictions(logits: rows, vocabulary: vocabulary)
    }

    /// What the model says of the first validation batch.
    ///
    /// - Parameter tensors: Those of a checkpoint, `parameter/PATH` and `state/SLOT/PATH`.
    /// - Returns: Tokens (batch, time), and the logits after each, (batch, time, vocabulary).
    /// - Throws: What the engine throws; ``TrainingError`` where a parameter is missing.
    package func firstLogits(
        _ tensors: ParameterTree
    ) throws -> (tokens: Tensor, logits: Tensor) {
        let batch = batches[0]
        let output = try logits.run(
            operands(logitInputs, buffers(logitInputs, tensors), batch))[0]
        let shape: Shape = [batch.sequences, batch.context]
        return (Tensor(integers: batch.inputs, shape: shape), try output.tensor())
    }

    private func buffers(
        _ names: [String], _ tensors: ParameterTree
    ) throws -> [String: any Buffer] {
        var buffers: [String: any Buffer] = [:]
        for name in names where name.hasPrefix("parameter/") || name.hasPrefix("state/") {
            guard let tensor = tensors[name] else {
                throw TrainingError.checkpoint(path: "checkpoint", "holds no tensor \(name)")
            }
            buffers[name] = try engine.buffer(tensor)
        }
        return buffers
    }

    private func operands(
        _ names: [String], _ parameters: [String: any Buffer], _ batch: Batch
    ) throws -> [any Buffer] {
        let shape: Shape = [batch.sequences, batch.context]
        return try names.map { name in
            if let buffer = parameters[name] { return buffer }
            return try engine.buffer(
                Tensor(integers: name == "tokens" ? batch.inputs : batch.targets, shape: shape))
        }
    }
}

/// What a model predicts at many positions.
public struct Predictions: Sendable {
    /// Position by position, the logarithms of the probabilities over the vocabulary.
    public let logProbabilities: [Float]
    /// Kinds of token.
    public let vocabulary: Int

    /// Normalises logits.
    ///
    /// - Parameters:
    ///   - logits: Position by position.
    ///   - vocabulary: Kinds of token, by which the count of logits divides.
    public init(logits: [Float], vocabulary: Int) {
        precondition(
            vocabulary > 0 && logits.count % vocabulary == 0,
            "Predictions: \(logits.count) logits of \(vocabulary) kinds")
        self.vocabulary = vocabulary
        var values = logits
        for start in stride(from: 0, to: values.count, by: vocabulary) {
            let row = values[start..<start + vocabulary]
            let peak = row.max() ?? 0
            var sum = 0.0
            for value in row { sum += Double(exp(value - peak)) }
            let logZ = Float(log(sum)) + peak
            for index in start..<start + vocabulary { values[index] -= logZ }
        }
        logProbabilities = values
    }

    /// The mean over positions of half the symmetric Kullback-Leibler divergence,
    /// `½ Σ (p − q)(log p − log q)`, in nats.
    ///
    /// - Parameter other: What another model predicts at the same positions.
    /// - Returns: Zero where both predict the same.
    /// - Precondition: Both have as many positions.
    public func divergence(from other: Predictions) -> Double {
        precondition(
            logProbabilities.count == other.logProbabilities.count,
            "Predictions: \(logProbabilities.count) and \(other.logProbabilities.count)")
        var sum = 0.0
        for (p, q) in zip(logProbabilities, other.logProbabilities) {
            sum += Double((exp(p) - exp(q)) * (p - q))
        }
        return sum / 2 / Double(max(logProbabilities.count / vocabulary, 1))
    }
}
