extension ModelFamily {
    /// GPT-2's names with projections stored as (out, in), as `torch.nn.Linear` has them.
    static let nanoGPT = ModelFamily(
        name: "nanoGPT", modelTypes: ["nanogpt"], signature: gpt2.signature, names: gpt2.names,
        isRotary: false, isCentered: true)
}
