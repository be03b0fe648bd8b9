extension ModelFamily {
    /// Llama's names, with biases on queries, keys and values.
    static let qwen2 = ModelFamily(
        name: "Qwen 2", modelTypes: ["qwen2"],
        signature: llama.signature + ["layers.#.self_attn.q_proj.bias"], names: llama.names)
}
