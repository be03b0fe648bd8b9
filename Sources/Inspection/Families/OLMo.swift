extension ModelFamily {
    /// Norms without gains, which leave no tensors.
    static let olmo = ModelFamily(
        name: "OLMo", modelTypes: ["olmo"],
        signature: ["layers.#.self_attn.q_proj", "layers.#.mlp.gate_proj"],
        absent: [
            "layers.#.input_layernorm", "layers.#.post_attention_layernorm",
            "layers.#.self_attn.q_norm",
        ],
        names: llamaNames, attentionInput: .unitNormalized, isCentered: true)
}
