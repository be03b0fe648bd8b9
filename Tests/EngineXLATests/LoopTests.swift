import Conformance
import EngineXLA
import Engines
import Modules
import OrderedCollections
import Programs
import Tensors
import Testing
import Training

/// A step of a small model.
private func step(
    depth: Int, sigma: SigmaReparam = .none, qkNorm: Bool = true
) throws -> TrainingProgram {
    var configuration = RunConfiguration()
    configuration.model.width = 16
    configuration.model.depth = depth
    configuration.model.headDimension = 8
    configuration.model.context = 8
    configuration.model.vocabulary = 23
    configuration.model.qkNorm = qkNorm
    configuration.model.sigmaReparam = sigma
    configuration.data.batch = 3
    return try TrainingProgram(configuration)
}

/// Operands of a step: parameters as they start, tokens, and numbers for the rest.
private func operands(_ step: TrainingProgram) -> [String: Tensor] {
    let start = step.parameters.initialized(seed: 3)
    var operands: [String: Tensor] = [:]
    for (index, input) in step.program.inputs.enumerated() {
        let type = step.program.types[input.value]
        let path = input.name.hasPrefix("parameter/") ? String(input.name.dropFirst(10)) : ""
        if let tensor = start[path] {
            operands[input.name] = tensor
        } else if type.elementType == .i32 {
            let tokens = (0..<type.shape.count).map { Int32(($0 * 7 + index) % 23) }
            operands[input.name] = Tensor(integers: tokens, shape: type.shape)
        } else if input.name.hasPrefix("step/") {
            operands[input.name] = Tensor(scalar: 0.01)
        } else {
            operands[input.name] = .zeros(type.shape)
        }
    }
    return operands
}

private func text(_ step: TrainingProgram) throws -> String {
    try StableHLOModule(step.program, donations: step.donations).text
}

private func count(_ word: String, in text: String) -> Int {
    text.ranges(of: word).count
}

@Suite("repeated blocks as loops")
struct LoopTests {
    @Test("the text has loops from the stated number of blocks on, and not before")
    func threshold() throws {
        let few = try text(step(depth: StableHLOModule.leastRepetitions - 1))
        let many = try text(step(depth: StableHLOModule.leastRepetitions))
        #expect(!few.contains("stablehlo.while"))
        #expect(count("stablehlo.while", in: many) >= 3, "forward, backward, update")
        #expect(many.contains("parameter/blocks.0."))
    }

    @Test("depth adds no operations to the text", arguments: [SigmaReparam.none, .hidden])
    func size(sigma: SigmaReparam) throws {
        func operations(_ depth: Int) throws -> Int {
            try text(step(depth: depth, sigma: sigma)).split(separator: "\n").count
        }
        let (shallow, deep) = (try operations(12), try operations(24))
        // What remains is a scalar here and there: norms that are added up one by one.
        #expect(Double(deep) < 1.35 * Double(shallow), "\(shallow) and \(deep) lines")
        let plain = try step(depth: 24, sigma: sigma).program.inlined { _ in true }.instructions
            .count
        #expect(deep < plain / 3)
    }

    @Test("a program without repetitions has none")
    func none() throws {
        let builder = ProgramBuilder("straight")
        let x = builder.input("x", .f32, [4])
        builder.output("y", ((x + 1) * x).exponential().tanh() - x)
        let module = try StableHLOModule(try builder.build(), donations: [:])
        #expect(!module.text.contains("while"))
    }

    @Test(
        "loops compute what the blocks one by one do",
        .enabled(if: pluginPath != nil, noPlugin),
        arguments: [(SigmaReparam.none, true), (.all, false)])
    func equal(sigma: SigmaReparam, qkNorm: Bool) throws {
        let engine = try makeEngine()
        let step = try step(depth: 10, sigma: sigma, qkNorm: qkNorm)
        let operands = operands(step)
        let results = try engine.run(step.program, operands)
        let expected = try ReferenceEngine().run(step.program, operands)
        // The size of a tensor is the largest of its kind in all blocks: one number, as a gradient of γ, may be
        // what is left of a sum of larger ones.
        func kind(_ name: String) -> String { name.replacing(/blocks\.\d+\./, with: "") }
        var sizes: [String: Double] = [:]
        for output in step.program.outputs {
            let magnitudes = try #require(expected[output.name]).doubles.map(\.magnitude)
            sizes[kind(output.name)] = max(sizes[kind(output.name)] ?? 0, magnitudes.max() ?? 0)
        }
        for output in step.program.outputs {
            let (result, oracle) = (results[output.name], expected[output.name])
            let wanted = try #require(oracle).doubles
            // Relative to that size, as the oracle tests of training have it: ten times what PyTorch's own
            // single precision is off by. A sum of squares is off by twice as much.
            let isSquared = output.name.hasPrefix("metric/norm/")
            let size = sizes[kind(output.name)] ?? 0
            expectClose(
                try #require(result).floats, to: wanted, epsilons: isSquared ? 200 : 100,
                of: wanted.map { _ in max(size, 1e-6) }, output.name)
        }
    }

