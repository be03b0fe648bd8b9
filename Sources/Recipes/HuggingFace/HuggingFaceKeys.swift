/// What the fields of a family's `config.json` are called.
struct HuggingFaceKeys {
    var width = "hidden_size"
    var depth = "num_hidden_layers"
    var heads = "num_attention_heads"
    var keyHeads: String? = "num_key_value_heads"
    var hidden = "intermediate_size"
    var activation = "hidden_act"
    var normEpsilon = "rms_norm_eps"
    var context = "max_position_embeddings"
    /// What the file's absence of `tie_word_embeddings` means.
    var isTied = false

    /// Those of a `model_type`; nil for one that is not read.
    static func of(modelType: String) -> HuggingFaceKeys? {
        switch modelType {
        case "llama", "mistral", "qwen2", "qwen3", "olmo2": return HuggingFaceKeys()
        case "gemma2": return HuggingFaceKeys(isTied: true)
        case "gpt2":
            return HuggingFaceKeys(
                width: "n_embd", depth: "n_layer", heads: "n_head", keyHeads: nil,
                hidden: "n_inner", activation: "activation_function",
                normEpsilon: "layer_norm_epsilon", context: "n_positions", isTied: true)
        case "gpt_neox":
            return HuggingFaceKeys(keyHeads: nil, normEpsilon: "layer_norm_eps")
        default: return nil
        }
    }

    /// The `model_type`s that are read.
    static let modelTypes = [
        "llama", "mistral", "qwen2", "qwen3", "olmo2", "gemma2", "gpt2", "gpt_neox",
    ]
}

extension RecipeField {
    /// Fields of `config.json` that say nothing about training, or that only generation reads.
    static let idleKeys: [String: String] = Dictionary(
        uniqueKeysWithValues: [
            "architectures", "model_type", "bos_token_id", "eos_token_id", "pad_token_id",
            "torch_dtype", "dtype", "transformers_version", "use_cache", "pretraining_tp",
            "_name_or_path", "task_specific_params", "summary_type", "summary_use_proj",
            "summary_activation", "summary_first_dropout", "summary_proj_to_labels",
            "cache_implementation", "auto_map", "classifier_dropout", "_attn_implementation",
            "attn_implementation", "max_window_layers", "n_ctx", "is_decoder", "use_return_dict",
            "layer_types", "add_cross_attention",
        ].map { ($0, idle) })
}
