import Formats
import Foundation
import Modules
import OrderedCollections
package import Tensors
package import Training

/// Trained weights as a folder that `transformers` loads, with the logits of Ballast's forward.
///
/// What Ballast multiplies with and the families do not is folded into weights:
///
/// | factor | goes into |
/// |---|---|
/// | attention scale 1/D in place of 1/√D | queries, or the gain of their norm |
/// | a branch's factor | the matrix that ends the branch, or the gain of the norm after it |
/// | the tied readout's factor | the gain of the last norm |
/// | κ of forced logits | the gains of the norms of queries and keys, as √κ |
///
/// Rotary positions turn the halves of a head here and there, matrices are (outputs, inputs) in both, and
/// gains are stored as they multiply.
package struct HuggingFaceExport: Sendable {
    /// Whose class loads it.
    package let family: DecoderFamily
    /// What was folded, for people.
    package let folded: [String]
    /// What a reader has to know; empty where nothing.
    package let notes: [String]

    private let model: ModelConfiguration
    private let tensors: ParameterTree
    private let tokenizer: TokenizerCopy

    /// Folds and names the weights.
    ///
    /// - Parameters:
    ///   - configuration: The run's.
    ///   - parameters: A checkpoint's tensors, `parameter/PATH`, and `state/SLOT/PATH` where other weights than
    ///     those that train are evaluated.
    ///   - tokenizer: What made its tokens.
    ///   - source: The checkpoint, for errors.
    /// - Throws: ``Training/ConfigurationError`` that names the feature which no family has, and
    ///   ``Training/TrainingError`` for a checkpoint without a tensor.
    package init(
        _ configuration: RunConfiguration, parameters: ParameterTree,
        tokenizer: TokenizerCopy = .bytes, source: String
    ) throws {
        let model = configuration.resolvedModel
        let family = try DecoderFamily.of(model)
        let factors = Factors(model, family)
        let parameters = try configuration.evaluated(parameters)
        var tensors: ParameterTree = [:]
        for (path, name) in family.names(of: model) {
            let tensor: Tensor
            if let constant = factors.constant(path) {
                let width = Self.normWidth(path, model)
                tensor = Tensor([Float](repeating: constant, count: width), shape: [width])
            } else if let found = parameters["parameter/" + path] {
                tensor = found
            } else {
                throw TrainingError.checkpoint(
                    path: source, "holds no tensor parameter/\(path)")
            }
            let factor = factors.factor(path)
            tensors[name] =
                factor == 1 && tensor.elementType == .f32
                ? tensor
                : Tensor(
                    rounding: tensor.doubles.map { $0 * factor }, shape: tensor.shape,
                    elementType: .f32)
        }
        self.family = family
        self.model = model
        self.tensors = tensors
        self.tokenizer = tokenizer
        folded = factors.words
        notes =
            model.elementType == .f32
            ? []
            : [
                "training rounded the operands of products to \(model.elementType.rawValue); "
                    + "transformers computes in f32 unless told, and differs by that rounding"
            ]
    }

    /// Elements of the gain of a norm of queries or keys.
    private static func normWidth(_ path: String, _ model: ModelConfiguration) -> Int {
        guard model.qkNorm, model.qkNormSpan == .full else { return model.headDimension }
        return path.hasSuffix("key_norm") ? model.keyWidth : model.attentionWidth
    }

    /// Writes `config.json`, `model.safetensors` and the tokenizer.
    ///
    /// The configuration is written last: a folder that has one is whole.
    ///
    /// - Parameter folder: The folder, which is made; it holds no model yet.
    /// - Throws: ``Training/ConfigurationError`` where it holds one, and what the file system refuses.
    package func write(to folder: String) throws {
        guard !FileManager.default.fileExists(atPath: folder + "/config.json") else {
            throw ConfigurationError.impossible(
                key: "--out", reason: "\(folder) holds a model already; choose another folder")
        }
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        try Safetensors.write(
            tensors, metadata: ["format": "pt"], to: folder + "/model.safetensors")
        if let contents = try tokenizer.contents(vocabulary: model.vocabulary) {
            try AtomicFile.write(contents, to: folder + "/tokenizer.json")
            try Self.write(
                tokenizer.configuration(context: model.context),
                to: folder + "/tokenizer_config.json")
        }
        try Self.write(file, to: folder + "/config.json")
    }

    private static func write(_ object: [String: Any], to path: String) throws {
        try AtomicFile.write(text(object), to: path)
    }

    /// An object as the JSON of such a folder.
    static func text(_ object: [String: Any]) throws -> String {
        let data = try JSONSerialization.data(
            withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    /// The contents of `config.json`.
    private var file: [String: Any] {
        [
            "architectures": [family.architecture], "model_type": family.rawValue,
            "hidden_size": model.width, "intermediate_size": model.hiddenWidth,
            "num_hidden_layers": model.depth, "num_attention_heads": model.heads,
            "num_key_value_heads": model.keyHeads, "head_dim": model.headDimension,
            "vocab_size": model.vocabulary, "max_position_embeddings": model.context,
            "rms_norm_eps": model.normEpsilon,
            "hidden_act": model.mlp == .geglu ? "gelu_pytorch_tanh" : "silu",
            // Older versions read the first, newer ones the second.
            "rope_theta": model.rotaryBase,
            "rope_parameters": ["rope_type": "default", "rope_theta": model.rotaryBase]
                as [String: Any],
            "tie_word_embeddings": model.tiedHead, "attention_bias": false, "mlp_bias": false,
            "attention_dropout": 0.0, "dtype": "float32",
            "bos_token_id": NSNull(), "pad_token_id": NSNull(),
            // No byte is special.
            "eos_token_id": tokenizer.endOfText.map { Int($0.token) } ?? NSNull(),
        ]
    }
}

/// What parameters are multiplied with, by path.
private struct Factors {
    private let model: ModelConfiguration
    private let family: DecoderFamily
    /// 1/D over 1/√D where that is the scale.
    private let attention: Double

    init(_ model: ModelConfiguration, _ family: DecoderFamily) {
        self.model = model
        self.family = family
        attention =
            model.attentionScale == .inverseSquareRoot
            ? 1
            : model.attentionScale.factor(model.headDimension)
                * Double(model.headDimension).squareRoot()
    }

    /// The gain of a norm of queries or keys that Ballast has no parameter for; nil for other paths.
    func constant(_ path: String) -> Float? {
        guard path.hasSuffix(".query_norm") || path.hasSuffix(".key_norm") else { return nil }
        if model.forcedLogits > 0 { return Float(model.forcedLogits.squareRoot()) }
        return model.qkNormGain == .fixed ? 1 : nil
    }

    func factor(_ path: String) -> Double {
        let hasNorm = family != .llama
        switch path.split(separator: ".").last {
        case "query": return hasNorm ? 1 : attention
        case "query_norm": return attention
        case "output", "down": return family == .olmo2 ? 1 : model.branchScale
        case "attention_output_norm", "mlp_output_norm": return model.branchScale
        case "norm": return path == "norm" && model.tiedHead ? model.readoutScale : 1
        default: return 1
        }
    }

    var words: [String] {
        var words: [String] = []
        if attention != 1 { words.append("attention scale \(model.attentionScale.rawValue)") }
        if model.branchScale != 1 { words.append("branches times \(model.branchScale)") }
        if model.tiedHead, model.readoutScale != 1 {
            words.append("readout times \(model.readoutScale)")
        }
        if model.forcedLogits > 0 { words.append("forced logits \(model.forcedLogits)") }
        return words
    }
}
