public import Datasets
public import Engines
import Foundation
public import Modules
import Optimizers
public import OrderedCollections
import Programs
public import Telemetry
public import Tensors

/// Trains one run, step by step.
///
/// The trainer owns the state and nothing else: where records and checkpoints go is the business of
/// its `RunRecorder`. A step depends on the state, the configuration and the step's number alone.
public final class Trainer {
    /// How a run became NaN or infinite.
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
        /// What was measured, in the order of computation.
        public var values: OrderedDictionary<Metric, Double>
        /// The first whose value is not finite.
        public var firstNonFinite: Metric?
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
    private let training: any StepExecutable
    private let evaluation: any Executable
    private let spectralNorms: SpectralNorms?
    private let probes: Probes?
    private let batches: BatchSource
    private let validation: [Batch]
    /// Parameters and state, by name.
    private let state: [String: any Buffer]
    private let operands: [any Buffer]
    /// The batch of an evaluation, by name.
    private let evaluationBatch: [String: any Buffer]
    private let evaluationOperands: [any Buffer]

    /// Compiles the programs and initialises parameters and state.
    ///
    /// - Parameters:
    ///   - configuration: The run.
    ///   - batches: Its data.
    ///   - engine: What computes.
    ///   - stepsPerRun: How many steps the engine takes at most before it reports.
    /// - Throws: `ProgramError` when the configuration does not fit together, and what the engine
    ///   throws.
    public init(
        _ configuration: RunConfiguration, batches: BatchSource, engine: any Engine,
        stepsPerRun: Int = 1
    ) throws {
        self.configuration = configuration
        self.batches = batches
        validation = batches.validationBatches(count: configuration.evaluation.batches)
        program = try TrainingProgram(configuration)
        parameters = program.parameters
        training = try engine.compileSteps(
            program.program, donations: program.donations, feeding: program.fedNames,
            limit: stepsPerRun)
        let evaluationProgram = try EvaluationProgram(configuration).program
        evaluation = try engine.compile(evaluationProgram)
        kernels = training.kernels

        let state: [String: any Buffer] = try program.start(seed: configuration.seed).reduce(
            into: [:]
        ) { $0[$1.key] = try engine.buffer($1.value) }
        self.state = state
        operands = program.program.inputs.compactMap { state[$0.name] }
        spectralNorms =
            configuration.telemetry.spectralEvery > 0
            ? try SpectralNorms(program.parameters, state: state, engine: engine) : nil
        probes = try Probes(configuration, state: state, engine: engine)
        var batch: [String: any Buffer] = [:]
        for input in evaluationProgram.inputs where state[input.name] == nil {
            let type = evaluationProgram.types[input.value]
            batch[input.name] = try engine.buffer(.zeros(type.shape, type.elementType))
        }
        evaluationBatch = batch
        evaluationOperands = evaluationProgram.inputs.compactMap {
            batch[$0.name] ?? state[$0.name]
        }
    }

    /// The most steps that ``takeSteps(_:)`` takes.
    public var stepsPerRun: Int { training.limit }

    /// Takes one step.
    public func takeStep() throws -> StepReport { try takeSteps(1)[0] }

    /// Takes steps one after another, and ends early in the reports where a measurement is not finite.
    ///
    /// - Parameter count: How many, at most ``stepsPerRun``.
    /// - Returns: What each step measured, up to the first that became NaN or infinite.
    /// - Throws: What the engine throws.
    public func takeSteps(_ count: Int) throws -> [StepReport] {
        let next = try prepare(count)
        return try finish(next, training.run(next.lane.operands, feeding: next.lane.steps))
    }

    /// Steps that are about to be taken.
    package struct NextSteps {
        /// State and feeds.
        package var lane: LaneSteps
        fileprivate var rates: [Double]
        fileprivate var probed: [ProbeValue]
    }

    /// What the engine needs for the next steps, after what is measured beside the first of them.
    package func prepare(_ count: Int) throws -> NextSteps {
        precondition(
            1 <= count && count <= stepsPerRun, "takeSteps: \(count) of at most \(stepsPerRun)")
        let sizes = (1...count).map { configuration.stepSize(step + $0) }
        let feeds = sizes.enumerated().map { index, size in feed(step + index, size) }
        return NextSteps(
            lane: LaneSteps(operands: operands, steps: feeds), rates: sizes.map(\.learningRate),
            probed: try measureProbes(feeds[0], sizes[0]))
    }

    /// Takes note of steps that the engine took.
    ///
    /// - Parameters:
    ///   - next: What it was given.
    ///   - rows: What came back from each step.
    /// - Returns: As ``takeSteps(_:)``.
    /// - Throws: What the engine throws.
    package func finish(_ next: NextSteps, _ rows: [[Tensor]]) throws -> [StepReport] {
        var reports: [StepReport] = []
        for (row, rate) in zip(rows, next.rates) {
            step += 1
            reports.append(report(row, rate))
            if reports[reports.count - 1].firstNonFinite != nil { break }
        }
        if reports[0].firstNonFinite == nil {
            for probe in next.probed { reports[0].values[probe.metric] = probe.value }
        }
        try measureSpectralNorms(&reports[reports.count - 1])
        return reports
    }

