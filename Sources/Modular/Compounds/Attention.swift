/// Causal attention of several heads, `W ∘ 1/3 mixture ∘ (V, softmax ∘ mask ∘ product ∘ turn ∘ (Q, K))`.
///
/// The tuple of values, queries and keys has sensitivity 3, which the third takes back. Cutting into
/// heads is taken for a sensitivity of one, as in Modula; what is proven is √heads, see ``SplitHeads``,
/// and with one head it is one.
///
/// Admissible inputs are (batch, time, width), of root mean square at most one along the last axis.
///
/// Source: Modula's second version, `Attention`.
public struct Attention: Compound {
    public let body: Composition
    public var tare = 1.0

    /// Creates the module.
    ///
    /// - Parameters:
    ///   - width: The extent of the last axis of operand and result.
    ///   - heads: How many.
    ///   - queryWidth: The width of a head's queries and keys, even; width / heads by default.
    ///   - valueWidth: The width of a head's values; width / heads by default.
    ///   - softmaxScale: The factor on scores, which are inner products over the queries' width.
    public init(
        width: Int, heads: Int, queryWidth: Int? = nil, valueWidth: Int? = nil,
        softmaxScale: Double = 1
    ) {
        let queries = queryWidth ?? width / heads
        let values = valueWidth ?? width / heads
        let split: any Module =
            heads == 1 ? SplitHeads(1) : SplitHeads(heads).assuming(sensitivity: 1)
        func projection(_ name: String, _ headWidth: Int) -> Named {
            Composition([Linear(heads * headWidth, from: width), split]).named(name)
        }
        let scores =
            Softmax(scale: softmaxScale) ∘ CausalMask() ∘ QueryKeyProduct(width: queries)
            ∘ RotaryEmbedding() ∘ (projection("query", queries), projection("key", queries))
        let output = Linear(width, from: heads * values).named("output")
        body =
            output ∘ MergeHeads() ∘ (1 / 3 * ValueMixture())
            ∘ Tuple(projection("value", values), scores)
    }
}
