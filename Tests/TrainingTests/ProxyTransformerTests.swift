import Engines
import Modules
import OrderedCollections
import Programs
import Tensors
import Testing
import Training

@Suite("the proxy transformer")
struct ProxyTransformerTests {
    @Test("12 L d² parameters between embedding and head, gains apart")
    func counts() throws {
        var configuration = ModelConfiguration()
        configuration.width = 32
        let parameters = try ProxyTransformer(configuration).parameters()
        let matrices = parameters.filter { $0.role == .hidden }
        #expect(matrices.totalCount == 12 * 3 * 32 * 32)
        #expect(parameters.matrixCount == 12 * 3 * 32 * 32)
        #expect(parameters.totalCount == parameters.matrixCount + 7 * 32 + 2 * 256 * 32)
    }

    @Test("a logit does not depend on later tokens, and does on earlier ones")
    func causality() throws {
        var configuration = ModelConfiguration()
        (configuration.width, configuration.depth, configuration.headDimension) = (8, 2, 4)
        (configuration.context, configuration.vocabulary, configuration.qkNorm) = (6, 11, true)
        let builder = ProgramBuilder("causality")
        let scope = Scope(builder)
        let tokens = builder.input("tokens", .i32, [1, 6])
        let logits = ProxyTransformer(configuration).logits(tokens, scope)
        // The loss of position 3 alone, differentiated by rows of the embedding: tokens are distinct.
        let table = try #require(scope.model.values["embedding"])
        let loss = logits.slice(from: [0, 3, 0], to: [1, 4, 11])
        builder.output(
            "gradient", builder.gradients(of: (loss * loss).sum(), withRespectTo: [table])[0])
        var inputs = ["tokens": Tensor(integers: [0, 1, 2, 3, 4, 5], shape: [1, 6])]
        for (path, tensor) in scope.model.parameters.initialized(seed: 3) {
            inputs["parameter/" + path] = tensor
        }
        let gradient = try #require(ReferenceEngine().run(builder.build(), inputs)["gradient"])
            .doubles
        for token in 0..<11 {
            let row = gradient[token * 8..<(token + 1) * 8]
            #expect(row.contains { $0 != 0 } == (token <= 3), "token \(token)")
        }
    }

    @Test("a layer more changes no other layer's start")
    func initialization() throws {
        var configuration = ModelConfiguration()
        let three = try ProxyTransformer(configuration).parameters().initialized(seed: 1)
        configuration.depth = 4
        let four = try ProxyTransformer(configuration).parameters().initialized(seed: 1)
        for (path, tensor) in three { #expect(four[path] == tensor, "\(path)") }
        #expect(four.count > three.count)
    }

    @Test("every choice builds a step", arguments: NormalizationKind.allCases, MLPKind.allCases)
    func choices(normalization: NormalizationKind, mlp: MLPKind) throws {
        var configuration = RunConfiguration()
        configuration.model.normalization = normalization
        configuration.model.mlp = mlp
        for scale in AttentionScale.allCases {
            for isTied in [false, true] {
                configuration.model.attentionScale = scale
                configuration.model.tiedHead = isTied
                let training = try TrainingProgram(configuration)
                #expect(training.parameters.contains { $0.path == "head" } == !isTied)
                #expect(try Program(text: training.program.description) == training.program)
            }
        }
    }
}
