extension ModelFamily {
    /// Gemma 2 with a norm on the queries and keys of each head.
    static let gemma3 = ModelFamily(
        name: "Gemma 3", modelTypes: ["gemma3", "gemma3_text"],
        signature: [
            "layers.#.self_attn.q_norm", "layers.#.pre_feedforward_layernorm",
            "layers.#.input_layernorm",
        ],
        names: gemma2.names + [
            ("layers.#.self_attn.q_norm", .queryNorm), ("layers.#.self_attn.k_norm", .keyNorm),
        ], gainOffset: 1)
}
