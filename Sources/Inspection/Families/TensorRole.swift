/// What a tensor does in a transformer.
public struct TensorRole: Sendable, Hashable, Codable {
    /// The parts that models of all families share.
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        case tokenEmbedding = "token_embedding"
        case positionEmbedding = "position_embedding"
        case head
        case query, key, value
        case queryKeyValue = "query_key_value"
        case attentionOutput = "attention_output"
        case attentionNorm = "attention_norm"
        case postAttentionNorm = "post_attention_norm"
        case queryNorm = "query_norm"
        case keyNorm = "key_norm"
        case gate, up, down
        case gateUp = "gate_up"
        case router
        case mlpNorm = "mlp_norm"
        case postMLPNorm = "post_mlp_norm"
        case finalNorm = "final_norm"

        /// Whether it is the gain of a norm.
        package var isNorm: Bool {
            switch self {
            case .attentionNorm, .postAttentionNorm, .queryNorm, .keyNorm, .mlpNorm, .postMLPNorm,
                .finalNorm:
                true
            default: false
            }
        }
    }

    /// The part.
    public var kind: Kind
    /// The block, from 0; nil outside of blocks.
    public var layer: Int?
    /// The expert, where each has tensors of its own.
    public var expert: Int?
    /// Whether it is what is added after the product, or after the gain.
    public var isBias: Bool
}
