extension ModelFamily {
    /// Told from Llama by its configuration alone.
    static let mistral = ModelFamily(
        name: "Mistral", modelTypes: ["mistral", "ministral"], signature: [], names: llama.names)
}
