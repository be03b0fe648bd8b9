extension ModelFamily {
    static let llama = ModelFamily(
        name: "Llama", modelTypes: ["llama"],
        signature: [
            "layers.#.self_attn.q_proj", "layers.#.input_layernorm", "layers.#.mlp.gate_proj",
        ],
        names: llamaNames + [("layers.#.post_attention_layernorm", .mlpNorm)])
}
