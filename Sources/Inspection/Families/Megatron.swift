extension ModelFamily {
    /// Megatron-Core: one matrix of queries, keys and values, group by group of heads, whose norm may stand in it; gate
    /// and value of a gated MLP in its first matrix.
    static let megatron = ModelFamily(
        name: "Megatron", modelTypes: [],
        signature: [
            "decoder.layers.#.self_attention.linear_qkv",
            "decoder.layers.#.self_attention.linear_proj",
        ],
        names: [
            ("embedding.word_embeddings", .tokenEmbedding),
            ("embedding.position_embeddings", .positionEmbedding),
            ("decoder.layers.#.input_layernorm", .attentionNorm),
            ("decoder.layers.#.self_attention.linear_qkv.layer_norm_weight", .attentionNorm),
            ("decoder.layers.#.self_attention.linear_qkv", .queryKeyValue),
            ("decoder.layers.#.self_attention.q_layernorm", .queryNorm),
            ("decoder.layers.#.self_attention.k_layernorm", .keyNorm),
            ("decoder.layers.#.self_attention.linear_proj", .attentionOutput),
            ("decoder.layers.#.pre_mlp_layernorm", .mlpNorm),
            ("decoder.layers.#.mlp.linear_fc1.layer_norm_weight", .mlpNorm),
            ("decoder.layers.#.mlp.linear_fc1", .up),
            ("decoder.layers.#.mlp.linear_fc2", .down),
            ("decoder.layers.#.mlp.router", .router),
            ("decoder.layers.#.mlp.experts.local_experts.@.linear_fc1", .up),
            ("decoder.layers.#.mlp.experts.local_experts.@.linear_fc2", .down),
            // Grouped experts: `linear_fc1.weight7`.
            ("decoder.layers.#.mlp.experts.linear_fc1", .up),
            ("decoder.layers.#.mlp.experts.linear_fc2", .down),
            ("decoder.final_layernorm", .finalNorm),
            ("decoder.final_norm", .finalNorm),
            ("output_layer", .head),
        ], fused: .interleaved, mayHoldGate: true)

    /// Megatron-LM before its core, as Megatron-DeepSpeed has it still.
    static let megatronLM = ModelFamily(
        name: "Megatron-LM", modelTypes: [],
        signature: ["embedding.word_embeddings", "encoder.layers.#.mlp.dense_h_to_4h"],
        names: [
            ("embedding.word_embeddings", .tokenEmbedding),
            ("embedding.position_embeddings", .positionEmbedding),
            ("encoder.layers.#.input_layernorm", .attentionNorm),
            ("encoder.layers.#.input_norm", .attentionNorm),
            ("encoder.layers.#.self_attention.query_key_value", .queryKeyValue),
            ("encoder.layers.#.attention.query_key_value", .queryKeyValue),
            ("encoder.layers.#.self_attention.dense", .attentionOutput),
            ("encoder.layers.#.attention.dense", .attentionOutput),
            ("encoder.layers.#.post_attention_layernorm", .mlpNorm),
            ("encoder.layers.#.post_attention_norm", .mlpNorm),
            ("encoder.layers.#.mlp.dense_h_to_4h", .up),
            ("encoder.layers.#.mlp.dense_4h_to_h", .down),
            ("encoder.final_layernorm", .finalNorm),
            ("encoder.final_norm", .finalNorm),
            ("output_layer", .head),
        ], fused: .interleaved, mayHoldGate: true)
}
