/// Modula's transformer: an embedding, residual blocks of attention and MLP without normalisation, and
/// a matrix to the logits.
///
/// Each of the 2 L branches has weight 1/(2 L). The embedding and the head have mass one each.
///
/// Admissible inputs are tokens (batch, time), `i32`; the result is (batch, time, vocabulary).
///
/// Source: Modula's second version, `GPT`.
public struct GPT: Compound {
    public let body: Composition
    public var tare = 1.0

    /// Creates the module.
    ///
    /// - Parameters:
    ///   - vocabulary: Kinds of token.
    ///   - width: The extent of the residual stream.
    ///   - heads: The heads of attention.
    ///   - blocks: L.
    ///   - blocksMass: The mass of all blocks together.
    ///   - softmaxScale: The factor on attention scores.
    ///   - finalScale: The factor on logits.
    public init(
        vocabulary: Int, width: Int, heads: Int, blocks: Int, blocksMass: Double = 5,
        softmaxScale: Double = 1, finalScale: Double = 1
    ) {
        let weight = 1 / Double(2 * blocks)
        let attention = Attention(width: width, heads: heads, softmaxScale: softmaxScale)
        let mlp =
            Linear(width, from: 4 * width).named("down") ∘ ScaledGELU()
            ∘ Linear(4 * width, from: width).named("up")
        let block =
            Residual(mlp, weight: weight).named("mlp")
            ∘ Residual(attention, weight: weight).named("attention")
        body =
            (finalScale * Linear(vocabulary, from: width)).named("head")
            ∘ (block ** blocks).tared(to: blocksMass).named("blocks")
            ∘ Embedding(width, vocabulary: vocabulary).named("embedding")
    }
}
