import Engines
import Modules
import Optimizers
import OrderedCollections
import Programs
import Tensors
import Testing
import Training

/// A multiplier that is part of its weight, against the computation with the multiplier beside it.
@Suite("multipliers folded into weights")
struct FoldedMultiplierTests {
    private func configuration(
        _ kind: Parametrization.Kind, width: Int, tied: Bool = false
    ) -> RunConfiguration {
        var configuration = RunConfiguration()
        configuration.model.width = width
        configuration.model.depth = 4
        configuration.model.headDimension = 8
        configuration.model.context = 8
        configuration.model.tiedHead = tied
        configuration.data.batch = 2
        configuration.optimizer["epsilon"] = .number(1e-2)
        configuration.optimizer.learningRate = 0.01
        configuration.optimizer.clip = 0
        configuration.optimizer.weightDecay.form = .none
        configuration.schedule.warmup = 0
        configuration.schedule.shape = .constant
        configuration.parametrization.kind = kind
        configuration.parametrization.baseWidth = 16
        configuration.parametrization.baseDepth = 2
        return configuration
    }

    @Test(
        "the step of a weight that holds a multiplier is that of the weight behind it",
        arguments: [
            // At twice the base width and depth: the published multiplier A, the rate C and the epsilon of
            // the weight behind it, over those at the base.
            (Parametrization.Kind.completeP, "head", 0.5, 1.0, 0.25),
            (.completeP, "blocks.1.mlp.down", 1.0, 0.5, 0.25),
            (.unitScaledMuP, "head", 0.5, 1.0, 1.0),
            (.unitScaledMuP, "blocks.1.mlp.down", 0.5.squareRoot(), 0.5, 1.0),
        ])
    func folded(
        kind: Parametrization.Kind, path: String, multiplier: Double, rate: Double, epsilon: Double
    ) throws {
        let (start, results) = try firstStep(configuration(kind, width: 32))
        let before = try #require(start[path]).doubles
        let after = try #require(results["parameter/\(path)"]).doubles
        // Adam's mean after a step from zero is (1 - beta1) times the gradient.
        let gradient = try #require(results["state/mean/\(path)"]).doubles.map { $0 / 0.1 }
        var worst = 0.0
        for index in before.indices {
            // W = V / A has the gradient A g, and V moves by A times what W does.
            let behind = multiplier * gradient[index]
            let change = multiplier * 0.01 * rate * behind / (behind.magnitude + 1e-2 * epsilon)
            worst = max(worst, ((before[index] - after[index]) - change).magnitude / 0.01)
        }
        // Parameters are single precision: half a unit in the last place of 1, over the rate.
        #expect(worst < 1e-5, "\(worst)")
        // The epsilon without the multiplier gives another step.
        let wrong = gradient.map { gradient in
            let behind = multiplier * gradient
            return
                (behind.magnitude / (behind.magnitude + 1e-2 * epsilon)
                - gradient.magnitude / (gradient.magnitude + 1e-2 * epsilon)).magnitude
        }
        #expect((wrong.max() ?? 0) > 1e-2 || multiplier == 1)
    }

    @Test("a tied head is multiplied as published, and at the base width by nothing")
    func tied() throws {
        for kind in [Parametrization.Kind.muP, .completeP] {
            #expect(configuration(kind, width: 64, tied: true).resolvedModel.readoutScale == 0.25)
            #expect(configuration(kind, width: 16, tied: true).resolvedModel.readoutScale == 1)
            #expect(configuration(kind, width: 64).resolvedModel.readoutScale == 1)
            try configuration(kind, width: 64, tied: true).validate()
        }
        func logits(_ scale: Double) throws -> [Double] {
            var model = configuration(.muP, width: 64, tied: true).model
            model.readoutScale = scale
            let builder = ProgramBuilder("logits")
            let scope = Scope(builder)
            let tokens = builder.input("tokens", .i32, [1, 8])
            builder.output("logits", ProxyTransformer(model).logits(tokens, scope))
            let program = try builder.build()
            let start = scope.model.parameters.initialized(seed: 1)
            var inputs = ["tokens": Tensor(integers: (0..<8).map { Int32($0) }, shape: [1, 8])]
            for parameter in scope.model.parameters {
                inputs["parameter/" + parameter.path] = start[parameter.path]
            }
            return try #require(ReferenceEngine().run(program, inputs)["logits"]).doubles
        }
        for (a, b) in zip(try logits(1), try logits(0.25)) {
            #expect((a * 0.25 - b).magnitude < 1e-6)
        }
    }

    @Test("a parametrisation that no tied head follows names both keys")
    func refused() throws {
        for kind in [Parametrization.Kind.spectral, .unitScaledMuP] {
            let error = try #require(throws: ConfigurationError.self) {
                try configuration(kind, width: 64, tied: true).validate()
            }
            #expect(error.description.hasPrefix("model.tied-head: one table cannot start"))
            #expect(error.description.contains("parametrization.kind \(kind.rawValue)"))
        }
    }

    @Test(
        "head dimensions that do not divide the base width need no base, or are told it",
        arguments: [128, 80, 96, 48, 24, 20, 12, 6])
    func headDimensions(dimension: Int) throws {
        for kind in Parametrization.Kind.allCases where kind != .modular {
            var configuration = RunConfiguration()
            configuration.model.headDimension = dimension
            configuration.model.width = 2 * dimension
            configuration.parametrization.kind = kind
            if kind == .standard {
                try configuration.validate()
                #expect(try configuration.multipliers().values.allSatisfy { $0.learningRate == 1 })
            } else {
                let error = try #require(throws: ConfigurationError.self) {
                    try configuration.validate()
                }
                let base = max(64 / dimension, 1) * dimension
                #expect(
                    error.description.contains("parametrization.base-width: 64 is not a multiple"))
                #expect(error.description.contains("set it to \(base)"))
                configuration.parametrization.baseWidth = base
                try configuration.validate()
                _ = try configuration.multipliers()
            }
        }
    }
}
