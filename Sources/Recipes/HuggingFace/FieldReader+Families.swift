import Training

// What one family has and others have not.
extension FieldReader {
    mutating func readFamily(
        _ type: String, _ keys: HuggingFaceKeys
    ) throws(ConfigurationError) {
        try readBiases()
        try readDropout()
        try readWindow()
        switch type {
        case "qwen2": note("biases of queries, keys and values", "proxies have none; cost unknown")
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

    private mutating func readBiases() throws(ConfigurationError) {
        for key in ["attention_bias", "mlp_bias", "qkv_bias"] {
            guard let isThere = try flag(key) else { continue }
            if isThere {
                leave(key, why: "proxies have no biases; cost unknown")
            } else {
                take(key, note: "no biases")
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

    private mutating func readWindow() throws(ConfigurationError) {
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
        if context > 0, window >= context {
            take("sliding_window", note: "no shorter than the context")
        } else {
            leave(
                "sliding_window",
                why: "proxies attend to all of their context; nothing where that is no longer "
                    + "than \(window)")
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
        note("embeddings times √width", "proxies' are not multiplied; cost unknown")
        note("gains stored less one", "as gains here, which do not decay: the same steps")
    }

    private mutating func readGPT2() throws(ConfigurationError) {
        note("biases", "proxies have none; cost unknown")
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
