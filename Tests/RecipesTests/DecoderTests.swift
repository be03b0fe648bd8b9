import Engines
import Formats
import Foundation
import Modules
import OrderedCollections
import Programs
import Recipes
import Runs
import Tensors
import Testing
import Training

/// The folders of `make_decoders.py`.
private let decoders = ["llama", "qwen3", "olmo2"]

/// Decoders that transformers wrote, and the same of Ballast's own.
@Suite("Hugging Face's decoders")
struct DecoderTests {
    private struct Expected: Decodable {
        var tokens: [Int32]
        var logits: [[Double]]
    }

    /// The logits after each token, by the reference engine.
    private func logits(
        _ configuration: RunConfiguration, _ parameters: ParameterTree, _ tokens: [Int32]
    ) throws -> Tensor {
        let builder = ProgramBuilder("predict")
        let scope = Scope(builder)
        let input = builder.input("tokens", .i32, [1, tokens.count])
        builder.output(
            "logits", ProxyTransformer(configuration.resolvedModel).logits(input, scope))
        let program = try builder.build()
        let engine = ReferenceEngine()
        let operands = try program.inputs.map { input in
            try engine.buffer(
                input.name == "tokens"
                    ? Tensor(integers: tokens, shape: [1, tokens.count])
                    : try #require(parameters[input.name]))
        }
        return try engine.compile(program).run(operands)[0].tensor()
    }

    /// The largest difference from the logits that transformers has.
    private func difference(_ model: HuggingFaceImport, _ name: String) throws -> Double {
        let path = "\(oracle)/decoders/\(name)/logits.json"
        let expected = try JSONDecoder().decode(
            Expected.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        let found = try logits(model.configuration, model.parameters, expected.tokens).doubles
        let wanted = expected.logits.flatMap { $0 }
        return zip(found.suffix(wanted.count), wanted).map { ($0 - $1).magnitude }.max() ?? .nan
    }

    @Test("logits are those of transformers within 1e-4", arguments: decoders)
    func parity(_ name: String) throws {
        var model = try HuggingFaceImport("\(oracle)/decoders/\(name)")
        #expect(try difference(model, name) < 1e-4)
        // A broken twin: another base of the rotary wavelengths is another model.
        let scratch = try Scratch()
        let text = try String(
            contentsOfFile: "\(oracle)/decoders/\(name)/config.json", encoding: .utf8)
        _ = try scratch.file(
            "config.json", text.replacing("\"rope_theta\": ", with: "\"rope_theta\": 1"))
        try FileManager.default.copyItem(
            atPath: "\(oracle)/decoders/\(name)/model.safetensors",
            toPath: scratch.path + "/model.safetensors")
        model = try HuggingFaceImport(scratch.path)
        #expect(try difference(model, name) > 1e-3)
    }

    @Test("what is imported is exported again, tensor for tensor", arguments: decoders)
    func roundTrip(_ name: String) throws {
        let scratch = try Scratch()
        let model = try HuggingFaceImport("\(oracle)/decoders/\(name)")
        let out = scratch.path + "/out"
        let export = try HuggingFaceExport(
            model.configuration, parameters: model.parameters, source: name)
        #expect(export.folded.isEmpty && export.notes.isEmpty)
        try export.write(to: out)
        let (old, new) = (
            try SafetensorsFile(path: "\(oracle)/decoders/\(name)/model.safetensors"),
            try SafetensorsFile(path: out + "/model.safetensors")
        )
        #expect(new.metadata["format"] == "pt")
        #expect(Set(old.names) == Set(new.names))
        for tensor in old.names { #expect(try old.tensor(tensor) == new.tensor(tensor)) }
        #expect(
            message { try export.write(to: out) }
                == "--out: \(out) holds a model already; choose another folder")

        // And as a run's folder, whose configuration is the same.
        let folder = RunFolder(scratch.path + "/run")
        try model.write(to: folder)
        #expect(try ConfigurationFile.read(folder.configuration) == model.configuration)
        #expect(try Checkpoint(path: folder.checkpoint(0)).tensors == model.parameters)
    }

    /// Weights of a model of ours, far from its start.
    private func weights(_ configuration: RunConfiguration) throws -> ParameterTree {
        var tree: ParameterTree = [:]
        for parameter in try ProxyTransformer(configuration.resolvedModel).parameters() {
            let isGain = parameter.shape.rank == 1
            let start: Initialization = .normal(deviation: isGain ? 0.2 : 0.4)
            let values = start.tensor(
                parameter.shape, RandomKey(seed: 5).split(parameter.path), beside: [:]
            ).floats
            tree["parameter/" + parameter.path] = Tensor(
                isGain ? values.map { 1 + $0 } : values, shape: parameter.shape)
        }
        return tree
    }

    private static let base = [
        "model.width=32", "model.depth=2", "model.context=12", "model.normalization=rms-norm",
        "model.mlp=swiglu",
    ]

    private func configuration(_ sets: [String]) throws -> RunConfiguration {
        try ConfigurationFile.configuration(RunConfiguration(), overrides: Self.base + sets)
    }

    @Test(
        "factors that families lack are folded into weights",
        arguments: [
            ["parametrization.kind=completep", "parametrization.base-width=16", "model.depth=4"],
            ["model.attention-scale=inverse", "model.residual-scale=inverse-sqrt"],
            ["model.attention-scale=inverse", "model.qk-norm=true", "model.qk-norm-gain=fixed"],
            [
                "model.qk-norm=true", "model.qk-norm-span=full", "model.block-norm=output",
                "model.residual-scale=inverse", "model.attention-scale=inverse",
            ],
            ["model.forced-logits=4", "model.query-group-size=2"],
            [
                "model.tied-head=true", "parametrization.kind=mup",
                "parametrization.base-width=16", "model.mlp=geglu",
            ],
        ])
    func folding(_ sets: [String]) throws {
        let scratch = try Scratch()
        let ours = try configuration(sets)
        let parameters = try weights(ours)
        let export = try HuggingFaceExport(ours, parameters: parameters, source: "test")
        #expect(!export.folded.isEmpty)
        try export.write(to: scratch.path + "/out")
        // Transformers computes what the import does, as `parity` shows.
        let theirs = try HuggingFaceImport(scratch.path + "/out")
        let tokens: [Int32] = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8]
        let (a, b) = (
            try logits(ours, parameters, tokens).doubles,
            try logits(theirs.configuration, theirs.parameters, tokens).doubles
        )
        let size = a.map(\.magnitude).max() ?? 0
        #expect(size > 0.1)
        let difference = zip(a, b).map { ($0 - $1).magnitude }.max() ?? .nan
        #expect(difference < 2e-5 * size, "\(difference) of \(size)")
    }

    @Test("a feature that no family has is named")
    func refusals() throws {
        let cases = [
            (
                "model.normalization=layer-norm",
                "model.normalization: layer-norm cannot be exported"
            ),
            ("model.mlp=gelu", "model.mlp: gelu cannot be exported"),
            ("model.attention-softcap=30", "Gemma 2 has one, whose export is not supported"),
            ("model.output-softcap=30", "model.output-softcap: 30.0 cannot be exported"),
            ("model.block-norm=sandwich", "model.block-norm: sandwich cannot be exported"),
            ("model.block-norm=output", "output without model.qk-norm"),
            ("model.embedding-norm=true", "model.embedding-norm: true cannot be exported"),
            ("model.sigma-reparam=all", "model.sigma-reparam: all cannot be exported"),
        ]
        for (set, words) in cases {
            let text = message {
                let ours = try configuration([set])
                _ = try HuggingFaceExport(ours, parameters: [:], source: "test")
            }
            #expect(text?.contains(words) == true, "\(set): \(text ?? "nothing")")
        }
        #expect(
            message {
                let ours = try configuration([])
                _ = try HuggingFaceExport(ours, parameters: [:], source: "step.safetensors")
            }?.contains("step.safetensors: holds no tensor parameter/embedding") == true)
    }

