import Engines
import Formats
import Foundation
import Modules
import Optimizers
import OrderedCollections
import Programs
import Runs
import Tensors
import Testing
import Training

/// A model of `Oracle/make_dense.py`, which transformers computed.
private struct DenseCase: Sendable, CustomTestStringConvertible {
    let name: String
    let change: @Sendable (inout ModelConfiguration) -> Void
    var testDescription: String { name }

    static let file: SafetensorsFile = {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Oracle/dense.safetensors").path
        do { return try SafetensorsFile(path: path) } catch { fatalError("\(error)") }
    }()

    static let all = [
        DenseCase(name: "llama") { _ in },
        DenseCase(name: "linear") {
            ($0.rotaryScaling.kind, $0.rotaryScaling.factor) = (.linear, 3)
        },
        DenseCase(name: "ntk") { ($0.rotaryScaling.kind, $0.rotaryScaling.factor) = (.ntk, 3) },
        DenseCase(name: "yarn") {
            ($0.rotaryScaling.kind, $0.rotaryScaling.factor) = (.yarn, 4)
            $0.rotaryScaling.originalContext = 32
            ($0.rotaryScaling.betaFast, $0.rotaryScaling.betaSlow) = (2, 0.5)
        },
        DenseCase(name: "llama3") {
            ($0.rotaryScaling.kind, $0.rotaryScaling.factor) = (.llama3, 8)
            $0.rotaryScaling.originalContext = 32
        },
        DenseCase(name: "biases") { $0.biases = .hidden },
        DenseCase(name: "gate-head") { $0.attentionGate = .head },
        DenseCase(name: "gate-element") { $0.attentionGate = .element },
        DenseCase(name: "qwen2") {
            $0.biases = .queryKeyValue
            ($0.headDimension, $0.attentionRatio) = (4, 1)
        },
        DenseCase(name: "mistral") { $0.attentionWindow = 3 },
        DenseCase(name: "gemma2") {
            ($0.attentionWindow, $0.globalEvery) = (3, 2)
            ($0.attentionSoftcap, $0.outputSoftcap) = (1.5, 2)
            ($0.blockNorm, $0.mlp, $0.tiedHead) = (.sandwich, .geglu, true)
            ($0.normUnitOffset, $0.embeddingScale) = (true, .squareRootOfWidth)
        },
        DenseCase(name: "gpt_neox") {
            ($0.normalization, $0.mlp, $0.biases) = (.layerNorm, .gelu, .all)
            ($0.headDimension, $0.attentionRatio, $0.queryGroupSize) = (4, 1, 1)
        },
    ]

    /// Llama with heads of eight elements, two of queries and one of keys.
    static var llama: ModelConfiguration {
        var model = ModelConfiguration()
        (model.width, model.depth, model.headDimension) = (8, 2, 8)
        (model.attentionRatio, model.queryGroupSize, model.mlpRatio) = (2, 2, 1.5)
        (model.context, model.vocabulary, model.mlp) = (8, 11, .swiglu)
        (model.normalization, model.rotaryBase) = (.rmsNorm, 100)
        return model
    }

    var model: ModelConfiguration {
        var model = Self.llama
        change(&model)
        return model
    }

    /// The worst relative error of logits, loss and gradients, and where it is.
    ///
    /// - Returns: Nil where the model's parameters are not those of the file.
    func error(of model: ModelConfiguration, on engine: any Engine) throws -> (String, Double)? {
        let file = Self.file
        let builder = ProgramBuilder("dense")
        let scope = Scope(builder)
        let transformer = ProxyTransformer(model)
        let tokens = builder.input("tokens", .i32, [2, 8])
        let targets = builder.input("targets", .i32, [2, 8])
        let loss = transformer.losses(tokens: tokens, targets: targets, scope).crossEntropy
        let parameters = scope.model.parameters
        let values = parameters.compactMap { scope.model.values[$0.path] }
        let gradients = builder.gradients(of: loss, withRespectTo: values)
        builder.output("loss", loss)
        for logits in scope.model.activations where logits.name == "logits" {
            builder.output("logits", logits.value)
        }
        for (parameter, gradient) in zip(parameters, gradients) {
            builder.output("gradient." + parameter.path, gradient)
        }
        let all = try file.tensor(name + ".tokens").integers
        let rows = [all[0..<9], all[9..<18]]
        var inputs = [
            "tokens": Tensor(integers: rows.flatMap { $0.dropLast() }, shape: [2, 8]),
            "targets": Tensor(integers: rows.flatMap { $0.dropFirst() }, shape: [2, 8]),
        ]
        for parameter in parameters {
            guard let tensor = try? file.tensor("\(name).parameter.\(parameter.path)"),
                tensor.shape == parameter.shape
            else { return nil }
            inputs["parameter/" + parameter.path] = tensor
        }
        var worst = ("", 0.0)
        for (output, tensor) in try engine.run(builder.build(), inputs) {
            let expected = try file.tensor("\(name).\(output)").doubles
            let error = distance(tensor.doubles, expected) / norm(expected)
            if !(error <= worst.1) { worst = (output, error) }
        }
        return worst
    }

    private func norm(_ x: [Double]) -> Double { x.reduce(0) { $0 + $1 * $1 }.squareRoot() }

    private func distance(_ x: [Double], _ y: [Double]) -> Double {
        zip(x, y).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    }
}

