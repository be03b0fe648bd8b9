public import Datasets
public import Engines
import Foundation
public import Modules
import Optimizers
public import OrderedCollections
import Programs
import Telemetry
public import Tensors

/// Trains one run, step by step.
///
/// The trainer owns the state and nothing else: where records and checkpoints go is the business of
/// its ``RunRecorder``. A step depends on the state, the configuration and the step's number alone.
public final class Trainer {
    /// How a run left the finite numbers.
    public struct Divergence: Sendable, Hashable {
        /// The step.
        public var step: Int
        /// The first measurement, in the order of computation, that is not finite.
        public var tensor: String
    }

    /// What a step measured.
    public struct StepReport: Sendable {
        /// The number of the step, from 1.
        public var step: Int
        /// The step's learning rate.
        public var learningRate: Double
        /// Tag -> value, in the order of computation.
        public var values: OrderedDictionary<String, Double>
        /// The first tag whose value is not finite.
        public var firstNotFinite: String?
    }

    /// The configuration.
    public let configuration: RunConfiguration
    /// Steps taken.
    public private(set) var step = 0
    /// The largest attention logit of all steps so far.
    public private(set) var largestLogit: Double?
    /// The parameters' table.
    public let parameters: [ParameterSpecification]
    /// What the engine chose for the operations of a step.
    public let kernels: [KernelCount]

    private let program: TrainingProgram
    private let training: any Executable
    private let evaluation: any Executable
    private let batches: BatchSource
    private let validation: [Batch]
    /// Parameters and state, by name.
    private var state: [String: any Buffer] = [:]
    private var inputs: [String: any Buffer] = [:]
    private let operands: [any Buffer]
    private let evaluationOperands: [any Buffer]

    /// Compiles the programs and initialises parameters and state.
    public init(
        _ configuration: RunConfiguration, batches: BatchSource, engine: any Engine
    ) throws {
        self.configuration = configuration
        self.batches = batches
        validation = batches.validationBatches(count: configuration.evaluation.batches)
        program = try TrainingProgram(configuration)
        parameters = program.parameters
        training = try engine.compile(program.program, donations: program.donations)
        let evaluationProgram = try EvaluationProgram(configuration).program
        evaluation = try engine.compile(evaluationProgram)
        kernels = training.kernels

        let start = parameters.initialized(seed: configuration.seed)
        var buffers: [String: any Buffer] = [:]
        for input in program.program.inputs {
            let type = program.program.types[input.value]
            let path = input.name.hasPrefix("parameter/") ? String(input.name.dropFirst(10)) : ""
            buffers[input.name] = try engine.buffer(
                start[path] ?? .zeros(type.shape, type.elementType))
        }
        let stateNames = Set(program.stateNames)
        state = buffers.filter { stateNames.contains($0.key) }
        inputs = buffers.filter { !stateNames.contains($0.key) }
        operands = program.program.inputs.compactMap { buffers[$0.name] }
        evaluationOperands = evaluationProgram.inputs.compactMap { buffers[$0.name] }
    }

    /// Takes one step.
    public func takeStep() throws -> StepReport {
        let size = configuration.stepSize(step + 1)
        try write(batches.batch(step))
        for (name, value) in configuration.rule.scalars(at: size) {
            try inputs["step/" + name]?.write(Tensor(scalar: Float(value)))
        }
        let outputs = try training.run(operands)
        step += 1
        return try report(outputs, size.learningRate)
    }

    private func report(_ outputs: [any Buffer], _ learningRate: Double) throws -> StepReport {
        var byName: [String: any Buffer] = [:]
        for (output, buffer) in zip(program.program.outputs, outputs) {
            byName[output.name] = buffer
        }
        var report = StepReport(step: step, learningRate: learningRate, values: [:])
        for measurement in program.measurements {
            guard let raw = try byName[measurement.output]?.tensor().floats[0] else { continue }
            let value = measurement.value(raw)
            let tag = measurement.metric.tag
            report.values[tag] = value
            if !value.isFinite, report.firstNotFinite == nil { report.firstNotFinite = tag }
            if Metric.isMaxAttentionLogit(tag), value.isFinite {
                largestLogit = max(largestLogit ?? value, value)
            }
        }
        return report
    }

    /// The mean cross-entropy on the fixed validation set.
    public func validationLoss() throws -> Double {
        var sum = 0.0
        for batch in validation {
            try write(batch)
            sum += Double(try evaluation.run(evaluationOperands)[0].tensor().floats[0])
        }
        return sum / Double(validation.count)
    }

    private func write(_ batch: Batch) throws {
        let shape: Shape = [batch.sequences, batch.context]
        try inputs["tokens"]?.write(Tensor(integers: batch.inputs, shape: shape))
        try inputs["targets"]?.write(Tensor(integers: batch.targets, shape: shape))
    }

    /// Parameters and state, copied to the host.
    public func tensors() throws -> ParameterTree {
        var tree = ParameterTree()
        for name in program.stateNames { tree[name] = try state[name]?.tensor() }
        return tree
    }

    /// Goes on from a checkpoint.
    public func restore(_ checkpoint: Checkpoint, from path: String) throws {
        for name in program.stateNames {
            guard let tensor = checkpoint.tensors[name] else {
                throw TrainingError.checkpoint(path: path, "holds no tensor \(name)")
            }
            do {
                try state[name]?.write(tensor)
            } catch let error as EngineError {
                throw TrainingError.checkpoint(path: path, "\(name): \(error)")
            }
        }
        step = checkpoint.step
        largestLogit = checkpoint.largestLogit
    }
}

/// Why training cannot go on.
public enum TrainingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A checkpoint does not fit the run.
    case checkpoint(path: String, String)

    /// A sentence for the reader.
    public var description: String {
        switch self {
        case .checkpoint(let path, let reason):
            "\(path): \(reason); delete it to resume from the checkpoint before it"
        }
    }
}
