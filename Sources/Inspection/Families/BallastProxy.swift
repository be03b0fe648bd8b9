extension ModelFamily {
    /// The transformers that Ballast trains.
    package static let ballast = ModelFamily(
        name: "Ballast", modelTypes: ["ballast"],
        signature: ["blocks.#.attention.query", "blocks.#.mlp.up"],
        names: [
            ("embedding", .tokenEmbedding),
            ("blocks.#.attention_norm", .attentionNorm),
            ("blocks.#.attention.query", .query),
            ("blocks.#.attention.key", .key),
            ("blocks.#.attention.value", .value),
            ("blocks.#.attention.query_norm", .queryNorm),
            ("blocks.#.attention.key_norm", .keyNorm),
            ("blocks.#.attention.output", .attentionOutput),
            ("blocks.#.attention_output_norm", .postAttentionNorm),
            ("blocks.#.mlp_norm", .mlpNorm),
            ("blocks.#.mlp_output_norm", .postMLPNorm),
            ("blocks.#.mlp.up", .up),
            ("blocks.#.mlp.gate", .gate),
            ("blocks.#.mlp.down", .down),
            ("norm", .finalNorm),
            ("head", .head),
        ])
}
