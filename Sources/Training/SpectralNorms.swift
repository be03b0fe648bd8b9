package import Engines
package import Modules
import Programs
package import Telemetry
import Tensors

/// Measures the spectral norms of a model's matrices where they stand in the engine.
package struct SpectralNorms {
    private let program: SpectralProgram
    private let executable: any Executable
    private let operands: [any Buffer]
    /// The vectors that the next measurement starts from, by name.
    let vectors: [String: any Buffer]

    /// Compiles the program.
    ///
    /// - Parameters:
    ///   - parameters: All parameters of the model.
    ///   - state: Where they stand, by the names of the training program's inputs.
    ///   - engine: What computes.
    /// - Throws: What the engine throws.
    package init(
        _ parameters: [ParameterSpecification], state: [String: any Buffer], engine: any Engine
    ) throws {
        program = try SpectralProgram(parameters)
        executable = try engine.compile(program.program, donations: program.donations)
        var vectors: [String: any Buffer] = [:]
        let names = Set(program.vectorNames)
        for input in program.program.inputs where names.contains(input.name) {
            vectors[input.name] = try engine.buffer(
                .zeros(program.program.types[input.value].shape))
        }
        self.vectors = vectors
        operands = program.program.inputs.compactMap { vectors[$0.name] ?? state[$0.name] }
    }

    /// The names of the vectors, in order.
    var vectorNames: [String] { program.vectorNames }

    /// One measurement: metric and value of each matrix.
    package func measure() throws -> [(metric: Metric, value: Double)] {
        let results = try executable.run(operands)
        var byName: [String: any Buffer] = [:]
        for (output, buffer) in zip(program.program.outputs, results) {
            byName[output.name] = buffer
        }
        return try program.measurements.compactMap { measurement in
            guard let buffer = byName[measurement.output] else { return nil }
            let value = try Double(buffer.tensor().floats[0])
            return (measurement.metric, value)
        }
    }
}
