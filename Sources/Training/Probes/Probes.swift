import Engines
import Optimizers
import Programs
import Tensors

/// Measures a step beside the real one, where parameters and state stand in the engine.
struct Probes {
    private let program: ProbeProgram
    private let executable: any Executable
    /// What differs from step to step, by name.
    private let fed: [String: any Buffer]
    private let operands: [any Buffer]

    /// Compiles the program; nil when no group is switched on.
    ///
    /// - Parameters:
    ///   - configuration: The run.
    ///   - state: Parameters and state, by the names of the training program's inputs.
    ///   - engine: What computes.
    /// - Throws: What the engine throws.
    init?(
        _ configuration: RunConfiguration, state: [String: any Buffer], engine: any Engine
    ) throws {
        guard configuration.telemetry.measuresSteps else { return nil }
        program = try ProbeProgram(configuration)
        executable = try engine.compile(program.program)
        var fed: [String: any Buffer] = [:]
        for input in program.program.inputs where state[input.name] == nil {
            let type = program.program.types[input.value]
            fed[input.name] = try engine.buffer(.zeros(type.shape, type.elementType))
        }
        self.fed = fed
        operands = program.program.inputs.compactMap { fed[$0.name] ?? state[$0.name] }
    }

    /// Measures the step that is about to be taken.
    ///
    /// - Parameters:
    ///   - feed: What the step is fed, by name.
    ///   - size: Where it stands in its schedule.
    /// - Returns: The numbers.
    /// - Throws: What the engine throws.
    func measure(_ feed: [String: Tensor], _ size: StepSize) throws -> [ProbeValue] {
        for (name, buffer) in fed {
            guard let tensor = feed[name] else { preconditionFailure("no input \(name)") }
            try buffer.write(tensor)
        }
        var outputs: [String: Tensor] = [:]
        let results = try executable.run(operands)
        for (output, buffer) in zip(program.program.outputs, results) {
            outputs[output.name] = try buffer.tensor()
        }
        return program.values(outputs, at: size)
    }
}
