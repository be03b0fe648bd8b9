import Modules
import Optimizers
import OrderedCollections
import Programs
import Tensors
import Training

/// A step of training that measures each matrix and its gradient, for Adam in the norm of its
/// preconditioner.
///
/// Gradients are not clipped. For each parameter the outputs `g/PATH`, `x/PATH` and `u/PATH` are the sums
/// of the squares of its gradient, of itself before the step and of its change, and `xu/PATH` is the inner
/// product of the last two; `s/PATH` and `xs/PATH` are the same of its change without decay beside the
/// step. Under Adam with `A = √v̂ + ε` the outputs `ga/PATH` and `xa/PATH` are `Σ g²/A` and `Σ A x²`.
struct DecayProgram {
    let program: Program
    let evaluation: Program
    let parameters: [ParameterSpecification]
    let stateNames: [String]
    let fedNames: [String]

    init(_ configuration: RunConfiguration, _ task: DecayTask) throws {
        let builder = ProgramBuilder("decay")
        let graph = try TrainingGraph(configuration, builder, objective: task)
        builder.output("loss", graph.crossEntropy)
        var stateNames = graph.parameters.map { "parameter/" + $0.path }
        for (index, parameter) in graph.parameters.enumerated() {
            let (path, value) = (parameter.path, graph.values[index])
            let slots = graph.slots(index)
            let results = graph.update(index)
            builder.output("parameter/" + path, results.parameter)
            for (slot, value) in zip(slots, results.state) { builder.output(slot.input, value) }
            stateNames += slots.map(\.input)
            builder.output("g/" + path, graph.squares[index])
            builder.output("x/" + path, (value * value).sum())
            builder.output("u/" + path, results.squaredUpdate)
            if parameter.role == .hidden {
                let isCoupled = configuration.decay.form == .coupled
                let change = results.parameter - value
                let step =
                    graph.isDecayed(index) && !isCoupled
                    ? graph.update(index, isDecayed: false).parameter - value : change
                builder.output("xu/" + path, (value * change).sum())
                builder.output("s/" + path, (step * step).sum())
                builder.output("xs/" + path, (value * step).sum())
            }
            guard let epsilon = Self.epsilon(configuration), results.state.count >= 2,
                let correction = graph.scalars[.squareCorrection]
            else { continue }
            let gradient = graph.gradients[index]
            let metric = (results.state[1] * correction).squareRoot() + epsilon
            builder.output("ga/" + path, (gradient * gradient / metric).sum())
            builder.output("xa/" + path, (value * value * metric).sum())
        }
        program = try builder.build().simplified()
        parameters = graph.parameters
        self.stateNames = stateNames
        fedNames = task.inputs(configuration).map(\.name) + graph.rule.stepScalars.map(\.input)
        evaluation = try EvaluationProgram(configuration, objective: task).program
    }

    /// Adam's epsilon; nil for a rule without a preconditioner.
    static func epsilon(_ configuration: RunConfiguration) -> Double? {
        guard configuration.optimizer.rule.hasPrefix("adam"),
            case .number(let epsilon)? = configuration.optimizer["epsilon"]
        else { return nil }
        return epsilon
    }

    /// Parameters as a seed makes them, and state of zeros.
    func start(seed: UInt64) -> OrderedDictionary<String, Tensor> {
        let initial = parameters.initialized(seed: seed)
        var start: OrderedDictionary<String, Tensor> = [:]
        for input in program.inputs where stateNames.contains(input.name) {
            let path = input.name.hasPrefix("parameter/") ? String(input.name.dropFirst(10)) : ""
            start[input.name] = initial[path] ?? .zeros(program.types[input.value].shape)
        }
        return start
    }
}
