import Engines
import Modular
import Norms
import OrderedCollections
import Programs
import Tensors

/// A module at a point, and what becomes of it when weights and inputs move.
struct ModuleProbe {
    /// A change of each entry of the input, by its number.
    typealias InputChange = [Int: Tensor]

    private let module: any Module
    private let inputs: [Tensor]
    private let norms: (inputs: [ActivationNorm], outputs: [ActivationNorm])
    private let orthogonalization: NewtonSchulz
    private let forward: any Executable
    private let reverse: Program
    private let engine = ReferenceEngine()
    /// The weights at the point.
    let weights: ParameterTree

    init(_ conformance: ModuleConformance) throws {
        module = conformance.module
        inputs = conformance.inputs
        norms = conformance.norms
        orthogonalization = conformance.orthogonalization
        weights = module.initialize(RandomKey(seed: 5)).mapValues { $0.widened() }
        let program = try module.program(
            for: inputs.map { ValueType($0.elementType, $0.shape) }, weightsOf: .f64)
        forward = try engine.compile(program)
        let builder = ProgramBuilder(extending: program)
        var total = builder.constant(0, .scalar, .f64)
        for (index, output) in program.outputs.enumerated() {
            let value = builder.value(output.value)
            let weight = builder.input("support/\(index)", .f64, value.shape)
            // Masked scores are infinite and have no part.
            total = total + value.isFinite().select(value * weight, value.filled(with: 0)).sum()
        }
        builder.output("total", total)
        let names = program.inputs.filter { program.types[$0.value].elementType == .f64 }
        reverse = try builder.build().differentiated(
            "total", withRespectTo: names.map(\.name))
    }

    // MARK: Changes

    /// Irregular numbers for each weight.
    func noise(_ seed: Int) -> ParameterTree {
        var tree = weights
        for (path, tensor) in weights {
            let key = RandomKey(seed: 21).split(seed).split(path)
            tree[path] = Tensor(key.normals(tensor.shape.count, deviation: 1), shape: tensor.shape)
                .widened()
        }
        return tree
    }

    /// An irregular change of the input of size one.
    func inputNoise(_ seed: Int) -> InputChange {
        var change: InputChange = [:]
        for (index, input) in inputs.enumerated() where input.elementType == .f64 {
            let key = RandomKey(seed: 22).split(seed).split(index)
            change[index] = Tensor(
                key.normals(input.shape.count, deviation: 1), shape: input.shape
            ).widened()
        }
        let size = change.reduce(0) { $0 + norms.inputs[$1.key].size($1.value) }
        return change.mapValues { $0.scaled(1 / size) }
    }

    /// The change of the input of size one that is farthest along a gradient: all of it in the entry
    /// where it tells most.
    func farthestInput(along gradient: InputChange) -> InputChange {
        let candidates = gradient.sorted { $0.key < $1.key }.map { index, tensor in
            let farthest = norms.inputs[index].farthest(along: tensor)
            return (index: index, farthest: farthest, along: tensor.inner(farthest))
        }
        guard let best = candidates.max(by: { $0.along < $1.along }) else { return [:] }
        return [best.index: best.farthest]
    }

    func sum(_ a: ParameterTree, _ b: ParameterTree, factor: Double) -> ParameterTree {
        var tree = a
        for (path, tensor) in a {
            if let other = b[path] { tree[path] = tensor.adding(other, times: factor) }
        }
        return tree
    }

    func inner(_ a: ParameterTree, _ b: ParameterTree) -> Double {
        a.reduce(0) { sum, next in sum + (b[next.key].map(next.value.inner) ?? 0) }
    }

    // MARK: The module's own programs

    private func run(
        _ operand: ParameterTree, _ body: (Weights) -> [String: Value]
    ) throws -> [String: Tensor] {
        let builder = ProgramBuilder("module")
        let weights = Weights(inputsFor: module, in: builder, .f64)
        for (name, value) in body(weights).sorted(by: { $0.key < $1.key }) {
            builder.output(name, value)
        }
        var tensors: [String: Tensor] = [:]
        for (path, tensor) in operand { tensors[Weights.name("parameter", path)] = tensor }
        return try engine.run(try builder.build().simplified(), tensors)
    }

    private func map(
        _ operand: ParameterTree, _ body: (Weights) -> Weights
    ) throws -> ParameterTree {
        let results = try run(operand) { weights in
            var named: [String: Value] = [:]
            for (path, value) in body(weights).values { named["/" + path] = value }
            return named
        }
        var tree = operand
        for path in operand.keys { tree[path] = results["/" + path] }
        return tree
    }

    func norm(_ change: ParameterTree) throws -> Double {
        try run(change) { ["norm": module.norm($0)] }["norm"]?.doubles[0] ?? .nan
    }

    /// The norm of one weight's change on its own.
    func norm(of parameter: Parameter, _ a: Tensor?, minus b: Tensor?) throws -> Double {
        guard let a else { return .nan }
        let builder = ProgramBuilder("norm")
        builder.output(
            "norm", parameter.atom.norm(builder.input("change", .f64, parameter.shape)))
        let change = b.map { a.adding($0, times: -1) } ?? a
        return try engine.run(try builder.build(), ["change": change])["norm"]?.doubles[0] ?? .nan
    }

    func dualNorm(_ gradient: ParameterTree) throws -> Double {
        try run(gradient) { ["norm": module.dualNorm($0, by: orthogonalization)] }["norm"]?
            .doubles[0] ?? .nan
    }

