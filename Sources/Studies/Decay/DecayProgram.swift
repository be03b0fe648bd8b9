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
        let rule = configuration.rule
        let builder = ProgramBuilder("decay")
        let scope = Scope(builder, productType: configuration.model.elementType)
        let losses = task.losses(configuration, scope)
        let parameters = scope.model.parameters
        let values = parameters.compactMap { scope.model.values[$0.path] }
        let gradients = builder.gradients(of: losses.total, withRespectTo: values)
        var scalars: [StepScalar: Value] = [:]
        for scalar in rule.stepScalars { scalars[scalar] = builder.input(scalar.input, .f32, []) }
        builder.output("loss", losses.crossEntropy)
        let one = losses.crossEntropy.filled(with: 1)
        var stateNames = parameters.map { "parameter/" + $0.path }
        for (parameter, (value, gradient)) in zip(parameters, zip(values, gradients)) {
            let path = parameter.path
            let names = rule.slots(for: parameter).map { ("state/\($0.name)/\(path)", $0.shape) }
            let state = names.map { builder.input($0.0, .f32, $0.1) }
            let isDecayed = !configuration.optimizer.weightDecay.exclude.contains(parameter.role)
            func update(isDecayed: Bool) -> UpdateResults {
                rule.update(
                    UpdateOperands(
                        parameter: value, gradient: gradient, gradientScale: one, state: state,
                        scalars: scalars, isDecayed: isDecayed, specification: parameter))
            }
            let results = update(isDecayed: isDecayed)
            builder.output("parameter/" + path, results.parameter)
            for (name, value) in zip(names, results.state) { builder.output(name.0, value) }
            stateNames += names.map(\.0)
            builder.output("g/" + path, (gradient * gradient).sum())
            builder.output("x/" + path, (value * value).sum())
            builder.output("u/" + path, results.squaredUpdate)
            if parameter.role == .hidden {
                let isCoupled = configuration.decay.form == .coupled
                let change = results.parameter - value
                let step =
                    isDecayed && !isCoupled ? update(isDecayed: false).parameter - value : change
                builder.output("xu/" + path, (value * change).sum())
                builder.output("s/" + path, (step * step).sum())
                builder.output("xs/" + path, (value * step).sum())
            }
            guard let epsilon = Self.epsilon(configuration), results.state.count == 2,
                let correction = scalars[.squareCorrection]
            else { continue }
            let metric = (results.state[1] * correction).squareRoot() + epsilon
            builder.output("ga/" + path, (gradient * gradient / metric).sum())
            builder.output("xa/" + path, (value * value * metric).sum())
        }
        program = try builder.build().simplified()
        self.parameters = parameters
        self.stateNames = stateNames
        fedNames = ["input", "target"] + rule.stepScalars.map(\.input)

        let evaluator = ProgramBuilder("evaluate")
        let losses2 = task.losses(
            configuration, Scope(evaluator, productType: configuration.model.elementType))
        evaluator.output("loss", losses2.crossEntropy)
        evaluation = try evaluator.build().simplified()
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
