// Tells handwritten digits apart by descent that finds its own step, beside AdamW at eight learning rates.
import EngineCPU
import Engines
import Formats
import Foundation
import Modules
import Optimizers
import Programs
import Tensors

// 1797 images of 8 x 8 pixels, see make_digits.py beside the file.
let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../Tests/ModularTests/Digits/digits.csv.gz").standardized.path
let digits = String(decoding: try Gzip.contents(of: path), as: UTF8.self)
    .split(separator: "\n").map { $0.split(separator: ",").compactMap { Float($0) } }
let widths = [64, 256, 256, 10]
let steps = 150

// snippet.show
/// Images of root mean square one, and their digits.
func batch(_ rows: some Sequence<Int>) -> [String: Tensor] {
    let chosen = rows.map { digits[$0 % digits.count] }
    let images = chosen.flatMap { row -> [Float] in
        let size = (row[..<64].reduce(0) { $0 + $1 * $1 } / 64).squareRoot()
        return row[..<64].map { $0 / size }
    }
    return [
        "images": Tensor(images, shape: [chosen.count, 64]),
        "labels": Tensor(integers: chosen.map { Int32($0[64]) }, shape: [chosen.count]),
    ]
}

/// The mean cross-entropy of an MLP whose matrices start orthogonal, with spectral norms √(outputs/inputs).
func loss(_ scope: Scope, rows: Int) -> Value {
    var h = scope.builder.input("images", .f32, [rows, widths[0]])
    for (layer, (inputs, outputs)) in zip(widths, widths.dropFirst()).enumerated() {
        let start = Initialization.orthogonal(
            scale: (Double(outputs) / Double(inputs)).squareRoot())
        let matrix = scope.parameter("\(layer)", [outputs, inputs], .hidden, start)
        if layer > 0 { h = h.maximum(h.filled(with: 0)) * 2.0.squareRoot() }
        h = h.dot(matrix, DotAxes(contracted: ([1], [1])))
    }
    let labels = scope.builder.input("labels", .i32, [rows])
    return scope.builder.apply(CrossEntropy(), [h, labels])[0].mean()
}

/// Trains for 150 steps of 100 images and returns the loss on the 297 last images, in nats.
func train(_ rule: any UpdateRule, size: (Int) -> StepSize) throws -> Float {
    let builder = ProgramBuilder("digits")
    let scope = Scope(builder)
    let trained = loss(scope, rows: 100)
    let matrices = scope.model.parameters
    let values = matrices.compactMap { scope.model.values[$0.path] }
    let gradients = builder.gradients(of: trained, withRespectTo: values)
    var scalars: [StepScalar: Value] = [:]
    for scalar in rule.stepScalars { scalars[scalar] = builder.input(scalar.input, .f32, []) }
    let shared = rule.shared(
        ModelOperands(
            zip(matrices, zip(values, gradients)).map { matrix, pair in
                ModelOperands.Element(
                    specification: matrix, parameter: pair.0, gradient: pair.1,
                    squaredGradient: (pair.1 * pair.1).sum())
            }, scalars: scalars))
    for (matrix, (value, gradient)) in zip(matrices, zip(values, gradients)) {
        let names = rule.slots(for: matrix).map { "state/\($0.name)/\(matrix.path)" }
        let results = rule.update(
            UpdateOperands(
                parameter: value, gradient: gradient, gradientScale: builder.constant(1, [], .f32),
                state: names.map { builder.input($0, .f32, matrix.shape) }, scalars: scalars,
                isDecayed: false, specification: matrix, shared: shared))
        builder.output("parameter/" + matrix.path, results.parameter)
        for (name, value) in zip(names, results.state) { builder.output(name, value) }
    }
    let program = try builder.build().simplified()
    let kept = program.outputs.map(\.name)
    let fed = ["images", "labels"] + rule.stepScalars.map(\.input)
    let engine = try CPUEngine(threads: 2)
    let executable = try engine.compileSteps(
        program, donations: Dictionary(uniqueKeysWithValues: kept.map { ($0, $0) }), feeding: fed,
        limit: 1)
    let start = matrices.initialized(seed: 0)
    var state: [String: any Buffer] = [:]
    for input in program.inputs where !fed.contains(input.name) {
        let matrix = start[String(input.name.dropFirst("parameter/".count))]
        state[input.name] = try engine.buffer(matrix ?? .zeros(program.types[input.value].shape))
    }
    let operands = program.inputs.compactMap { state[$0.name] }
    for step in 0..<steps {
        let images = batch((0..<100).map { (step * 100 + $0) % 1500 })
        let numbers = Dictionary(
            uniqueKeysWithValues: rule.scalars(at: size(step)).map { ($0.key.input, $0.value) })
        let feed = fed.map { images[$0] ?? Tensor(scalar: Float(numbers[$0] ?? 0)) }
        _ = try executable.run(operands, feeding: [feed])
    }

    let evaluator = ProgramBuilder("held-out")
    evaluator.output("loss", loss(Scope(evaluator), rows: 297))
    let evaluation = try evaluator.build()
    let heldOut = batch(1500..<1797)
    let inputs = try evaluation.inputs.compactMap { input in
        try heldOut[input.name].map { try engine.buffer($0) } ?? state[input.name]
    }
    return try engine.compile(evaluation).run(inputs)[0].tensor().floats[0]
}

print("AGD", try train(AGD()) { StepSize(step: $0 + 1, peak: 1, schedule: 1) })
for rate in [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1] {
    let loss = try train(AdamW()) {
        StepSize(step: $0 + 1, peak: rate, schedule: 1 - Double($0) / Double(steps))
    }
    print("AdamW", rate, loss)
}
