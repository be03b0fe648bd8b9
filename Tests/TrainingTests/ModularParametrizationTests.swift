import Engines
import Modular
import Modules
import Optimizers
import OrderedCollections
import Programs
import Tensors
import Testing
import Training

private func configuration(width: Int = 8, depth: Int = 2) -> RunConfiguration {
    var configuration = RunConfiguration(rule: "dualized")
    configuration.model.width = width
    configuration.model.depth = depth
    configuration.model.headDimension = 4
    configuration.model.context = 5
    configuration.model.vocabulary = 11
    configuration.data.batch = 2
    configuration.parametrization.kind = .modular
    configuration.optimizer.learningRate = 0.1
    configuration.optimizer.clip = 0
    configuration.optimizer.weightDecay.form = .none
    configuration.schedule.warmup = 0
    configuration.schedule.shape = .constant
    configuration.loss.zLoss = 0
    return configuration
}

private let tokens = Tensor(integers: [0, 3, 10, 4, 4, 7, 1, 9, 2, 5], shape: [2, 5])
private let targets = Tensor(integers: [3, 10, 4, 4, 2, 1, 9, 2, 5, 0], shape: [2, 5])

@Suite("the modular parametrisation")
struct ModularParametrizationTests {
    static let variants: [RunConfiguration] = {
        var variants: [RunConfiguration] = []
        for mlp in MLPKind.allCases where mlp != .reluSquared {
            for qkNorm in [false, true] {
                var variant = configuration()
                variant.model.mlp = mlp
                variant.model.qkNorm = qkNorm
                variant.model.normalization = qkNorm ? .rmsNorm : .layerNorm
                variant.model.attentionScale = qkNorm ? .inverse : .inverseSquareRoot
                variants.append(variant)
            }
        }
        return variants
    }()

    @Test("the algebra has the proxy's parameters and computes its logits", arguments: variants)
    func logits(configuration: RunConfiguration) throws {
        let model = ProxyTransformer(configuration.resolvedModel)
        let algebra = try #require(configuration.algebra())
        let parameters = try model.parameters()
        #expect(Set(parameters.map(\.path)) == Set(algebra.parameters.map(\.path)))
        let shapes = algebra.parameters.map { ($0.path, $0.shape) }
        #expect(
            Dictionary(uniqueKeysWithValues: shapes)
                == Dictionary(uniqueKeysWithValues: parameters.map { ($0.path, $0.shape) }))

        let builder = ProgramBuilder("logits")
        let scope = Scope(builder)
        let input = builder.input("tokens", .i32, [2, 5])
        builder.output("proxy", model.logits(input, scope))
        let weights = Weights(algebra.parameters) { scope.model.values[$0.path] ?? input }
        builder.output("algebra", algebra.forward([input], weights)[0])
        var inputs = ["tokens": tokens]
        for (path, tensor) in parameters.initialized(seed: 3) {
            inputs["parameter/" + path] = tensor
        }
        let results = try ReferenceEngine().run(try builder.build(), inputs)
        let (a, b) = (try #require(results["proxy"]), try #require(results["algebra"]))
        // Computed in double by two orders of operations, and then rounded to single precision.
        let worst = zip(a.doubles, b.doubles).map { abs($0 - $1) }.max() ?? .infinity
        let largest = a.doubles.map(\.magnitude).max() ?? 0
        #expect(worst <= largest * 0x1p-23 && largest > 0)
    }

    /// The step of a run, as the tool builds it: path -> change.
    private func step(_ configuration: RunConfiguration) throws -> ParameterTree {
        let step = try TrainingProgram(configuration)
        let scalars = configuration.rule.scalars(at: configuration.stepSize(1))
        var inputs = step.start(seed: 3)
        inputs["tokens"] = tokens
        inputs["targets"] = targets
        for (name, value) in scalars.tensors { inputs[name] = value }
        let results = try ReferenceEngine().run(
            step.program, Dictionary(uniqueKeysWithValues: inputs.map { ($0.key, $0.value) }))
        var tree = ParameterTree()
        for parameter in step.parameters {
            let name = "parameter/" + parameter.path
            let (before, after) = (
                try #require(inputs[name]).doubles, try #require(results[name]).doubles
            )
            tree[parameter.path] = Tensor(
                doubles: zip(before, after).map { $1 - $0 }, shape: parameter.shape)
        }
        return tree
    }