    /// How many steps there are until one that is measured beside the real one begins a run; nil when none
    /// is.
    ///
    /// The first step of a call of ``takeSteps(_:)`` is, when it is due.
    public var stepsUntilProbed: Int? {
        guard probes != nil else { return nil }
        let every = configuration.telemetry.every
        let next = (step + 1) / every * every + every
        return next - 1 - step
    }

    /// Measures the step that is about to be taken, where it is due.
    private func measureProbes(_ feed: [Tensor], _ size: StepSize) throws -> [ProbeValue] {
        guard let probes, size.step == 1 || size.step % configuration.telemetry.every == 0
        else { return [] }
        let byName = Dictionary(uniqueKeysWithValues: zip(program.fedNames, feed))
        return try probes.measure(byName, size)
    }

    /// Adds the spectral norms to the report of the step just taken, where they are due.
    private func measureSpectralNorms(_ report: inout StepReport) throws {
        guard let spectralNorms, step % configuration.telemetry.spectralEvery == 0,
            report.firstNonFinite == nil
        else { return }
        for (metric, value) in try spectralNorms.measure() {
            report.values[metric] = value
            if !value.isFinite, report.firstNonFinite == nil { report.firstNonFinite = metric }
        }
        guard configuration.telemetry.spectrum else { return }
        for parameter in parameters where parameter.shape.rank == 2 {
            guard let matrix = try state["parameter/" + parameter.path]?.tensor() else { continue }
            for probe in SpectrumProbe.measure(matrix, parameter.path) {
                report.values[probe.metric] = probe.value
            }
        }
    }

    /// What a step is fed, in the program's order.
    private func feed(_ step: Int, _ size: StepSize) -> [Tensor] {
        let batch = tensors(batches.batch(step))
        let scalars = program.rule.scalars(at: size)
        let values = program.rule.stepScalars.map { scalar in
            guard let value = scalars[scalar] else {
                preconditionFailure("\(type(of: program.rule).name): no value of \(scalar)")
            }
            return Tensor(scalar: Float(value))
        }
        return ["tokens", "targets"].compactMap { batch[$0] } + values
    }

    private func report(_ row: [Tensor], _ learningRate: Double) -> StepReport {
        var byName: [String: Float] = [:]
        for (name, tensor) in zip(training.reported, row) { byName[name] = tensor.floats[0] }
        var report = StepReport(step: step, learningRate: learningRate, values: [:])
        for measurement in program.measurements {
            guard let raw = byName[measurement.output] else { continue }
            let value = measurement.value(raw)
            let metric = measurement.metric
            report.values[metric] = value
            if !value.isFinite, report.firstNonFinite == nil { report.firstNonFinite = metric }
            if MetricFamily.maxAttentionLogits.contains(metric), value.isFinite {
                largestLogit = max(largestLogit ?? value, value)
            }
        }
        return report
    }

    /// The mean cross-entropy on the fixed validation set.
    public func validationLoss() throws -> Double {
        var sum = 0.0
        for batch in validation {
            for (name, tensor) in tensors(batch) { try evaluationBatch[name]?.write(tensor) }
            sum += Double(try evaluation.run(evaluationOperands)[0].tensor().floats[0])
        }
        return sum / Double(validation.count)
    }

    private func tensors(_ batch: Batch) -> [String: Tensor] {
        let shape: Shape = [batch.sequences, batch.context]
        return [
            "tokens": Tensor(integers: batch.inputs, shape: shape),
            "targets": Tensor(integers: batch.targets, shape: shape),
        ]
    }

    /// The names of all that a checkpoint holds, in order.
    private var savedNames: [String] {
        program.stateNames + (spectralNorms?.vectorNames ?? [])
    }

    private func buffer(_ name: String) -> (any Buffer)? {
        state[name] ?? spectralNorms?.vectors[name]
    }

    /// Parameters and state, copied to the host.
    public func tensors() throws -> ParameterTree {
        var tree = ParameterTree()
        for name in savedNames { tree[name] = try buffer(name)?.tensor() }
        return tree
    }

    /// Goes on from a checkpoint.
    public func restore(_ checkpoint: Checkpoint, from path: String) throws {
        for name in savedNames {
            guard let tensor = checkpoint.tensors[name] else {
                throw TrainingError.checkpoint(path: path, "holds no tensor \(name)")
            }
            do {
                try buffer(name)?.write(tensor)
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
    /// A run cannot go on from the checkpoint of another.
    case branch(from: String, reason: String)
    /// A run cannot be a lane of a program that others train.
    case lane(folder: String)

    /// A sentence for the reader.
    public var description: String {
        switch self {
        case .checkpoint(let path, let reason):
            "\(path): \(reason); delete it to resume from the checkpoint before it"
        case .branch(let path, let reason):
            "\(path): a run whose first steps differ cannot continue from here: \(reason)"
        case .lane(let folder):
            "\(folder): the run has another program than those that it was to be trained with; train "
                + "it by itself"
        }
    }
}