    func dualized(_ gradient: ParameterTree, to target: Double = 1) throws -> ParameterTree {
        try map(gradient) { module.dualize($0, to: target, by: orthogonalization) }
    }

    func projected(_ weights: ParameterTree) throws -> ParameterTree {
        try map(weights) { module.project($0, by: orthogonalization) }
    }

    /// The change in this direction whose norm is one.
    func ofUnitNorm(_ change: ParameterTree) throws -> ParameterTree {
        let norm = try norm(change)
        return norm > 0 ? change.mapValues { $0.scaled(1 / norm) } : change
    }

    // MARK: Outputs

    func outputSize(_ outputs: [Tensor]) -> Double {
        zip(outputs, norms.outputs).reduce(0) { $0 + $1.1.size($1.0) }
    }

    func support(of outputs: [Tensor]) -> [Tensor] {
        zip(outputs, norms.outputs).map { $1.support(of: $0) }
    }

    private func outputs(
        _ input: InputChange, _ inputFactor: Double, _ change: ParameterTree, _ factor: Double
    ) throws -> [[Double]] {
        let buffers = try forward.program.inputs.map { named -> any Buffer in
            if named.name.hasPrefix("input/"), let index = Int(named.name.dropFirst(6)) {
                let moved = input[index].map { inputs[index].adding($0, times: inputFactor) }
                return try engine.buffer(moved ?? inputs[index])
            }
            let path = String(named.name.dropFirst("parameter/".count))
            let weight = weights[path] ?? .zeros([], .f64)
            return try engine.buffer(
                change[path].map { weight.adding($0, times: factor) } ?? weight)
        }
        return try forward.run(buffers).map { try $0.tensor().doubles }
    }

    private func tensors(_ outputs: [[Double]]) -> [Tensor] {
        zip(outputs, forward.program.outputs).map { values, output in
            Tensor(doubles: values, shape: forward.program.types[output.value].shape)
        }
    }

    /// `Σ factorᵢ · outputᵢ` at several points; what is infinite at all of them is zero.
    private func combined(_ terms: [(factor: Double, outputs: [[Double]])]) -> [[Double]] {
        terms[0].outputs.indices.map { output in
            terms[0].outputs[output].indices.map { place in
                let values = terms.map { $0.outputs[output][place] }
                if values.allSatisfy({ $0 == -.infinity }) { return 0 }
                return zip(terms, values).reduce(0) { $0 + $1.0.factor * $1.1 }
            }
        }
    }

    /// The derivative of the outputs along a change, by a central difference of fourth order.
    func derivative(inputs: InputChange, weights: ParameterTree) throws -> [Tensor] {
        let step = 1e-4
        func at(_ factor: Double) throws -> [[Double]] {
            try outputs(inputs, factor * step, weights, factor * step)
        }
        let (near, far) = (8 / (12 * step), 1 / (12 * step))
        return tensors(
            combined([
                (near, try at(1)), (-near, try at(-1)), (-far, try at(2)), (far, try at(-2)),
            ]))
    }

    /// The size of the second derivative along two changes of the inputs.
    func secondDerivative(inputs: (InputChange, InputChange)) throws -> Double {
        try pure { try outputs(inputs.0, $0, [:], 0) }
    }

    /// The size of the second derivative along two changes of the weights.
    func secondDerivative(weights: (ParameterTree, ParameterTree)) throws -> Double {
        try pure { try outputs([:], 0, weights.0, $0) }
    }

    private func pure(_ at: (Double) throws -> [[Double]]) throws -> Double {
        let h = 1e-3
        return outputSize(
            tensors(
                combined([
                    (1 / (h * h), try at(h)), (-2 / (h * h), try at(0)), (1 / (h * h), try at(-h)),
                ])))
    }

    /// The size of the second derivative along a change of the inputs and one of the weights.
    func secondDerivative(inputs: InputChange, weights: ParameterTree) throws -> Double {
        let h = 1e-3
        let terms = try [(1.0, 1.0), (1, -1), (-1, 1), (-1, -1)].map { x, w in
            (x * w / (4 * h * h), try outputs(inputs, x * h, weights, w * h))
        }
        return outputSize(tensors(combined(terms)))
    }

    /// What a functional of the outputs is as one of the inputs and weights.
    func pullback(
        _ support: [Tensor]
    ) throws -> (inputs: InputChange, weights: ParameterTree) {
        var operands: [String: Tensor] = [:]
        for (index, tensor) in inputs.enumerated() { operands["input/\(index)"] = tensor }
        for (path, tensor) in weights { operands[Weights.name("parameter", path)] = tensor }
        for (index, tensor) in support.enumerated() { operands["support/\(index)"] = tensor }
        let results = try engine.run(reverse, operands)
        var change: InputChange = [:]
        for index in inputs.indices { change[index] = results["gradient/input/\(index)"] }
        var tree = weights
        for path in weights.keys {
            tree[path] = results["gradient/" + Weights.name("parameter", path)]
        }
        return (change, tree)
    }
}

extension Tensor {
    fileprivate func scaled(_ factor: Double) -> Tensor {
        Tensor(doubles: doubles.map { $0 * factor }, shape: shape)
    }

    fileprivate func adding(_ other: Tensor, times factor: Double) -> Tensor {
        Tensor(doubles: zip(doubles, other.doubles).map { $0 + factor * $1 }, shape: shape)
    }

    fileprivate func inner(_ other: Tensor) -> Double {
        zip(doubles, other.doubles).reduce(0) { $0 + $1.0 * $1.1 }
    }
}
