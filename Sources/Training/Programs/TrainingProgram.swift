public import Modules
public import Optimizers
public import OrderedCollections
public import Programs
public import Telemetry
public import Tensors

/// One step of training as a program: loss, gradients, update and measurements.
///
/// Inputs: `tokens` and `targets` (batch, time), `step/NAME` for each scalar of the optimizer,
/// `parameter/PATH`, and `state/SLOT/PATH`. Outputs: the parameters and the state after the step, in
/// place of the inputs of the same names, and a scalar for each of `metrics`.
public struct TrainingProgram: Sendable {
    /// A scalar output.
    public struct Measurement: Sendable, Hashable {
        /// What it measures.
        public var metric: Metric
        /// The name of the output.
        public var output: String
        /// The number of squares in a sum, when the output is one: the metric is the root of its mean.
        public var squares: Int?

        /// The metric's value.
        public func value(_ output: Float) -> Double {
            guard let squares else { return Double(output) }
            return (Double(output) / Double(squares)).squareRoot()
        }
    }

    /// The step.
    public let program: Program
    /// The parameters, in order.
    public let parameters: [ParameterSpecification]
    /// The names of the tensors kept, `state/SLOT/PATH`, slot by slot.
    public let stateSlots: [String]
    /// The optimizer's rule.
    public let rule: any UpdateRule
    /// The measurements, in the order of computation: what is not finite first is the first to be so.
    public let measurements: [Measurement]

    /// Outputs that take over the input of the same name.
    public var donations: [String: String] {
        let names = stateNames.map { ($0, $0) }
        return Dictionary(uniqueKeysWithValues: names)
    }

    /// Parameters as a seed makes them and state of zeros, by the names of the inputs, in the order of
    /// the program's.
    public func start(seed: UInt64) -> OrderedDictionary<String, Tensor> {
        let parameters = parameters.initialized(seed: seed)
        let names = Set(stateNames)
        var start: OrderedDictionary<String, Tensor> = [:]
        // Copies share their elements: zeros of one shape stand in memory once.
        var zeros: [Shape: Tensor] = [:]
        for input in program.inputs where names.contains(input.name) {
            let isParameter = input.name.hasPrefix("parameter/")
            let path = isParameter ? String(input.name.dropFirst("parameter/".count)) : ""
            if let parameter = parameters[path] {
                start[input.name] = parameter
                continue
            }
            let shape = program.types[input.value].shape
            let zero = zeros[shape] ?? .zeros(shape)
            zeros[shape] = zero
            start[input.name] = zero
        }
        return start
    }

    /// The names of the inputs that differ from step to step, in order.
    public var fedNames: [String] { ["tokens", "targets"] + rule.stepScalars.map(\.input) }

    /// The names of parameters and state, in order.
    public var stateNames: [String] {
        parameters.map { "parameter/" + $0.path }
            + stateSlots
    }

    /// Builds the step.
    ///
    /// - Throws: `ProgramError` when the configuration does not fit together.
    public init(_ configuration: RunConfiguration) throws {
        let builder = ProgramBuilder("train")
        let graph = try TrainingGraph(configuration, builder)
        let parameters = graph.parameters
        var measurements: [Measurement] = []
        func measure(_ metric: Metric, _ value: Value, squares: Int? = nil) {
            let output = "metric/" + metric.tag
            builder.output(output, value)
            measurements.append(Measurement(metric: metric, output: output, squares: squares))
        }
        let measuresNorms = configuration.telemetry.norms
        for tap in graph.taps where measuresNorms {
            measure(tap.metric, tap.value)
        }
        measure(.trainLoss, graph.crossEntropy)
        // Gradients are computed from the last parameter to the first.
        for (parameter, square) in zip(parameters, graph.squares).reversed() where measuresNorms {
            measure(.gradient(parameter.path), square, squares: parameter.shape.count)
        }
        measure(.gradientNorm, graph.norm)

        var slots: OrderedDictionary<String, [String]> = [:]
        for (index, parameter) in parameters.enumerated() {
            let path = parameter.path
            let results = graph.update(index)
            builder.output("parameter/" + path, results.parameter)
            for (slot, value) in zip(graph.slots(index), results.state) {
                slots[slot.name, default: []].append(slot.input)
                builder.output(slot.input, value)
            }
            guard measuresNorms else { continue }
            measure(.update(path), results.squaredUpdate, squares: parameter.shape.count)
            measure(
                .weight(path), (results.parameter * results.parameter).sum(),
                squares: parameter.shape.count)
        }
        program = try builder.build().simplified()
        self.parameters = parameters
        stateSlots = slots.values.flatMap(\.self)
        rule = graph.rule
        self.measurements = measurements
    }
}

/// The loss of a batch as a program, with the parameters as inputs.
public struct EvaluationProgram: Sendable {
    /// Inputs `tokens`, `targets`, `parameter/PATH`, and `state/SLOT/PATH` where other weights than those
    /// that train are evaluated; the output `loss` is the mean cross-entropy.
    public let program: Program

    /// Builds the program.
    ///
    /// - Throws: `ProgramError` when the configuration does not fit together.
    public init(_ configuration: RunConfiguration) throws {
        try self.init(configuration, objective: TokenObjective())
    }

    /// Builds the program of another objective, whose inputs stand in place of the tokens.
    ///
    /// - Throws: `ProgramError` when the configuration does not fit together.
    package init(_ configuration: RunConfiguration, objective: any Objective) throws {
        let builder = ProgramBuilder("evaluate")
        let scope = configuration.evaluationScope(builder)
        let batch = objective.batch(configuration, builder)
        builder.output("loss", objective.losses(configuration, batch, scope).crossEntropy)
        program = try builder.build().simplified()
    }
}

extension RunConfiguration {
    /// The root of a model whose parameters are those that are evaluated.
    func evaluationScope(_ builder: ProgramBuilder) -> Scope {
        Scope(builder, productType: model.elementType) { parameter, value in
            guard let (slot, factor) = evaluationOffset(of: parameter) else { return value }
            let state = builder.input("state/\(slot)/\(parameter.path)", .f32, parameter.shape)
            return value + state * factor
        }
    }
}
