/// How large the attention logits of a layer can be, by its weights alone.
///
/// A query is `W_q x` with `x = g ⊙ x̂ + b` the output of a norm, and `‖x̂‖ ≤ √d`. So
///
/// ```
/// |logit| ≤ scale · ‖q‖ ‖k‖,   ‖q‖ ≤ ‖W_q diag(g)‖ √d + ‖W_q b + b_q‖
/// ```
///
/// where rotation changes no norm. Where queries and keys are normalised themselves (qk-norm),
/// `‖q‖ ≤ √n max |g_q|` with n the extent of that norm, whatever the weights are. The bound is for the worst
/// input; what inputs in no particular direction give is ``typical``, the root mean square
/// `scale · ‖diag(g) W_qᵀ W_k diag(g)‖_F` at distance zero.
///
/// Runs whose largest logit passed 1e4 diverged, all of them (arXiv 2309.14322).
public struct AttentionLogitBound: Sendable, Hashable, Codable {
    /// What the bound follows from.
    public enum Basis: String, Sendable, Hashable, Codable {
        /// Spectral norms of the projections, and the gains of the norm before them.
        case weights
        /// The gains of the norms of queries and keys.
        case queryKeyNorm = "qk_norm"
        /// The cap on logits, which is lower than what the rest allows.
        case cap
    }

    /// The block.
    public var layer: Int
    /// What the largest bound follows from.
    public var basis: Basis
    /// The bound of each head.
    public var bounds: [Double]
    /// The root mean square of each head's logits over inputs in no particular direction.
    public var typical: [Double]

    /// The largest bound.
    public var largest: Double { bounds.max() ?? 0 }
    /// The head that has it.
    public var head: Int { bounds.firstIndex(of: largest) ?? 0 }
}
