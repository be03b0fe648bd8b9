public import Engines
public import OrderedCollections
public import Programs
public import Tensors

/// A module on its way down: a ``DescentStep`` on an engine, with the weights that it moves.
///
/// ```swift
/// let descent = try Descent(step, on: CPUEngine(), seed: 0)
/// let loss = try descent.step(input, target, learningRate: 0.1)
/// ```
public final class Descent {
    /// The engine's program.
    public let executable: any Executable
    /// What is trained.
    public let module: any Module
    private let engine: any Engine
    private let state: [String: any Buffer]
    private let fed: [String: any Buffer]

    /// Compiles the step and puts starting weights into the engine's memory.
    ///
    /// - Parameters:
    ///   - step: The step.
    ///   - engine: What runs it.
    ///   - seed: Keys the starting weights, where `weights` has none.
    ///   - weights: Path -> starting weight.
    /// - Throws: What the engine throws.
    public init(
        _ step: DescentStep, on engine: any Engine, seed: UInt64 = 0, weights: ParameterTree = [:]
    ) throws {
        self.engine = engine
        module = step.module
        let names = step.stateNames
        executable = try engine.compile(
            step.program, donations: Dictionary(uniqueKeysWithValues: names.map { ($0, $0) }))
        let start = module.initialize(RandomKey(seed: seed)).merging(weights) { $1 }
        var state: [String: any Buffer] = [:]
        var fed: [String: any Buffer] = [:]
        for input in step.program.inputs {
            let type = step.program.types[input.value]
            let zeros = Tensor.zeros(type.shape, type.elementType)
            if names.contains(input.name) {
                state[input.name] = try engine.buffer(zeros)
            } else {
                fed[input.name] = try engine.buffer(zeros)
            }
        }
        for (path, tensor) in start {
            let buffer = state[Weights.name("parameter", path)]
            try buffer?.write(
                Tensor(
                    rounding: tensor.doubles, shape: tensor.shape,
                    elementType: buffer?.type.elementType ?? .f32))
        }
        (self.state, self.fed) = (state, fed)
    }

    /// Takes a step.
    ///
    /// - Parameters:
    ///   - input: A batch, of the type that the step was built for.
    ///   - target: What its outputs are compared with.
    ///   - learningRate: η, in units of the module's norm.
    /// - Returns: The loss before the step.
    /// - Throws: `EngineError` when tensors do not fit.
    public func step(_ input: Tensor, _ target: Tensor, learningRate: Double) throws -> Double {
        let rate = fed["learning_rate"]
        try rate?.write(
            Tensor(
                rounding: [learningRate], shape: [],
                elementType: rate?.type.elementType ?? .f32))
        try fed["input"]?.write(input)
        try fed["target"]?.write(target)
        let program = executable.program
        let results = try executable.run(
            program.inputs.compactMap { state[$0.name] ?? fed[$0.name] })
        let loss = program.outputs.firstIndex { $0.name == "loss" } ?? 0
        return try results[loss].tensor().doubles[0]
    }

    /// The weights as they are, by path.
    ///
    /// - Returns: A tensor for each parameter.
    /// - Throws: `EngineError` when the engine cannot hand them out.
    public func weights() throws -> ParameterTree {
        var tree = ParameterTree()
        for parameter in module.parameters {
            tree[parameter.path] = try state[Weights.name("parameter", parameter.path)]?.tensor()
        }
        return tree
    }

    /// The output of the module for an input of any batch.
    ///
    /// - Parameter input: As in a step, but for the extents of leading axes.
    /// - Returns: The output.
    /// - Throws: `ProgramError` or `EngineError` when the input does not fit.
    public func output(for input: Tensor) throws -> Tensor {
        let weights = try weights()
        let type = weights.values.first?.elementType ?? .f32
        let program = try module.program(
            for: [ValueType(input.elementType, input.shape)], weightsOf: type)
        var tensors = ["input/0": input]
        for (path, tensor) in weights { tensors[Weights.name("parameter", path)] = tensor }
        return try engine.run(program, tensors)["output/0"] ?? input
    }
}

extension Module {
    /// The module's computation.
    ///
    /// - Parameters:
    ///   - inputs: The types of the entries of the input.
    ///   - elementType: The type of the weights.
    /// - Returns: A program with inputs `input/0` and so on and `parameter/PATH`, and outputs
    ///   `output/0` and so on.
    /// - Throws: `ProgramError` when shapes do not fit together.
    public func program(
        for inputs: [ValueType], weightsOf elementType: ElementType = .f32
    ) throws(ProgramError) -> Program {
        let builder = ProgramBuilder("forward")
        let values = inputs.enumerated().map { index, type in
            builder.input("input/\(index)", type.elementType, type.shape)
        }
        let weights = Weights(inputsFor: self, in: builder, elementType)
        for (index, output) in forward(values, weights).enumerated() {
            builder.output("output/\(index)", output)
        }
        return try builder.build().simplified()
    }
}
