import Engines
import Modules
import Optimizers
import OrderedCollections
import Programs
import Tensors
import Testing
import Training
import Yams

/// Keys that dense recipes need: widths of heads and MLP that are free of the stream's, shared keys, and one
/// deviation at the start.
@Suite("models of dense recipes")
struct DenseModelTests {
    private func configuration(_ sets: [String]) throws -> RunConfiguration {
        try ConfigurationFile.configuration(
            from: ConfigurationFile.yaml(of: "", source: "defaults"), source: "defaults",
            overrides: sets)
    }

    private func shapes(_ sets: [String]) throws -> [String: [Int]] {
        let model = try configuration(sets).resolvedModel
        return Dictionary(
            uniqueKeysWithValues: try ProxyTransformer(model).parameters().map {
                ($0.path, $0.shape.dimensions)
            })
    }

    @Test("shapes are those of Qwen 3 of 0.6 billion, Llama 7B and Gemma 2 of 2 billion")
    func shapesOfModels() throws {
        let qwen = try shapes([
            "model.width=1024", "model.depth=1", "model.head-dimension=128",
            "model.attention-ratio=2", "model.query-group-size=2", "model.mlp=swiglu",
            "model.mlp-ratio=3", "model.context=8",
        ])
        #expect(qwen["blocks.0.attention.query"] == [2048, 1024])
        #expect(qwen["blocks.0.attention.key"] == [1024, 1024])
        #expect(qwen["blocks.0.attention.output"] == [1024, 2048])
        #expect(qwen["blocks.0.mlp.gate"] == [3072, 1024])
        let llama = try shapes([
            "model.width=4096", "model.depth=1", "model.head-dimension=128", "model.mlp=swiglu",
            "model.mlp-ratio=2.6875", "model.context=8",
        ])
        #expect(llama["blocks.0.mlp.down"] == [4096, 11_008])
        let gemma = try configuration([
            "model.width=2304", "model.head-dimension=256", "model.query-group-size=2",
            "model.attention-ratio=0.8888888888888888",
        ]).model
        #expect(gemma.heads == 8 && gemma.keyHeads == 4 && gemma.attentionWidth == 2048)
    }

    @Test("the count of a block's elements is that of its parameters", arguments: MLPKind.allCases)
    func counts(mlp: MLPKind) throws {
        for sets in [
            [], ["model.attention-ratio=2", "model.query-group-size=4", "model.mlp-ratio=2.625"],
        ] {
            let model = try configuration(sets + ["model.mlp=\(mlp.rawValue)"]).model
            let hidden = try ProxyTransformer(model).parameters().filter { $0.role == .hidden }
            #expect(hidden.totalCount == model.depth * model.blockElements)
            let square = Double(model.width * model.width)
            #expect(Double(model.blockElements) == model.blockShare * square)
        }
    }

    @Test("with a group of one, queries and keys are as they were, to the text of the program")
    func plain() throws {
        var model = ModelConfiguration()
        let before = try text(of: model)
        (model.attentionRatio, model.queryGroupSize, model.mlpRatio) = (1, 1, 4)
        #expect(try text(of: model) == before)
        model.queryGroupSize = 2
        #expect(try text(of: model) != before)
    }

    private func text(of model: ModelConfiguration) throws -> String {
        let builder = ProgramBuilder("logits")
        let tokens = builder.input("tokens", .i32, [1, model.context])
        builder.output("logits", ProxyTransformer(model).logits(tokens, Scope(builder)))
        return try builder.build().description
    }

