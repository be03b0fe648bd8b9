extension ModelFamily {
    /// Phi 1, 1.5 and 2: attention and MLP read the same norm; part of each head is rotated.
    static let phi = ModelFamily(
        name: "Phi", modelTypes: ["phi"],
        signature: ["layers.#.self_attn.dense", "layers.#.mlp.fc1", "layers.#.input_layernorm"],
        names: [
            ("embed_tokens", .tokenEmbedding),
            ("layers.#.input_layernorm", .attentionNorm),
            ("layers.#.self_attn.q_proj", .query),
            ("layers.#.self_attn.k_proj", .key),
            ("layers.#.self_attn.v_proj", .value),
            ("layers.#.self_attn.dense", .attentionOutput),
            ("layers.#.mlp.fc1", .up),
            ("layers.#.mlp.fc2", .down),
            ("final_layernorm", .finalNorm),
            ("lm_head", .head),
        ], isCentered: true)

    /// Phi 3 and 4: Llama with queries, keys and values in one matrix, and gate and up in another.
    static let phi3 = ModelFamily(
        name: "Phi 3", modelTypes: ["phi3"],
        signature: ["layers.#.self_attn.qkv_proj", "layers.#.mlp.gate_up_proj"],
        names: llama.names + [
            ("layers.#.self_attn.qkv_proj", .queryKeyValue),
            ("layers.#.mlp.gate_up_proj", .gateUp),
        ])
}