    /// The farthest change along the gradient in the algebra's norm.
    private func dual(_ configuration: RunConfiguration) throws -> ParameterTree {
        let model = ProxyTransformer(configuration.resolvedModel)
        let algebra = try #require(configuration.algebra())
        let builder = ProgramBuilder("dual")
        let scope = Scope(builder)
        let losses = model.losses(
            tokens: builder.input("tokens", .i32, [2, 5]),
            targets: builder.input("targets", .i32, [2, 5]), scope)
        let paths = scope.model.parameters.map(\.path)
        let gradients = builder.gradients(
            of: losses.crossEntropy,
            withRespectTo: paths.compactMap { scope.model.values[$0] })
        let table = Dictionary(uniqueKeysWithValues: zip(paths, gradients))
        algebra.dualize(Weights(algebra.parameters) { table[$0.path] ?? gradients[0] })
            .output("dual")
        var inputs = try TrainingProgram(configuration).start(seed: 3)
        inputs["tokens"] = tokens
        inputs["targets"] = targets
        let program = try builder.build()
        let results = try ReferenceEngine().run(
            program, Dictionary(uniqueKeysWithValues: inputs.map { ($0.key, $0.value) }))
        var tree = ParameterTree()
        for path in paths { tree[path] = results["dual/" + path] }
        return tree
    }

    /// The largest distance between a step and the learning rate times the dual map.
    private func distance(_ step: ParameterTree, _ dual: ParameterTree) throws -> Double {
        var worst = 0.0
        for (path, change) in step {
            for (x, y) in zip(change.doubles, try #require(dual[path]).doubles) {
                worst = max(worst, abs(x + 0.1 * y))
            }
        }
        return worst
    }

    // Numbers below four, rounded to single precision by the download.
    static let rounding = 4 * 0x1p-23

    @Test("a step of the rule dualized is the algebra's dual map", arguments: variants)
    func dualized(configuration: RunConfiguration) throws {
        let error = try distance(step(configuration), dual(configuration))
        #expect(error < Self.rounding, "\(error)")
    }

    @Test("the comparison can fail: other masses are told apart, and so are equal shares")
    func negativeControl() throws {
        let honest = configuration()
        var other = honest
        other.parametrization.masses.head = 2
        #expect(try distance(step(other), dual(honest)) > Self.rounding)
        other = honest
        other.parametrization.kind = .standard
        #expect(try distance(step(other), dual(honest)) > Self.rounding)
    }

    @Test("shares depend on depth as on mass: all blocks together stay as they are")
    func depth() throws {
        let sums = try [2, 8, 32].map { depth -> Double in
            let algebra = try #require(configuration(depth: depth).algebra())
            // The last block's up matrix has nothing behind it but its branch and the head.
            let last = try #require(
                algebra.parameters.first { $0.path == "blocks.\(depth - 1).mlp.up" })
            return (last.share.value ?? .nan)
        }
        // 5/7 over the number of a block's parameters and blocks, over 1/(2 depth) and GELU's slope.
        let expected = 5.0 / 7 / 8 * 2 / 1.128993068658772
        for share in sums { #expect(abs(share - expected) < 1e-12) }
        // (1 + 1/(2 L))^L (1 + 1.129/(2 L))^L tends to exp(1.0645).
        let stream = try [2, 8, 32, 128].map {
            try #require(configuration(depth: $0).algebra()?.sensitivity.value)
        }
        #expect(stream == stream.sorted() && stream[3] < 2.9)
    }

    @Test("matrices start orthogonal, with the norm one")
    func start() throws {
        let step = try TrainingProgram(configuration())
        let start = step.parameters.initialized(seed: 1)
        for parameter in step.parameters where parameter.role == .hidden {
            let values = SingularValues(try #require(start[parameter.path])).values
            let scale = (Double(parameter.fanOut) / Double(parameter.fanIn)).squareRoot()
            // Elements rounded to single precision.
            #expect(values.allSatisfy { abs($0 - scale) < 64 * 0x1p-24 })
        }
    }

    @Test("what modular needs is asked for, by key and with the next step")
    func refusals() throws {
        func message(_ change: (inout RunConfiguration) -> Void) -> String {
            var copy = configuration()
            change(&copy)
            do {
                try copy.validate()
                return ""
            } catch { return "\(error)" }
        }
        #expect(message { _ in } == "")
        #expect(
            message { $0.optimizer = OptimizerConfiguration(rule: "adamw") }
                .contains(
                    "modular hands out shares of a step, which adamw does not take; set "
                        + "optimizer.rule to normalized or dualized"))
        #expect(message { $0.model.tiedHead = true }.contains("model.tied-head"))
        #expect(message { $0.model.initGain.head = 2 }.contains("model.init-gain"))
        #expect(
            message { $0.parametrization.masses.blocks = 0 }
                .contains("parametrization.masses.blocks"))
    }
}
