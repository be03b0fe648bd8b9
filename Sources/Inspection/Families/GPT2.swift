extension ModelFamily {
    /// Projections are stored as (in, out), as Conv1D has them; positions are embedded.
    static let gpt2 = ModelFamily(
        name: "GPT-2", modelTypes: ["gpt2"],
        signature: ["h.#.attn.c_attn", "h.#.mlp.c_fc", "wte"],
        names: [
            ("wte", .tokenEmbedding),
            ("wpe", .positionEmbedding),
            ("h.#.ln_1", .attentionNorm),
            ("h.#.attn.c_attn", .queryKeyValue),
            ("h.#.attn.c_proj", .attentionOutput),
            ("h.#.ln_2", .mlpNorm),
            ("h.#.mlp.c_fc", .up),
            ("h.#.mlp.c_proj", .down),
            ("ln_f", .finalNorm),
            ("lm_head", .head),
        ], isTransposed: true, isRotary: false, isCentered: true)
}
