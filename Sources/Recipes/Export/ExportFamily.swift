package import Inspection
package import Training

/// Whose names exported code matches.
package struct ExportFamily: Sendable {
    /// What it is called.
    package let name: String
    /// Names without `.weight`, with `#` for a number, and what they are.
    package let names: [(name: String, kind: TensorRole.Kind)]
    /// What is added to a stored gain.
    package let gainOffset: Double
    /// Whether projections are stored as (in, out).
    package let isTransposed: Bool
    /// How rows of a fused projection are divided; nil where none is fused.
    package let fused: ModelFamily.FusedLayout?

    /// Kinds that need tensors of experts, which no proxy has.
    private static let unsupported: Set<TensorRole.Kind> = [.router]

    private init(_ family: ModelFamily) {
        name = family.name
        names = family.names
        gainOffset = family.gainOffset
        isTransposed = family.isTransposed
        fused = family.names.contains { $0.kind == .queryKeyValue } ? family.fused : nil
    }

    private init(torchtitan names: [(name: String, kind: TensorRole.Kind)]) {
        name = "torchtitan"
        self.names = names
        (gainOffset, isTransposed, fused) = (0, false, nil)
    }

    /// The family of a `model_type`, or `nanogpt`.
    ///
    /// - Throws: ``Training/ConfigurationError`` for one that is not known or has experts.
    package static func named(_ family: String) throws(ConfigurationError) -> ExportFamily {
        let found = FamilyCatalog.all.first {
            $0.modelTypes.contains(family) && !$0.names.contains { unsupported.contains($0.kind) }
        }
        guard let found else {
            let known = FamilyCatalog.all
                .filter { !$0.names.contains { unsupported.contains($0.kind) } }
                .flatMap { $0.modelTypes.sorted() }
            throw .impossible(
                key: "target.family",
                reason: "\(family) has no names here; there are " + known.joined(separator: ", "))
        }
        return ExportFamily(found)
    }

    /// The names of torchtitan's decoder, which are those of Meta's Llama.
    package static let torchtitan = ExportFamily(torchtitan: [
        ("tok_embeddings", .tokenEmbedding),
        ("layers.#.attention_norm", .attentionNorm),
        ("layers.#.attention.wq", .query),
        ("layers.#.attention.wk", .key),
        ("layers.#.attention.wv", .value),
        ("layers.#.attention.q_norm", .queryNorm),
        ("layers.#.attention.k_norm", .keyNorm),
        ("layers.#.attention.wo", .attentionOutput),
        ("layers.#.ffn_norm", .mlpNorm),
        ("layers.#.feed_forward.w1", .gate),
        ("layers.#.feed_forward.w3", .up),
        ("layers.#.feed_forward.w2", .down),
        ("norm", .finalNorm),
        ("output", .head),
    ])
}