@Suite("dense recipes against transformers")
struct DenseOracleTests {
    /// transformers has angles, and their sines, in single precision: some 2⁻²⁴ each of angles up to eight.
    ///
    /// Ours are added on the CPU engine.
    @Test("logits, loss and every gradient", arguments: DenseCase.all)
    private func agrees(_ dense: DenseCase) throws {
        let parameters = DenseCase.file.entries.keys.filter {
            $0.hasPrefix(dense.name + ".parameter.")
        }
        #expect(try ProxyTransformer(dense.model).parameters().count == parameters.count)
        for (engine, bound) in [
            (ReferenceEngine() as any Engine, 3e-6), (try makeCPUEngine() as any Engine, 2e-5),
        ] {
            let worst = try #require(try dense.error(of: dense.model, on: engine))
            #expect(worst.1 < bound, "\(engine.name): \(worst)")
        }
    }

    @Test("the comparison can fail: each feature left out, or a little off, is told apart")
    func negativeControl() throws {
        let twins: [(Int, @Sendable (inout ModelConfiguration) -> Void)] = [
            (1, { $0.rotaryScaling.factor = 3.01 }), (2, { $0.rotaryScaling.factor = 3.01 }),
            (3, { $0.rotaryScaling.attentionFactor = 1 }),
            (3, { $0.rotaryScaling.betaSlow = 1 }),
            (4, { $0.rotaryScaling.highFrequencyFactor = 5 }),
            (9, { $0.attentionWindow = 4 }), (9, { $0.attentionWindow = 0 }),
            (10, { $0.globalEvery = 0 }), (10, { $0.embeddingScale = .none }),
            (10, { $0.normUnitOffset = false }), (10, { $0.attentionSoftcap = 1.51 }),
        ]
        for (index, change) in twins {
            let dense = DenseCase.all[index]
            var model = dense.model
            change(&model)
            let wrong = try #require(try dense.error(of: model, on: ReferenceEngine()))
            #expect(wrong.1 > 1e-4, "\(dense.name): \(wrong)")
        }
        // Without their parameters there is nothing to compare.
        for index in [5, 6, 7, 8] {
            let (dense, plain) = (DenseCase.all[index], DenseCase.llama)
            var model = plain
            (model.headDimension, model.attentionRatio) = (
                dense.model.headDimension, dense.model.attentionRatio
            )
            let wrong = try dense.error(of: model, on: ReferenceEngine())
            #expect((wrong?.1 ?? 1) > 1e-4, "\(dense.name)")
        }
    }

    @Test(
        "angles of a large model are transformers'", arguments: RotaryScaling.Kind.allCases)
    func angles(kind: RotaryScaling.Kind) throws {
        guard kind != .none, kind != .ntk else { return }
        var scaling = RotaryScaling()
        (scaling.kind, scaling.factor) = (kind, 8)
        let expected = try DenseCase.file.tensor("rotary.\(kind.rawValue)").doubles
        let found = scaling.frequencies(base: 500_000, pairs: 64)
        // Some powers and quotients in single precision.
        for (a, b) in zip(found, expected) { #expect((a - b).magnitude <= 1e-6 * b) }
        #expect(found.count == expected.count)
        var other = scaling
        other.factor = 8.01
        #expect(
            zip(other.frequencies(base: 500_000, pairs: 64), expected)
                .contains { ($0 - $1).magnitude > 1e-5 * $1 })
        guard kind == .yarn else { return }
        let amplitude = try DenseCase.file.tensor("rotary.yarn.amplitude").doubles[0]
        #expect((scaling.amplitude - amplitude).magnitude < 1e-12)
    }

    @Test("keys that belong together say what is missing")
    func messages() {
        func words(_ sets: [String]) -> String {
            do {
                _ = try ConfigurationFile.configuration(RunConfiguration(), overrides: sets)
                return ""
            } catch { return "\(error)" }
        }
        #expect(
            words(["model.global-every=2"])
                == "model.global-every: without a window all blocks attend to all tokens; set "
                + "model.attention-window")
        #expect(
            words(["model.rotary-scaling.factor=8"])
                == "model.rotary-scaling.factor: without model.rotary-scaling.kind it does "
                + "nothing; set that to linear, ntk, yarn or llama3")
        #expect(
            words([
                "model.rotary-scaling.kind=llama3",
                "model.rotary-scaling.high-frequency-factor=1",
            ])
                == "model.rotary-scaling.high-frequency-factor: 1.0 is not above "
                + "low-frequency-factor, 1.0; raise it")
        #expect(words(["optimizer.rule=lars", "optimizer.weight-decay.cautious=true"]) != "")
        #expect(words(["optimizer.weight-decay.cautious=true"]) == "")
    }

    @Test("new keys at their defaults add nothing to a program or an identity")
    func neutral() throws {
        let values = RunIdentity.values(of: RunConfiguration())
        for key in RunIdentity.neutral.keys { #expect(values[key] == nil, "\(key)") }
        var changed = RunConfiguration()
        changed.model.attentionWindow = 64
        changed.optimizer["cautious"] = .flag(true)
        let other = RunIdentity.values(of: changed)
        #expect(other["model.attention-window"] == .integer(64))
        #expect(other["optimizer.cautious"] == .flag(true))
        // A rule without the key takes the text of one that has it.
        let muon = try ConfigurationFile.configuration(
            RunConfiguration(), overrides: ["optimizer.rule=muon"])
        #expect(muon.optimizer["cautious"] == nil)
        #expect(throws: ConfigurationError.self) {
            try ConfigurationFile.configuration(
                RunConfiguration(),
                overrides: ["optimizer.rule=muon", "optimizer.cautious=true"])
        }
        // A window as long as the context is none.
        var wide = RunConfiguration()
        wide.model.attentionWindow = wide.model.context
        let programs = try [RunConfiguration(), wide].map {
            try TrainingProgram($0).program.description
        }
        #expect(programs[0] == programs[1] && !programs[0].contains("windowed"))
    }
}
