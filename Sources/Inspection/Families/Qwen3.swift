extension ModelFamily {
    /// Llama's names, with a norm on the queries and keys of each head.
    static let qwen3 = ModelFamily(
        name: "Qwen 3", modelTypes: ["qwen3"],
        signature: llama.signature + ["layers.#.self_attn.q_norm"],
        absent: ["layers.#.pre_feedforward_layernorm"],
        names: llama.names + [
            ("layers.#.self_attn.q_norm", .queryNorm), ("layers.#.self_attn.k_norm", .keyNorm),
        ])
}
