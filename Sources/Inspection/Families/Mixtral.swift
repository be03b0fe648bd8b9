extension ModelFamily {
    /// Llama's attention, with experts in place of the MLP.
    static let mixtral = ModelFamily(
        name: "Mixtral", modelTypes: ["mixtral"],
        signature: ["layers.#.self_attn.q_proj", "layers.#.block_sparse_moe.gate"],
        names: llama.names + [
            ("layers.#.block_sparse_moe.gate", .router),
            ("layers.#.block_sparse_moe.experts.@.w1", .gate),
            ("layers.#.block_sparse_moe.experts.@.w3", .up),
            ("layers.#.block_sparse_moe.experts.@.w2", .down),
        ])
}
