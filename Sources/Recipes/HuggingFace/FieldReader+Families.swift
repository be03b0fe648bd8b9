import Training

// What one family has and others have not.
extension FieldReader {
    mutating func readFamily(
        _ type: String, _ keys: HuggingFaceKeys
    ) throws(ConfigurationError) {
        try readBiases(type)
        try readDropout()
        try readWindow(type)
        switch type {
        case "qwen2":
            assume("model.biases", "query-key-value", "Qwen 2's own")
        case "qwen3":
            assume("model.qk-norm", "true", "Qwen 3 normalises each head's queries and keys")
        case "olmo2":
            assume("model.qk-norm", "true", "OLMo 2 normalises queries and keys")
            assume("model.qk-norm-span", "full", "over all heads together")
            assume("model.block-norm", "output", "OLMo 2 normalises what branches return")
        case "gemma2": try readGemma2()
        case "gpt2": try readGPT2()
        case "gpt_neox": try readNeoX()
        default: break
        }
    }

    private mutating func readBiases(_ type: String) throws(ConfigurationError) {
        let attention = try flag("attention_bias") ?? false
        let hidden = try flag("mlp_bias") ?? false
        // GPT-NeoX adds biases everywhere, of which its field says those of attention.
        let isAll = type == "gpt_neox" && attention
        switch (attention, hidden) {
        case (true, true):
            take("attention_bias", ("model.biases", "hidden"))
            take("mlp_bias")
        case (true, false):
            take("attention_bias", ("model.biases", isAll ? "all" : "attention"))
            take("mlp_bias", note: "no biases")
        case (false, true):
            take("attention_bias", note: "no biases")
            leave("mlp_bias", why: "MLPs have biases here where attention has; cost unknown")
        case (false, false):
            take("attention_bias", note: "no biases")
            take("mlp_bias", note: "no biases")
        }
        if let isThere = try flag("qkv_bias") {
            if isThere {
                take("qkv_bias", ("model.biases", "query-key-value"))
            } else {
                take("qkv_bias", note: "no biases")
            }
        }
    }

    private mutating func readDropout() throws(ConfigurationError) {
        for key in [
            "attention_dropout", "hidden_dropout", "attn_pdrop", "embd_pdrop", "resid_pdrop",
        ] {
            guard let share = try number(key) else { continue }
            if share == 0 {
                take(key, note: "no dropout")
            } else {
                leave(key, why: "proxies have no dropout; cost unknown")
            }
        }
    }

    private mutating func readWindow(_ type: String) throws(ConfigurationError) {
        if has("use_sliding_window"), try flag("use_sliding_window") == false {
            take("use_sliding_window", note: "no window")
            leave("sliding_window", why: RecipeField.idle)
        }
        guard has("sliding_window") else { return }
        guard let window = try whole("sliding_window") else {
            take("sliding_window", note: "no window")
            return
        }
        let context = try whole("max_position_embeddings") ?? 0
        let setting = ("model.attention-window", "\(min(window, 1_048_576))")
        if context > 0, window >= context, type != "gemma2" {
            take("sliding_window", note: "no shorter than the context")
        } else if type == "qwen2" {
            approximate(
                "sliding_window", setting,
                how: "blocks from max_window_layers on have it; here all blocks")
        } else {
            take("sliding_window", setting)
            guard type == "gemma2" else { return }
            assume("model.global-every", "2", "every second block of Gemma 2 attends to all tokens")
        }
    }

    private mutating func readGemma2() throws(ConfigurationError) {
        assume("model.block-norm", "sandwich", "Gemma 2 normalises before and after each branch")
        if let cap = try number("attn_logit_softcapping") {
            take("attn_logit_softcapping", ("model.attention-softcap", "\(cap)"))
        }
        if let cap = try number("final_logit_softcapping") {
            take("final_logit_softcapping", ("model.output-softcap", "\(cap)"))
        }
        if let scalar = try number("query_pre_attn_scalar") {
            let dimension = try whole("head_dim") ?? 256
            if scalar == Double(dimension) {
                take("query_pre_attn_scalar", note: "the head's width, as here")
            } else {
                approximate(
                    "query_pre_attn_scalar",
                    how: "logits over √\(scalar); here over √\(dimension), the head's width")
            }
        }
        assume("model.embedding-scale", "sqrt-width", "Gemma 2's own")
        assume("model.norm-unit-offset", "true", "Gemma 2 stores gains less one")
    }

    private mutating func readGPT2() throws(ConfigurationError) {
        assume("model.biases", "all", "GPT-2's own")
        if let isScaled = try flag("scale_attn_weights") {
            if isScaled {
                take("scale_attn_weights", note: "over √ of the head's width")
            } else {
                leave("scale_attn_weights", why: "attention logits are always scaled here")
            }
        }
        for key in ["scale_attn_by_inverse_layer_idx", "reorder_and_upcast_attn"] {
            guard let isSet = try flag(key) else { continue }
            if isSet { leave(key, why: "no key says it; cost unknown") } else { take(key) }
        }
    }

    private mutating func readNeoX() throws(ConfigurationError) {
        if let isParallel = try flag("use_parallel_residual") {
            if isParallel {
                approximate(
                    "use_parallel_residual",
                    how:
                        "attention and MLP read the same stream; here the MLP reads what attention "
                        + "left")
            } else {
                take("use_parallel_residual")
            }
        }
    }
}
