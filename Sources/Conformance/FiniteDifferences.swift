import Engines
public import Programs
public import Tensors
public import Testing

/// Checks the gradients of a program against finite differences of its values, in double.
///
/// Each floating-point output in turn, and then all of them together, are weighted irregularly and
/// summed; the derivative of that sum along a direction is compared with its gradient. The
/// directions: for each floating-point input every axis of a small tensor, and for a large one some
/// of the axes and some that move all elements.
///
/// A central difference of fourth order with a step h of 1e-3 errs by about h⁴ = 1e-12 times the fifth
/// derivative and by 1e-16 / h times the value, so agreement to 1e-6 of the sums' magnitude leaves
/// room for functions that bend strongly.
///
/// - Parameters:
///   - program: A program whose floating-point inputs and outputs are `f64`.
///   - point: A tensor for each input by name.
///   - sourceLocation: Where an issue is reported.
/// - Throws: What compiling and running throw.
public func expectGradients(
    of program: Program, at point: [String: Tensor],
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let outputs = program.outputs.indices.filter {
        program.types[program.outputs[$0].value].elementType == .f64
    }
    let inputs = program.inputs.filter {
        let type = program.types[$0.value]
        return type.elementType == .f64 && type.shape.count > 0
    }
    let weights = program.outputs.enumerated().map { index, output in
        irregular(program.types[output.value].shape.count, seed: index)
    }
    let differences = try Differences(program, point)
    var derivatives: [(input: String, direction: [Double], values: [[Double]])] = []
    for input in inputs {
        for direction in directions(point[input.name]?.doubles ?? []) {
            derivatives.append(
                (input.name, direction, try differences.derivative(input.name, along: direction)))
        }
    }
    for chosen in outputs.map({ [$0] }) + (outputs.count > 1 ? [outputs] : []) {
        let gradients = try gradients(
            of: program, chosen, weights, withRespectTo: inputs.map(\.name), at: point)
        for (input, direction, values) in derivatives {
            var expected = 0.0
            var scale = 1e-3
            for output in chosen {
                for (weight, value) in zip(weights[output], values[output]) {
                    expected += weight * value
                    scale += (weight * value).magnitude
                }
            }
            var actual = 0.0
            for (slope, step) in zip(gradients[input] ?? [], direction) { actual += slope * step }
            let error = (actual - expected).magnitude
            guard error <= 1e-6 * scale else {
                let names = chosen.map { program.outputs[$0].name }.joined(separator: " + ")
                Issue.record(
                    """
                    \(program.name): along \(input) the gradient of \(names) is \(actual), and the \
                    values change by \(expected)
                    """, sourceLocation: sourceLocation)
                return
            }
        }
    }
}

/// Axes and irregular directions, each step of a size that suits the element.
private func directions(_ point: [Double]) -> [[Double]] {
    let sizes = point.map { $0.magnitude > 1e6 ? $0.magnitude : 1 }
    func axis(_ index: Int) -> [Double] {
        point.indices.map { $0 == index ? sizes[index] : 0 }
    }
    if point.count <= 16 { return point.indices.map(axis) }
    let some = stride(from: 0, to: point.count, by: point.count / 6).map(axis)
    let all = (0..<4).map { seed in
        zip(irregular(point.count, seed: 100 + seed), sizes).map { $0 * $1 }
    }
    return some + all
}

/// Numbers of either sign, up to 1 in magnitude.
func irregular(_ count: Int, seed: Int) -> [Double] {
    RandomKey(seed: 11).split(seed).truncatedNormals(count, deviation: 0.4).map(Double.init)
}

/// The gradients of a weighted sum of outputs.
private func gradients(
    of program: Program, _ outputs: [Int], _ weights: [[Double]],
    withRespectTo inputs: [String], at point: [String: Tensor]
) throws -> [String: [Double]] {
    let builder = ProgramBuilder(extending: program)
    var point = point
    var total = builder.constant(0, .scalar, .f64)
    for index in outputs {
        let value = builder.value(program.outputs[index].value)
        let weight = builder.input("weight/\(index)", .f64, value.shape)
        point["weight/\(index)"] = Tensor(doubles: weights[index], shape: value.shape)
        total = total + (value * weight).sum()
    }
    builder.output("total", total)
    let results = try ReferenceEngine().run(
        try builder.build().differentiated("total", withRespectTo: inputs), point)
    return try Dictionary(
        uniqueKeysWithValues: inputs.map { name in
            (name, try #require(results["gradient/" + name]).doubles)
        })
}

/// Differences of the values of a program.
private struct Differences {
    let program: Program
    let point: [String: Tensor]
    let executable: any Executable
    let buffers: [any Buffer]

    init(_ program: Program, _ point: [String: Tensor]) throws {
        self.program = program
        self.point = point
        let engine = ReferenceEngine()
        executable = try engine.compile(program)
        buffers = try program.inputs.map { try engine.buffer(try #require(point[$0.name])) }
    }

    /// For each output its derivative along a direction of one input.
    func derivative(_ input: String, along direction: [Double]) throws -> [[Double]] {
        let step = 1e-3
        let index = try #require(program.inputs.firstIndex { $0.name == input })
        let center = try #require(point[input])
        func values(_ factor: Double) throws -> [[Double]] {
            let moved = zip(center.doubles, direction).map { $0 + factor * step * $1 }
            try buffers[index].write(Tensor(doubles: moved, shape: center.shape))
            return try executable.run(buffers).map { try $0.tensor().doubles }
        }
        let (far, near) = (try (values(2), values(-2)), try (values(1), values(-1)))
        try buffers[index].write(center)
        return near.0.indices.map { output in
            near.0[output].indices.map { i in
                (8 * (near.0[output][i] - near.1[output][i]) - (far.0[output][i] - far.1[output][i]))
                    / (12 * step)
            }
        }
    }
}
