import Engines
import Foundation
import Modules
import Optimizers
import OrderedCollections
import Programs
import Reports
import Sweeps
import Tensors
import Training

/// Trains one run of a decay study.
struct DecayRun {
    private let configuration: RunConfiguration
    private let task: DecayTask
    private let program: DecayProgram
    private let engine: any Engine
    private let executable: any StepExecutable
    private let state: [String: any Buffer]

    /// What was measured so far.
    private var record: DecayRecord
    private let matrices: [ParameterSpecification]

    /// Prepares a run.
    ///
    /// - Parameters:
    ///   - configuration: What is trained.
    ///   - task: The data and the loss.
    ///   - digest: What tells the run from others.
    ///   - engine: What computes.
    ///   - checkpoint: Where it goes on; from its start when nil.
    /// - Throws: What the program and the engine throw, and `ConfigurationError` for a checkpoint that
    ///   lacks a tensor.
    init(
        _ configuration: RunConfiguration, _ task: DecayTask, digest: String,
        on engine: any Engine, from checkpoint: DecayCheckpoint? = nil
    ) throws {
        self.configuration = configuration
        self.task = task
        self.engine = engine
        let program = try DecayProgram(configuration, task)
        self.program = program
        executable = try engine.compileSteps(
            program.program,
            donations: Dictionary(uniqueKeysWithValues: program.stateNames.map { ($0, $0) }),
            feeding: program.fedNames, limit: 1)
        state = try program.start(seed: configuration.seed).reduce(into: [:]) {
            let (name, start) = ($1.key, $1.value)
            guard let checkpoint else {
                $0[name] = try engine.buffer(start)
                return
            }
            guard let tensor = checkpoint.tensors[name], tensor.shape == start.shape else {
                throw ConfigurationError.malformed(
                    source: "the checkpoint of seed \(configuration.seed)", key: name,
                    reason: "is missing or of another shape; delete it to restart the run")
            }
            $0[name] = try engine.buffer(tensor)
        }
        let matrices = program.parameters.filter { $0.role == .hidden }
        self.matrices = matrices
        if let record = checkpoint?.record {
            let last = record.steps.last ?? 0
            let isOfThis = last < configuration.steps && record.problem(ofRunOver: last) == nil
            guard isOfThis, record.layers.map(\.path) == matrices.map(\.path) else {
                throw ConfigurationError.malformed(
                    source: "the checkpoint of seed \(configuration.seed)", key: "record",
                    reason: "is not of this run; delete it to restart the run")
            }
        }
        record =
            checkpoint?.record
            ?? DecayRecord(
                digest: digest, seed: configuration.seed, steps: [], loss: [],
                gradientNorm: [], heldOutLoss: 0,
                layers: matrices.map {
                    .init(
                        path: $0.path, isInvariant: task.isInvariant($0, configuration.model),
                        ratio: [], weight: [], update: [], angle: [], cosine: [])
                }, divergedStep: nil)
    }

    /// Takes a step and returns what it measured by name.
    func take(_ step: Int) throws -> [String: Double] {
        let batch = task.batch(step, configuration)
        let scalars = configuration.rule.scalars(at: configuration.stepSize(step)).tensors
        let feed = program.fedNames.map { name in
            batch[name] ?? scalars[name] ?? Tensor(scalar: .nan)
        }
        let operands = program.program.inputs.compactMap { state[$0.name] }
        let row = try executable.run(operands, feeding: [feed])[0]
        return zip(executable.reported, row).reduce(into: [:]) {
            $0[$1.0] = Double($1.1.floats[0])
        }
    }

    /// Trains to the end.
    ///
    /// - Parameters:
    ///   - isCancelled: Asked at each step.
    ///   - save: Called at the end of each window but the last with what the run needs to go on.
    /// - Returns: What it measured; nil when cancelled.
    /// - Throws: What the engine or `save` throws.
    mutating func train(
        isCancelled: () -> Bool, save: (DecayCheckpoint) throws -> Void
    ) throws -> DecayRecord? {
        let window = max(configuration.steps / DecayStudy.windows, 1)
        var sums: [String: Double] = [:]
        var taken = 0
        let first = (record.steps.last ?? 0) + 1
        for step in first..<configuration.steps + 1 {
            if isCancelled() { return nil }
            let values = directed(try take(step))
            guard values["loss"]?.isFinite ?? false else {
                record.divergedStep = step
                return record
            }
            sums.merge(values) { $0 + $1 }
            taken += 1
            guard taken == window || step == configuration.steps else { continue }
            guard sums.values.allSatisfy(\.isFinite) else {
                record.divergedStep = step
                return record
            }
            add(sums.mapValues { $0 / Double(taken) }, step)
            sums = [:]
            taken = 0
            if step < configuration.steps { try save(checkpoint()) }
        }
        record.heldOutLoss = try heldOutLoss()
        return record
    }

    /// The numbers of a step with the angle and the cosine of each matrix, `angle/PATH` and
    /// `cosine/PATH`; zero for a step or weights of nothing, which have no direction.
    private func directed(_ values: [String: Double]) -> [String: Double] {
        var all = values
        for matrix in matrices {
            func value(_ name: String) -> Double { values[name + "/" + matrix.path] ?? .nan }
            let weight = value("x").squareRoot()
            let along = value("xu") / weight
            let across = max(value("u") - along * along, 0).squareRoot()
            let angle = atan2(across, weight + along)
            let cosine = -value("xs") / (weight * value("s").squareRoot())
            all["angle/" + matrix.path] = angle.isFinite ? angle : 0
            all["cosine/" + matrix.path] = cosine.isFinite ? cosine : 0
        }
        return all
    }

    /// Takes the means of a window into the record.
    private mutating func add(_ means: [String: Double], _ step: Int) {
        func mean(_ name: String) -> Double { means[name] ?? .nan }
        record.steps.append(step)
        record.loss.append(mean("loss"))
        record.gradientNorm.append(
            program.parameters.reduce(0) { $0 + mean("g/" + $1.path) }.squareRoot())
        for (index, matrix) in matrices.enumerated() {
            let path = matrix.path
            let size = Double(matrix.shape.count)
            let isAdam = means["ga/" + path] != nil
            let ratio = mean((isAdam ? "ga/" : "g/") + path) / mean((isAdam ? "xa/" : "x/") + path)
            record.layers[index].ratio.append(ratio.squareRoot())
            record.layers[index].weight.append((mean("x/" + path) / size).squareRoot())
            record.layers[index].update.append((mean("u/" + path) / size).squareRoot())
            record.layers[index].angle.append(mean("angle/" + path))
            record.layers[index].cosine.append(mean("cosine/" + path))
        }
    }

    private func checkpoint() throws -> DecayCheckpoint {
        var tensors: ParameterTree = [:]
        for name in program.stateNames { tensors[name] = try state[name]?.tensor() }
        return DecayCheckpoint(record: record, tensors: tensors)
    }

    private func heldOutLoss() throws -> Double {
        let executable = try engine.compile(program.evaluation)
        let batches = task.heldOut(configuration)
        var sum = 0.0
        for batch in batches {
            let operands = try program.evaluation.inputs.compactMap { input in
                try batch[input.name].map { try engine.buffer($0) } ?? state[input.name]
            }
            sum += Double(try executable.run(operands)[0].tensor().floats[0])
        }
        return sum / Double(batches.count)
    }
}