    @Test(
        "gradients are those of finite differences",
        arguments: [
            ["model.attention-ratio=2", "model.query-group-size=4", "model.mlp=geglu"],
            ["model.query-group-size=2", "model.mlp=relu-squared", "model.qk-norm=true"],
            ["model.attention-ratio=0.5", "model.mlp=swiglu", "model.mlp-ratio=1.4"],
            ["model.biases=all", "model.attention-window=2", "model.attention-softcap=2"],
            [
                "model.rotary-scaling.kind=yarn", "model.rotary-scaling.factor=4",
                "model.rotary-scaling.original-context=16", "model.attention-gate=head",
                "model.embedding-scale=sqrt-width",
            ],
            [
                "model.attention-gate=element", "model.norm-unit-offset=true",
                "model.biases=attention",
            ],
        ])
    func finiteDifferences(sets: [String]) throws {
        let sizes = ["model.width=8", "model.depth=1", "model.head-dimension=4", "model.context=5"]
        var model = try configuration(sizes + sets).model
        model.vocabulary = 7
        let builder = ProgramBuilder("losses")
        let scope = Scope(builder)
        let tokens = builder.input("tokens", .i32, [1, 5])
        let targets = builder.input("targets", .i32, [1, 5])
        let loss = ProxyTransformer(model).losses(tokens: tokens, targets: targets, scope)
            .crossEntropy
        let parameters = scope.model.parameters
        builder.output("loss", loss)
        let gradients = builder.gradients(
            of: loss, withRespectTo: parameters.compactMap { scope.model.values[$0.path] })
        for (parameter, gradient) in zip(parameters, gradients) {
            builder.output("gradient." + parameter.path, gradient)
        }
        let program = try builder.build()
        var inputs = [
            "tokens": Tensor(integers: [0, 3, 6, 1, 2], shape: [1, 5]),
            "targets": Tensor(integers: [3, 6, 1, 2, 5], shape: [1, 5]),
        ]
        for (path, tensor) in parameters.initialized(seed: 5) {
            inputs["parameter/" + path] = tensor
        }
        let exact = try ReferenceEngine().run(program, inputs)
        for parameter in parameters where parameter.role == .hidden {
            let name = "parameter/" + parameter.path
            let start = try #require(inputs[name])
            let gradient = try #require(exact["gradient." + parameter.path]).doubles
            // Along the gradient itself the loss changes by its square, and by the step's square more.
            let size = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
            func loss(_ step: Double) throws -> Double {
                var moved = inputs
                moved[name] = Tensor(
                    zip(start.doubles, gradient).map { Float($0 + step * $1 / size) },
                    shape: start.shape)
                return try #require(ReferenceEngine().run(program, moved)["loss"]).doubles[0]
            }
            let step = 1e-3
            let slope = (try loss(step) - loss(-step)) / (2 * step)
            #expect(abs(slope - size) < 2e-3 * size + 1e-6, "\(parameter.path): \(slope), \(size)")
        }
    }

    @Test("one deviation starts all, and goes on from the base width as fan-in does")
    func deviation() throws {
        func start(_ path: String, _ sets: [String]) throws -> Initialization {
            let settings = try configuration(["model.init-deviation=0.02"] + sets)
                .parameterSettings()
            return try #require(settings.first { $0.specification.path == path })
                .specification.initialization
        }
        let (down, embedding) = ("blocks.0.mlp.down", "embedding")
        #expect(try start(down, []) == .truncatedNormal(deviation: 0.02))
        #expect(try start("head", []) == .truncatedNormal(deviation: 0.02))
        #expect(try start(embedding, ["model.width=256"]) == .normal(deviation: 0.02))
        let wide = ["model.width=256", "parametrization.kind=mup", "parametrization.base-width=64"]
        #expect(try start(down, wide) == .truncatedNormal(deviation: 0.01))
        #expect(try start(embedding, wide) == .normal(deviation: 0.02))
        // √(1/r) of the deviation, and as much again of muP.
        #expect(try start("head", wide) == .truncatedNormal(deviation: 0.005))
        #expect(try start("blocks.0.attention.query", wide) == .truncatedNormal(deviation: 0))
    }

    @Test("what does not fit together is refused with the key and what to set")
    func refusals() throws {
        func words(_ sets: [String]) -> String? {
            do {
                _ = try configuration(sets)
                return nil
            } catch { return "\(error)" }
        }
        #expect(
            words(["model.query-group-size=3"])
                == "model.query-group-size: 4 heads of width 64 do not divide into groups of 3 that "
                + "share keys; choose a width of whole groups")
        #expect(
            words([
                "model.query-group-size=4", "parametrization.kind=mup",
                "parametrization.base-width=32",
            ])
                == "parametrization.base-width: 2 heads of width 32 do not divide into groups of 4 "
                + "that share keys; choose a width of whole groups")
        #expect(
            words(["model.query-group-size=2", "optimizer.qk-clip=100"])
                == "optimizer.qk-clip: scales the keys of one head, which model.query-group-size "
                + "gives to 2; set one of them off")
        #expect(
            words(["model.init-deviation=0.02", "parametrization.kind=spectral"])
                == "model.init-deviation: spectral says itself where matrices start; remove the key, "
                + "or set parametrization.kind to standard, mup-simple, mup or completep")
        #expect(words(["model.attention-ratio=0.001"])?.contains("is not half a head") ?? false)
        #expect(words(["model.mlp-ratio=0"])?.contains("out of range") ?? false)
        for key in ["attention-ratio=2", "query-group-size=2", "mlp=relu-squared"] {
            let sets = ["model.\(key)", "parametrization.kind=modular", "optimizer.rule=dualized"]
            #expect(words(sets)?.contains("modular knows no sensitivity") ?? false, "\(key)")
        }
    }
}
