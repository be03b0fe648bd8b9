/// The families of models that are known, the most particular first.
package enum FamilyCatalog {
    package static let all: [ModelFamily] = [
        .ballast, .gemma3, .gemma2, .olmo2, .olmo, .qwen3, .qwen2, .mixtral, .phi3, .phi, .gptNeoX,
        .gpt2, .nanoGPT, .mistral, .megatron, .megatronLM, .llama,
    ]

    /// The family that `config.json` names, or else the first whose tensors these are.
    ///
    /// - Parameters:
    ///   - modelType: `model_type` of the configuration.
    ///   - names: The tensors' names.
    ///   - fusedShape: The shape of the first fused projection of GPT-2's name, which GPT-2 stores as
    ///     (in, out) and nanoGPT as (out, in).
    /// - Returns: Nil where none fits.
    static func family(modelType: String?, names: [String], fusedShape: [Int]?) -> ModelFamily? {
        if let modelType, let named = all.first(where: { $0.modelTypes.contains(modelType) }) {
            return named
        }
        let stems = Set(
            names.map { name in
                let bare = ModelFamily.bare(name)
                return bare.hasSuffix(".weight") ? String(bare.dropLast(7)) : bare
            })
        let isTransposed = fusedShape.map { $0.count == 2 && $0[1] > $0[0] }
        return all.first { family in
            if family.name == "GPT-2" || family.name == "nanoGPT", let isTransposed,
                family.isTransposed != isTransposed
            {
                return false
            }
            return family.matches(stems)
        }
    }
}
