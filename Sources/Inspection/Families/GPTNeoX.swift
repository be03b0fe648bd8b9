extension ModelFamily {
    /// GPT-NeoX and Pythia: one matrix whose rows are, head by head, queries, keys and values.
    static let gptNeoX = ModelFamily(
        name: "GPT-NeoX", modelTypes: ["gpt_neox"],
        signature: ["layers.#.attention.query_key_value", "embed_in"],
        names: [
            ("embed_in", .tokenEmbedding),
            ("layers.#.input_layernorm", .attentionNorm),
            ("layers.#.attention.query_key_value", .queryKeyValue),
            ("layers.#.attention.dense", .attentionOutput),
            ("layers.#.post_attention_layernorm", .mlpNorm),
            ("layers.#.mlp.dense_h_to_4h", .up),
            ("layers.#.mlp.dense_4h_to_h", .down),
            ("final_layer_norm", .finalNorm),
            ("embed_out", .head),
            ("lm_head", .head),
        ], fused: .interleaved, isCentered: true)
}
