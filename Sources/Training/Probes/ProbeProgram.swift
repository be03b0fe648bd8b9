public import Optimizers
public import Programs
public import Telemetry
public import Tensors

/// A number that probes made, under its metric.
public struct ProbeValue: Sendable, Hashable {
    /// What it measures.
    public var metric: Metric
    /// The value.
    public var value: Double
}

/// Some outputs of a program and what is made of them.
struct ProbeReading: Sendable {
    /// The names of the outputs.
    var outputs: [String]
    /// The numbers that the tensors of these outputs give, for a step of this size.
    var read: @Sendable ([Tensor], StepSize) -> [ProbeValue]
}

/// A step of training beside the real one, which looks at what that hides and changes nothing.
///
/// It has the inputs of ``TrainingProgram`` and computes the same step from them, but gives nothing back:
/// parameters and state stay as they are. So whatever is measured, the program that trains is the same
/// and so are its bits; a measured step costs about as much as two.
///
/// To add a group: a file beside this one with an extension of `ProbeSite`, a key in
/// ``TelemetryConfiguration``, and its line in `init`.
public struct ProbeProgram: Sendable {
    /// The program.
    public let program: Program
    private let readings: [ProbeReading]

    /// Builds the program of the groups that are switched on, over the whole batch at once.
    ///
    /// - Parameter configuration: The run.
    /// - Throws: `ProgramError` when the configuration does not fit together.
    public init(_ configuration: RunConfiguration) throws {
        var configuration = configuration
        configuration.data.accumulation = 1
        let builder = ProgramBuilder("probes")
        let graph = try TrainingGraph(configuration, builder)
        let site = ProbeSite(configuration, graph, builder)
        let telemetry = configuration.telemetry
        if telemetry.attention { site.attention() }
        if telemetry.ratios { site.ratios() }
        if telemetry.alignment { site.alignment() }
        if !telemetry.formats.isEmpty { site.formats(telemetry.formats) }
        program = try builder.build().simplified()
        readings = site.readings
    }

    /// What the outputs of a run say.
    ///
    /// - Parameters:
    ///   - outputs: A tensor for each output, by name.
    ///   - size: Where the step stands in its schedule.
    /// - Returns: The numbers, group by group.
    public func values(_ outputs: [String: Tensor], at size: StepSize) -> [ProbeValue] {
        readings.flatMap { $0.read($0.outputs.compactMap { outputs[$0] }, size) }
    }
}

/// Where groups of probes add to a program.
final class ProbeSite {
    /// The run.
    let configuration: RunConfiguration
    /// The step.
    let graph: TrainingGraph
    /// The builder of the program.
    let builder: ProgramBuilder
    /// What was added.
    private(set) var readings: [ProbeReading] = []
    private var count = 0

    init(_ configuration: RunConfiguration, _ graph: TrainingGraph, _ builder: ProgramBuilder) {
        self.configuration = configuration
        self.graph = graph
        self.builder = builder
    }

    /// The results of the update of each parameter.
    private(set) lazy var results = graph.parameters.indices.map { graph.update($0) }

    /// What the step adds to each parameter.
    private(set) lazy var changes = zip(graph.values, results).map { $1.parameter - $0 }

    /// Adds values as outputs and reads them.
    func add(
        _ values: [Value],
        _ read: @escaping @Sendable (_ tensors: [Tensor], _ size: StepSize) -> [ProbeValue]
    ) {
        let names = values.map { value in
            count += 1
            let name = "probe/\(count)"
            builder.output(name, value)
            return name
        }
        readings.append(ProbeReading(outputs: names, read: read))
    }
}
