extension ModelFamily {
    /// Norms before and after each branch, whose gains are stored less one.
    static let gemma2 = ModelFamily(
        name: "Gemma 2", modelTypes: ["gemma2"],
        signature: ["layers.#.self_attn.q_proj", "layers.#.pre_feedforward_layernorm"],
        absent: ["layers.#.self_attn.q_norm"],
        names: llamaNames + [
            ("layers.#.post_attention_layernorm", .postAttentionNorm),
            ("layers.#.pre_feedforward_layernorm", .mlpNorm),
            ("layers.#.post_feedforward_layernorm", .postMLPNorm),
        ], gainOffset: 1)
}
