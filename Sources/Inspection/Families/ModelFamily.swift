import TensorFiles
import Tensors

/// How a family of models names its tensors and lays them out.
///
/// A family is a value in a file of its own, listed in ``FamilyCatalog``.
package struct ModelFamily: Sendable {
    /// How rows of a fused projection are divided among queries, keys and values.
    package enum FusedLayout: Sendable {
        /// All queries, then all keys, then all values.
        case stacked
        /// Group by group of heads that share keys: their queries, the keys, the values; head by head where each has
        /// its own.
        case interleaved
    }

    /// What attention reads.
    package enum AttentionInput: Sendable {
        /// The output of a norm with the gains of `attention_norm`.
        case normalized
        /// The output of a norm without gains.
        case unitNormalized
        /// The residual stream itself, which has no bound.
        case residual
    }

    /// Its name, as the tool prints it.
    package let name: String
    /// `model_type` in `config.json`.
    package let modelTypes: Set<String>
    /// Names, in the first block, that only this family has together, for checkpoints without
    /// `config.json`; empty where names do not tell it.
    let signature: [String]
    /// Names that it lacks.
    var absent: [String] = []
    /// Names, with `#` for the block and `@` for the expert, without `.weight` and `.bias`.
    package let names: [(name: String, kind: TensorRole.Kind)]
    /// Whether projections are stored as (in, out).
    package var isTransposed = false
    package var fused = FusedLayout.stacked
    var attentionInput = AttentionInput.normalized
    /// Whether queries and keys are turned by their positions.
    package var isRotary = true
    /// What a norm adds to its stored gain.
    package var gainOffset = 0.0
    /// Whether the norm that attention reads subtracts the mean.
    var isCentered = false
    /// Whether the matrix called the MLP's up may hold its gate as well, as its rows say.
    var mayHoldGate = false

    /// The role of a tensor, or nil for a name that the family does not have.
    package func role(of name: String) -> TensorRole? {
        var stem = Self.bare(name)
        var isBias = false
        if stem.hasSuffix(".weight") {
            stem.removeLast(7)
        } else if stem.hasSuffix(".bias") {
            stem.removeLast(5)
            isBias = true
        } else if modelTypes == ["ballast"], stem.hasSuffix("_bias") {
            stem.removeLast(5)
            isBias = true
        } else if stem.hasSuffix(".layer_norm_bias") {
            stem = stem.dropLast(4) + "weight"
            isBias = true
        }
        var parts = stem.split(separator: ".")
        var grouped: Int?
        for kind in ["weight", "bias"] {
            // Experts side by side, as `experts.linear_fc1.weight7`.
            guard let last = parts.last, last.hasPrefix(kind), parts.contains("experts"),
                let expert = Self.number(last.dropFirst(kind.count))
            else { continue }
            (grouped, isBias) = (expert, kind == "bias")
            parts.removeLast()
            break
        }
        for (template, kind) in names {
            let pattern = template.split(separator: ".")
            guard pattern.count == parts.count else { continue }
            var role = TensorRole(kind: kind, expert: grouped, isBias: isBias)
            let fits = zip(pattern, parts).allSatisfy { wanted, part in
                switch wanted {
                case "#":
                    role.layer = Self.number(part)
                    return role.layer != nil
                case "@":
                    role.expert = Self.number(part)
                    return role.expert != nil
                default: return wanted == part
                }
            }
            if fits { return role }
        }
        return nil
    }

    /// The roles of tensors, by their names and, where a matrix may hold another as well, by their shapes.
    func roles(of tensors: [StoredTensor]) -> [TensorRole?] {
        var roles = tensors.map { role(of: $0.name) }
        guard mayHoldGate else { return roles }
        var widths: [TensorRole: Int] = [:]
        for (role, tensor) in zip(roles, tensors) {
            guard let role, role.kind == .down, !role.isBias,
                tensor.shape.dimensions.count == 2
            else { continue }
            widths[TensorRole(kind: .up, layer: role.layer, expert: role.expert, isBias: false)] =
                tensor.shape.dimensions[1]
        }
        for (index, tensor) in tensors.enumerated() {
            guard var role = roles[index], role.kind == .up,
                let rows = tensor.shape.dimensions.first
            else { continue }
            let isBias = role.isBias
            role.isBias = false
            guard let width = widths[role], width > 0, rows / 2 == width, rows % 2 == 0 else {
                continue
            }
            roles[index] = TensorRole(
                kind: .gateUp, layer: role.layer, expert: role.expert, isBias: isBias)
        }
        return roles
    }

    /// A small number without sign.
    private static func number(_ text: Substring) -> Int? {
        guard (1...6).contains(text.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else {
            return nil
        }
        return Int(text)
    }

    /// What wrappers put before names.
    package static let wrappers = [
        "_orig_mod.", "module.", "language_model.", "model.", "transformer.", "gpt_neox.",
        "state_dict.", "parameter/",
    ]

    /// A name without what wrappers put before it.
    package static func bare(_ name: String) -> String {
        var rest = Substring(name)
        while let prefix = wrappers.first(where: { rest.hasPrefix($0) }) {
            rest = rest.dropFirst(prefix.count)
        }
        return rest.split(separator: ".", omittingEmptySubsequences: false)
            .filter { $0 != "_orig_mod" }.joined(separator: ".")
    }

    /// Whether tensors of these bare names, without `.weight`, are of this family.
    func matches(_ stems: Set<String>) -> Bool {
        func first(_ name: String) -> String {
            name.replacing("#", with: "0").replacing("@", with: "0")
        }
        return !signature.isEmpty && signature.allSatisfy { stems.contains(first($0)) }
            && !absent.contains { stems.contains(first($0)) }
    }
}

extension ModelFamily {
    /// Names that Llama began and most families share.
    static let llamaNames: [(name: String, kind: TensorRole.Kind)] = [
        ("embed_tokens", .tokenEmbedding),
        ("layers.#.input_layernorm", .attentionNorm),
        ("layers.#.self_attn.q_proj", .query),
        ("layers.#.self_attn.k_proj", .key),
        ("layers.#.self_attn.v_proj", .value),
        ("layers.#.self_attn.o_proj", .attentionOutput),
        ("layers.#.mlp.gate_proj", .gate),
        ("layers.#.mlp.up_proj", .up),
        ("layers.#.mlp.down_proj", .down),
        ("norm", .finalNorm),
        ("lm_head", .head),
    ]
}

extension String {
    fileprivate func replacing(_ character: Character, with text: String) -> String {
        split(separator: character, omittingEmptySubsequences: false).joined(separator: text)
    }
}
