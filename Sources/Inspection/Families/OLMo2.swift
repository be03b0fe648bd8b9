extension ModelFamily {
    /// Norms after each branch, and on all queries and keys of a layer at once.
    static let olmo2 = ModelFamily(
        name: "OLMo 2", modelTypes: ["olmo2", "olmo3"],
        signature: ["layers.#.self_attn.q_norm", "layers.#.post_feedforward_layernorm"],
        absent: ["layers.#.input_layernorm"],
        names: llamaNames + [
            ("layers.#.self_attn.q_norm", .queryNorm), ("layers.#.self_attn.k_norm", .keyNorm),
            ("layers.#.post_attention_layernorm", .postAttentionNorm),
            ("layers.#.post_feedforward_layernorm", .postMLPNorm),
        ], attentionInput: .residual)
}
