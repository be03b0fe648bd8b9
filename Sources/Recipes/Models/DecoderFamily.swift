import Modules

/// A family of Hugging Face's decoders whose forward pass is that of some of Ballast's models.
package enum DecoderFamily: String, Sendable, CaseIterable {
    /// Norms before each branch.
    case llama
    /// These, and a norm on each head's queries and keys.
    case qwen3
    /// Norms after each branch, and on all queries and all keys of a layer.
    case olmo2

    /// The name of its class.
    var architecture: String {
        switch self {
        case .llama: "LlamaForCausalLM"
        case .qwen3: "Qwen3ForCausalLM"
        case .olmo2: "Olmo2ForCausalLM"
        }
    }

    /// The path of each parameter in Ballast and its name in the family, block by block.
    func names(of model: ModelConfiguration) -> [(path: String, name: String)] {
        var names = [("embedding", "model.embed_tokens.weight")]
        for layer in 0..<model.depth {
            for (path, name) in blockNames {
                names.append(("blocks.\(layer).\(path)", "model.layers.\(layer).\(name).weight"))
            }
        }
        names.append(("norm", "model.norm.weight"))
        if !model.tiedHead { names.append(("head", "lm_head.weight")) }
        return names
    }

    /// Those of a block.
    private var blockNames: [(String, String)] {
        let matrices = [
            ("attention.query", "self_attn.q_proj"), ("attention.key", "self_attn.k_proj"),
            ("attention.value", "self_attn.v_proj"), ("attention.output", "self_attn.o_proj"),
            ("mlp.up", "mlp.up_proj"), ("mlp.gate", "mlp.gate_proj"),
            ("mlp.down", "mlp.down_proj"),
        ]
        let queriesAndKeys = [
            ("attention.query_norm", "self_attn.q_norm"),
            ("attention.key_norm", "self_attn.k_norm"),
        ]
        let before = [
            ("attention_norm", "input_layernorm"), ("mlp_norm", "post_attention_layernorm"),
        ]
        let after = [
            ("attention_output_norm", "post_attention_layernorm"),
            ("mlp_output_norm", "post_feedforward_layernorm"),
        ]
        return switch self {
        case .llama: matrices + before
        case .qwen3: matrices + queriesAndKeys + before
        case .olmo2: matrices + queriesAndKeys + after
        }
    }
}
