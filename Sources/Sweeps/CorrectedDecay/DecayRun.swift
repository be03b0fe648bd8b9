import Engines
import Foundation
import Modules
import Optimizers
import Programs
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

    init(_ configuration: RunConfiguration, _ task: DecayTask, on engine: any Engine) throws {
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
            $0[$1.key] = try engine.buffer($1.value)
        }
    }

    /// Takes a step and returns what it measured by name.
    func take(_ step: Int) throws -> [String: Double] {
        let batch = task.batch(step, configuration)
        let scalars = configuration.rule.scalars(at: configuration.stepSize(step))
        let feed = program.fedNames.map { name in
            batch[name] ?? Tensor(scalar: Float(scalars[String(name.dropFirst(5))] ?? .nan))
        }
        let operands = program.program.inputs.compactMap { state[$0.name] }
        let row = try executable.run(operands, feeding: [feed])[0]
        return zip(executable.reported, row).reduce(into: [:]) {
            $0[$1.0] = Double($1.1.floats[0])
        }
    }

    /// Trains to the end; nil when cancelled.
    func train(isCancelled: () -> Bool, progress: (Int) -> Void) throws -> DecayRecord? {
        let window = max(configuration.steps / DecayStudy.windows, 1)
        let matrices = program.parameters.filter { $0.role == .hidden }
        var record = DecayRecord(
            digest: configuration.digest, seed: configuration.seed, steps: [], loss: [],
            gradientNorm: [], heldOutLoss: 0,
            layers: matrices.map {
                .init(
                    path: $0.path, isInvariant: task.isInvariant($0, configuration.model),
                    ratio: [], weight: [], update: [])
            }, divergedStep: nil)
        var sums: [String: Double] = [:]
        var taken = 0
        for step in 1...configuration.steps {
            if isCancelled() { return nil }
            let values = try take(step)
            guard values["loss"]?.isFinite ?? false else {
                record.divergedStep = step
                return record
            }
            sums.merge(values) { $0 + $1 }
            taken += 1
            guard taken == window || step == configuration.steps else { continue }
            let count = Double(taken)
            func mean(_ name: String) -> Double { (sums[name] ?? .nan) / count }
            record.steps.append(step)
            record.loss.append(mean("loss"))
            record.gradientNorm.append(
                program.parameters.reduce(0) { $0 + mean("g/" + $1.path) }.squareRoot())
            for (index, matrix) in matrices.enumerated() {
                let path = matrix.path
                let size = Double(matrix.shape.count)
                let isAdam = sums["ga/" + path] != nil
                let ratio =
                    mean((isAdam ? "ga/" : "g/") + path) / mean((isAdam ? "xa/" : "x/") + path)
                record.layers[index].ratio.append(ratio.squareRoot())
                record.layers[index].weight.append((mean("x/" + path) / size).squareRoot())
                record.layers[index].update.append((mean("u/" + path) / size).squareRoot())
            }
            sums = [:]
            taken = 0
            progress(step)
        }
        record.heldOutLoss = try heldOutLoss()
        return record
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
