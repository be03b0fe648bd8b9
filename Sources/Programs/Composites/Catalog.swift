/// Every composite that ships.
///
/// Program text finds its composites here, and the conformance suite runs the samples of each.
public enum CompositeCatalog {
    /// The composites, in alphabetical order.
    public static let all: [any Composite.Type] = [
        AdamWUpdate.self,
        CappedCausalAttention.self,
        CausalAttention.self,
        CausalAttentionGradient.self,
        CrossEntropy.self,
        CrossEntropyGradient.self,
        GELU.self,
        GELUGradient.self,
        LargestSingularValue.self,
        Normalization.self,
        NormalizationGradient.self,
        Rotary.self,
        WindowedCausalAttention.self,
    ]
}
