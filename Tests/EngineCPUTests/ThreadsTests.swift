import EngineCPU
import Engines
import Modules
import Optimizers
import OrderedCollections
import Programs
import Telemetry
import Tensors
import Testing

@Suite("threads")
struct ThreadsTests {
    /// A step of training of a small transformer with every part that has a kernel.
    private func step() throws -> (program: Program, inputs: [Tensor], donations: [String: String])
    {
        var configuration = ModelConfiguration()
        configuration.width = 32
        configuration.depth = 2
        configuration.context = 24
        configuration.qkNorm = true
        let builder = ProgramBuilder("step")
        let scope = Scope(builder)
        let shape: Shape = [4, configuration.context]
        let tokens = builder.input("tokens", .i32, shape)
        let targets = builder.input("targets", .i32, shape)
        let losses = ProxyTransformer(configuration).losses(tokens: tokens, targets: targets, scope)
        let loss = losses.crossEntropy + losses.squaredLogZ * 1e-4
        let rule = AdamW(decay: Decay(.independent, rate: 1e-3))
        let parameters = scope.model.parameters
        let values = parameters.compactMap { scope.model.values[$0.path] }
        let gradients = builder.gradients(of: loss, withRespectTo: values)
        let scalars = Dictionary(
            uniqueKeysWithValues: rule.stepScalars.map { ($0, builder.input($0.input, .f32, [])) })
        let scale = loss.filled(with: 1)
        var donations: [String: String] = [:]
        for (parameter, (value, gradient)) in zip(parameters, zip(values, gradients)) {
            let names =
                ["parameter/" + parameter.path]
                + rule.slots(for: parameter).map { "\($0.name)/\(parameter.path)" }
            let state = names.dropFirst().map { builder.input($0, .f32, parameter.shape) }
            let results = rule.update(
                UpdateOperands(
                    parameter: value, gradient: gradient, gradientScale: scale, state: state,
                    scalars: scalars, isDecayed: true))
            for (name, result) in zip(names, [results.parameter] + results.state) {
                builder.output(name, result)
                donations[name] = name
            }
            builder.output("gradient/" + parameter.path, (gradient * gradient).sum())
        }
        for tap in scope.model.taps { builder.output(tap.metric.tag, tap.value) }
        builder.output("loss", loss)

        let program = try builder.build().simplified()
        let start = parameters.initialized(seed: 1)
        let words = (0..<shape.count).map { Int32($0 * 37 % 256) }
        let step = rule.scalars(at: StepSize(step: 1, peak: 0.01, schedule: 1)).tensors
        let inputs = program.inputs.map { input -> Tensor in
            let type = program.types[input.value]
            if type.elementType == .i32 { return Tensor(integers: words, shape: type.shape) }
            if let value = step[input.name] { return value }
            guard input.name.hasPrefix("parameter/") else { return .zeros(type.shape) }
            return start[String(input.name.dropFirst(10))] ?? .zeros(type.shape)
        }
        return (program, inputs, donations)
    }

    @Test("1, 2 and 4 threads give the same bits over three steps of training")
    func sameBits() throws {
        let (program, inputs, donations) = try step()
        let results = try [1, 2, 4].map { threads in
            let engine = try makeEngine(threads: threads)
            let executable = try engine.compile(program, donations: donations)
            let buffers = try inputs.map(engine.buffer)
            var outputs: [Tensor] = []
            for _ in 0..<3 { outputs = try executable.run(buffers).map { try $0.tensor() } }
            return outputs
        }
        #expect(results[0] == results[1])
        #expect(results[0] == results[2])
        let loss = try #require(results[0].last?.floats.first)
        #expect(loss > 1 && loss < 6, "near log 256 = 5.5, and lower after three steps")
    }

    @Test("a step of training agrees with the reference engine")
    func agrees() throws {
        let (program, inputs, _) = try step()
        let named = Dictionary(uniqueKeysWithValues: zip(program.inputs.map(\.name), inputs))
        let actual = try makeEngine(threads: 2).run(program, named)
        let expected = try ReferenceEngine().run(program, named)
        for output in program.outputs {
            let (a, e) = (try #require(actual[output.name]), try #require(expected[output.name]))
            // Adam divides by the gradient's size, so a rounding of a small gradient shows in the
            // parameter; norms and losses sum some hundred numbers, each off by some ten roundings.
            let size = e.doubles.map(\.magnitude).max() ?? 0
            let worst = zip(a.doubles, e.doubles).map { ($0 - $1).magnitude }.max() ?? 0
            let bound = output.name.hasPrefix("parameter/") ? 2e-3 : 1e-4 * size
            #expect(worst <= bound, "\(output.name) is off by \(worst), its size is \(size)")
        }
    }

    @Test("no threads are refused")
    func refusal() {
        #expect(throws: EngineError.resources("0 threads: must be at least 1")) {
            try makeEngine(threads: 0)
        }
    }
}