    @Test(
        "state stays in stacks from run to run, and comes out by its names",
        .enabled(if: pluginPath != nil, noPlugin))
    func state() throws {
        let engine = try makeEngine()
        let step = try step(depth: 10)
        let operands = operands(step)
        let unrolled = ReferenceEngine()
        var expected = operands
        let buffers = try step.program.inputs.map {
            try engine.buffer(try #require(operands[$0.name]))
        }
        let executable = try engine.compile(step.program, donations: step.donations)
        for _ in 0..<3 {
            _ = try executable.run(buffers)
            for (name, tensor) in try unrolled.run(step.program, expected)
            where step.donations[name] != nil {
                expected[name] = tensor
            }
        }
        for (input, buffer) in zip(step.program.inputs, buffers) {
            let wanted = try #require(expected[input.name]).doubles
            let size = wanted.map(\.magnitude).max() ?? 0
            guard input.name.hasPrefix("parameter/") else { continue }
            // Adam's first steps are signs of gradients: an element whose gradient is rounding error
            // goes either way, by a step of 0.01 at most each time.
            let off = zip(try buffer.tensor().doubles, wanted).filter {
                ($0 - $1).magnitude > 1e-4 * size
            }
            #expect(
                off.count * 100 <= wanted.count, "\(input.name): \(off.count) of \(wanted.count)")
            #expect(off.allSatisfy { ($0 - $1).magnitude < 0.07 }, "\(input.name)")
        }
    }

    @Test(
        "a loop may take the elements of another's stack in any order",
        .enabled(if: pluginPath != nil, noPlugin))
    func orders() throws {
        let engine = try makeEngine()
        let count = 24
        let forward = Array(0..<12)
        for order in [
            forward, forward.reversed(), forward.map { 2 * $0 }, forward.map { 23 - 2 * $0 },
            [0] + Array(0..<11), [1, 0] + Array(2..<12), forward.map { $0 + 7 },
        ] {
            let builder = ProgramBuilder("orders")
            var x = builder.input("x", .f32, [5])
            let weights = (0..<count).map { builder.input("w\($0)", .f32, [5]) }
            for w in weights { x = ((x * w).tanh() * 0.5 + x).tanh() + w * 0.125 }
            for index in order { x = ((x - weights[index]).tanh() * 0.25 + x).sine() }
            builder.output("y", x)
            let program = try builder.build()
            var inputs: [String: Tensor] = ["x": .wave([5])]
            for index in 0..<count { inputs["w\(index)"] = .wave([5], phase: index + 1) }
            let result = try #require(try engine.run(program, inputs)["y"]).floats
            let wanted = try #require(try ReferenceEngine().run(program, inputs)["y"]).doubles
            // Thirty-six blocks of two functions of 5 ulp each, and products.
            expectClose(
                result, to: wanted, epsilons: 512, of: wanted.map { max($0.magnitude, 0.1) },
                "\(order)")
        }
    }

    @Test(
        "a block that is not like the others is seen",
        .enabled(if: pluginPath != nil, noPlugin))
    func oddBlock() throws {
        let engine = try makeEngine()
        func chain(odd: Int?) throws -> Program {
            let builder = ProgramBuilder("chain")
            var x = builder.input("x", .f32, [5])
            for index in 0..<16 {
                let w = builder.input("w\(index)", .f32, [5])
                let y = index == odd ? x - w : x * w
                x = (y.tanh() * 0.5 + x).tanh() + w * 0.125
            }
            builder.output("y", x)
            return try builder.build()
        }
        var inputs: [String: Tensor] = ["x": .wave([5])]
        for index in 0..<16 { inputs["w\(index)"] = .wave([5], phase: index + 1) }
        for odd in [nil, 0, 3, 15] {
            let program = try chain(odd: odd)
            let module = try StableHLOModule(program, donations: [:])
            #expect(module.text.contains("while"))
            let result = try #require(try engine.run(program, inputs)["y"]).floats
            let wanted = try #require(try ReferenceEngine().run(program, inputs)["y"]).doubles
            // Sixteen blocks of two tanh of 5 ulp each, and products; none makes errors grow.
            expectClose(
                result, to: wanted, epsilons: 256, of: wanted.map { max($0.magnitude, 0.1) })
        }
    }
}
