import Modules
import Optimizers
import Programs
import Tensors

/// A program with every primitive and every composite, each with attributes of its own.
func everything() throws -> Program {
    let builder = ProgramBuilder("everything in one")
    let x = builder.input("x", .f32, [2, 3])
    let table = builder.input("table", .f32, [5, 3])
    let indices = builder.input("indices", .i32, [2])
    let truth = x.compared(.less, -x)
    for function in UnaryFunction.allCases {
        let operand = function == .not ? truth : x
        builder.output(function.rawValue, builder.apply(.unary(function), [operand]))
    }
    for function in BinaryFunction.allCases {
        let operand = function == .and || function == .or ? truth : x
        builder.output(function.rawValue, builder.apply(.binary(function), [operand, operand]))
    }
    for comparison in Comparison.allCases {
        builder.output("is_" + comparison.rawValue, x.compared(comparison, x))
    }
    for (index, number) in [
        0, -0.0, 0.1, -1e-300, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, 1e20,
    ]
    .enumerated() {
        builder.output("constant/\(index)", builder.constant(number, [1], .f64))
    }
    for elementType in ElementType.allCases {
        builder.output(elementType.rawValue, builder.apply(.convert(elementType), [x]))
        builder.output("one/" + elementType.rawValue, builder.constant(1, [], elementType))
    }
    builder.output("iota", builder.iota([2, 3], axis: 1, .i32))
    builder.output("select", truth.select(x, -x))
    builder.output("reshape", x.reshaped([3, 1, 2]))
    builder.output("broadcast", x.broadcast(to: [3, 4, 2], axes: [2, 0]))
    builder.output("transpose", x.transposed([1, 0]))
    builder.output("slice", x.slice(from: [0, 1], to: [2, 2]))
    builder.output("pad", x.padded(low: [0, 1], high: [2, 0]))
    builder.output("concatenate", .concatenate([x, table], axis: 0))
    builder.output("sum", x.sum(over: [1]))
    builder.output("maximum_all", x.maximum())
    builder.output("dot", x.dot(table, DotAxes(contracted: ([1], [1]))))
    builder.output("batched", x.dot(x, DotAxes(batch: ([0], [0]), contracted: ([1], [1]))))
    builder.output("take", table.take(indices))
    builder.output("scatter_add", builder.apply(.scatterAdd(rows: 7), [indices, x]))
    for type in CompositeCatalog.all {
        for (number, sample) in type.samples.enumerated() where sample.breaks == nil {
            let operands = sample.operands.enumerated().map { index, operand in
                builder.input(
                    "\(type.name)/\(number)/\(index)", operand.elementType, operand.shape)
            }
            for (index, result) in builder.apply(sample.composite, operands).enumerated() {
                builder.output("\(type.name)/\(number)/\(index)", result)
            }
        }
    }
    return try builder.build()
}

/// A step of training: a transformer, its gradients and an update of every parameter.
func training() throws -> Program {
    var configuration = ModelConfiguration()
    (configuration.width, configuration.depth, configuration.headDimension) = (8, 2, 4)
    (configuration.context, configuration.vocabulary) = (6, 11)
    (configuration.qkNorm, configuration.mlp, configuration.tiedHead) = (true, .swiglu, true)
    let builder = ProgramBuilder("train")
    let scope = Scope(builder)
    let tokens = builder.input("tokens", .i32, [2, 6])
    let targets = builder.input("targets", .i32, [2, 6])
    let losses = ProxyTransformer(configuration).losses(tokens: tokens, targets: targets, scope)
    let loss = losses.crossEntropy + losses.squaredLogZ * 1e-4
    let parameters = scope.model.parameters
    let values = parameters.compactMap { scope.model.values[$0.path] }
    let gradients = builder.gradients(of: loss, withRespectTo: values)
    let rule = SGD(momentum: 0.5)
    var scalars: [StepScalar: Value] = [:]
    for scalar in rule.stepScalars { scalars[scalar] = builder.input(scalar.input, .f32, []) }
    builder.output("loss", loss)
    for (parameter, (value, gradient)) in zip(parameters, zip(values, gradients)) {
        let state = builder.input("state/" + parameter.path, .f32, parameter.shape)
        let results = rule.update(
            UpdateOperands(
                parameter: value, gradient: gradient, gradientScale: loss.filled(with: 1),
                state: [state], scalars: scalars, isDecayed: false))
        builder.output("gradient/" + parameter.path, gradient)
        builder.output("parameter/" + parameter.path, results.parameter)
        builder.output("state/" + parameter.path, results.state[0])
    }
    return try builder.build()
}

/// A tensor for each input of a program: small integers, irregular reals.
func inputs(of program: Program) -> [String: Tensor] {
    var inputs: [String: Tensor] = [:]
    for (index, input) in program.inputs.enumerated() {
        let type = program.types[input.value]
        let numbers =
            type.elementType == .i32
            ? (0..<type.shape.count).map { Double($0 * 3 % 5) }
            : Tensor.wave(type.shape, phase: index).doubles
        inputs[input.name] = Tensor(
            rounding: numbers, shape: type.shape, elementType: type.elementType)
    }
    return inputs
}
