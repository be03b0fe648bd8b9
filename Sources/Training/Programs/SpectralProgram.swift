public import Modules
import Norms
public import Programs
import Telemetry
import Tensors

/// The spectral norms of all matrices of a model, followed from measurement to measurement.
///
/// Inputs: `parameter/PATH` of each matrix, and `state/spectral/PATH`, the vector that the measurement
/// before left. Outputs: the vectors in place of the inputs of the same names, and
/// `metric/norm/weight/PATH/spectral`, an estimate from below that converges over measurements; see
/// `PowerIteration`.
public struct SpectralProgram: Sendable {
    /// The program.
    public let program: Program
    /// The names of the vectors, in order; zeros at the start.
    public let vectorNames: [String]
    /// What is measured, with the names of the outputs.
    public let measurements: [TrainingProgram.Measurement]

    /// Outputs that take over the input of the same name.
    public var donations: [String: String] {
        Dictionary(uniqueKeysWithValues: vectorNames.map { ($0, $0) })
    }

    /// Builds the program.
    ///
    /// - Parameter parameters: All parameters; those that are not matrices are left out.
    /// - Throws: `ProgramError` when the program does not fit together.
    public init(_ parameters: [ParameterSpecification]) throws {
        let builder = ProgramBuilder("spectral_norms")
        var names: [String] = []
        var measurements: [TrainingProgram.Measurement] = []
        for parameter in parameters where parameter.shape.rank == 2 {
            let matrix = builder.input("parameter/" + parameter.path, .f32, parameter.shape)
            let name = "state/spectral/" + parameter.path
            let vector = builder.input(name, .f32, [parameter.shape[1]])
            let estimate = PowerIteration(matrix, startingFrom: vector)
            builder.output(name, estimate.right)
            names.append(name)
            let metric = Metric.spectralNorm(parameter.path)
            builder.output("metric/" + metric.tag, estimate.norm)
            measurements.append(.init(metric: metric, output: "metric/" + metric.tag))
        }
        program = try builder.build().simplified()
        vectorNames = names
        self.measurements = measurements
    }
}
