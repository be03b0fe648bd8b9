import Modules
import Training

/// Reads a `config.json` for a model that must compute the same, and refuses what would not.
struct DecoderReader {
    private let reader: FieldReader

    init(_ reader: FieldReader) { self.reader = reader }

    private func refusal(_ key: String, _ why: String) -> ConfigurationError {
        let value = reader.value(key)?.shown ?? "null"
        return .malformed(
            source: reader.path, key: key, reason: "\(value) is not supported: \(why)")
    }

    func family() throws(ConfigurationError) -> DecoderFamily {
        guard let type = try reader.text("model_type"), let family = DecoderFamily(rawValue: type)
        else {
            throw refusal(
                "model_type",
                "weights are taken of "
                    + DecoderFamily.allCases.map(\.rawValue).joined(separator: ", ")
                    + "; ballast inspect reads those of others, ballast recipe their config.json")
        }
        return family
    }

    func model(_ family: DecoderFamily) throws(ConfigurationError) -> ModelConfiguration {
        try refuseFeatures()
        var model = ModelConfiguration()
        model.vocabulary = try reader.needed("vocab_size", 1...1_048_576)
        guard model.vocabulary == ByteLevelTokenizer.count else {
            throw refusal("vocab_size", "the tokens of Ballast's models are the 256 bytes")
        }
        let width = try reader.needed("hidden_size", 1...65_536)
        let heads = try reader.needed("num_attention_heads", 1...65_536)
        let dimension = try reader.whole("head_dim", 1...65_536) ?? width / heads
        let keyHeads = try reader.whole("num_key_value_heads", 1...65_536) ?? heads
        guard heads % keyHeads == 0 else {
            throw refusal("num_key_value_heads", "\(heads) heads do not divide by it")
        }
        model.width = width
        model.depth = try reader.needed("num_hidden_layers", 1...1_024)
        model.headDimension = max(dimension, 1)
        if heads * dimension != width {
            model.attentionRatio = Double(heads * dimension) / Double(width)
        }
        model.queryGroupSize = heads / keyHeads
        model.mlp = try activation()
        let hidden = try reader.needed("intermediate_size", 1...4_194_304)
        model.mlpRatio = Double(hidden) / Double(width)
        model.context = try reader.whole("max_position_embeddings", 1...1_048_576) ?? 2_048
        model.normalization = .rmsNorm
        model.normEpsilon =
            try reader.number("rms_norm_eps") ?? (family == .olmo2 ? 1e-5 : 1e-6)
        model.rotaryBase = try rotaryBase()
        model.tiedHead = try reader.flag("tie_word_embeddings") ?? false
        model.qkNorm = family != .llama
        if family == .olmo2 {
            model.qkNormSpan = .full
            model.blockNorm = .output
        }
        return model
    }

    private func activation() throws(ConfigurationError) -> MLPKind {
        switch try reader.text("hidden_act") ?? "silu" {
        case "silu", "swish": return .swiglu
        case "gelu_pytorch_tanh", "gelu_new": return .geglu
        default:
            throw refusal("hidden_act", "a gate goes through silu or gelu_pytorch_tanh here")
        }
    }

    private func rotaryBase() throws(ConfigurationError) -> Double {
        if reader.value("rope_scaling") != nil {
            throw refusal("rope_scaling", "wavelengths are not scaled here")
        }
        var base = try reader.number("rope_theta") ?? 10_000
        if case .mapping(let rope)? = reader.value("rope_parameters") {
            let kind = rope["rope_type"] ?? .text("default")
            let part = rope["partial_rotary_factor"]?.double ?? 1
            guard kind == .text("default"), part == 1 else {
                throw refusal(
                    "rope_parameters", "wavelengths are not scaled here, and all are rotated")
            }
            base = rope["rope_theta"]?.double ?? base
        }
        guard base > 0 else { throw refusal("rope_theta", "a base above 0 is needed") }
        return base
    }

    /// Refuses what has a field of its own and no counterpart.
    private func refuseFeatures() throws(ConfigurationError) {
        for key in ["attention_bias", "mlp_bias"] where try reader.flag(key) == true {
            throw refusal(key, "weights with biases are not supported")
        }
        if let part = try reader.number("partial_rotary_factor"), part != 1 {
            throw refusal("partial_rotary_factor", "all of a head is rotated here")
        }
        if try reader.flag("use_sliding_window") == true {
            throw refusal("use_sliding_window", "attention is over the whole context here")
        }
        if reader.value("quantization_config") != nil {
            throw refusal("quantization_config", "write the weights in f32 or bf16")
        }
    }
}