    @Test("a folder whose model is another is refused by its field")
    func importRefusals() throws {
        let text = try String(
            contentsOfFile: "\(oracle)/decoders/llama/config.json", encoding: .utf8)
        let cases = [
            ("\"vocab_size\": 256", "\"vocab_size\": 32000", "vocab_size: 32000 is not supported"),
            ("\"model_type\": \"llama\"", "\"model_type\": \"gemma2\"", "model_type: gemma2"),
            ("\"attention_bias\": false", "\"attention_bias\": true", "attention_bias: true"),
            ("\"rope_type\": \"default\"", "\"rope_type\": \"yarn\"", "rope_parameters: "),
            (
                "\"hidden_act\": \"gelu_pytorch_tanh\"", "\"hidden_act\": \"relu\"",
                "hidden_act: relu"
            ),
            ("\"num_key_value_heads\": 2", "\"num_key_value_heads\": 3", "num_key_value_heads: 3"),
            ("\"hidden_size\": 16", "\"hidden_size\": 24", "shape [256,16]"),
            ("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3", "model.layers.2."),
            ("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1", "a parameter that Ballast's"),
            ("\"head_dim\": 8", "\"head_dim\": 9223372036854775807", "head_dim: "),
        ]
        for (from, to, words) in cases {
            let scratch = try Scratch()
            #expect(text.contains(from), "\(from)")
            _ = try scratch.file("config.json", text.replacing(from, with: to))
            try FileManager.default.copyItem(
                atPath: "\(oracle)/decoders/llama/model.safetensors",
                toPath: scratch.path + "/model.safetensors")
            let found = message { _ = try HuggingFaceImport(scratch.path) }
            #expect(found?.contains(words) == true, "\(to): \(found ?? "nothing")")
        }
    }
}
