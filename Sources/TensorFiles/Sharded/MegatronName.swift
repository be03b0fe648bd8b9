/// What the name of a tensor of Megatron-LM says: its layer, and how ranks of tensor parallelism share it.
struct MegatronName {
    /// How ranks share a tensor.
    enum Split: Equatable {
        /// Each has all of it.
        case none
        /// Each has a part along an axis.
        case axis(Int)
        /// It is not known.
        case unknown
    }

    let full: String
    /// Its layer within the stage of the pipeline.
    let layer: Int?
    let split: Split
    /// Its expert within the rank of experts, where each has tensors of its own.
    let expert: Int?
    private let place: Range<String.Index>?
    private let expertPlace: Range<String.Index>?

    /// Outputs of a matrix over ranks: queries, keys, values and the first matrix of an MLP.
    private static let columns = [
        "query_key_value", "linear_qkv", "linear_q", "linear_kv", "key_value", "dense_h_to_4h",
        "linear_fc1", "word_embeddings", "output_layer", "lm_head",
    ]
    /// Inputs over ranks: the second matrix, whose bias all ranks have.
    private static let rows = ["dense_4h_to_h", "linear_fc2", "linear_proj", "attention.dense"]
    private static let whole = [
        "norm", "position_embeddings", "rotary", "router", "tokentype_embeddings",
    ]

    init(_ full: String) {
        self.full = full
        let found = full.firstRange(of: "layers.").flatMap { range -> (Int, Range<String.Index>)? in
            let digits = full[range.upperBound...].prefix { $0.isASCII && $0.isNumber }
            return Int(digits).map { ($0, range.upperBound..<digits.endIndex) }
        }
        (layer, place) = (found?.0, found?.1)
        let expert = Self.expert(of: full)
        (self.expert, expertPlace) = (expert?.0, expert?.1)
        let parts = full.split(separator: ".").map(String.init)
        var kind = parts.last ?? ""
        // Experts side by side: `linear_fc1.weight7`.
        if expert != nil { kind.removeAll { $0.isASCII && $0.isNumber } }
        // Gains that a matrix holds with it, as `linear_qkv.layer_norm_weight`.
        if Self.whole.contains(where: { word in
            kind.contains(word) || parts.dropLast().last?.contains(word) == true
        }) {
            split = .none
        } else if Self.columns.contains(where: { parts.contains($0) }) {
            split = ["weight", "bias"].contains(kind) ? .axis(0) : .unknown
        } else if Self.rows.contains(where: { full.contains($0 + ".") }) {
            split = kind == "weight" ? .axis(1) : kind == "bias" ? .none : .unknown
        } else {
            split = .unknown
        }
    }

    /// Whether it is the matrix that a gated MLP has twice.
    var isFirstOfMLP: Bool { full.contains("linear_fc1.") || full.contains("dense_h_to_4h.") }

    /// The name with its layer counted from the first of all stages, and its expert from the first of all ranks.
    func name(from first: Int, expertsFrom firstExpert: Int) -> String {
        let edits = [(layer, place, first), (expert, expertPlace, firstExpert)]
        var name = ""
        var end = full.startIndex
        for case let (number?, place?, before) in edits where before > 0 && place.lowerBound >= end
        {
            let (sum, overflow) = number.addingReportingOverflow(before)
            guard !overflow else { continue }
            name += full[end..<place.lowerBound] + "\(sum)"
            end = place.upperBound
        }
        return name + full[end...]
    }

    /// The number of the expert that a name is of, and where it stands.
    private static func expert(of name: String) -> (Int, Range<String.Index>)? {
        let starts = [
            "local_experts.", "experts.linear_fc1.weight", "experts.linear_fc1.bias",
            "experts.linear_fc2.weight", "experts.linear_fc2.bias",
        ]
        for start in starts {
            guard let range = name.firstRange(of: start) else { continue }
            let digits = name[range.upperBound...].prefix { $0.isASCII && $0.isNumber }
            guard let number = Int(digits) else { continue }
            return (number, range.upperBound..<digits.endIndex)
        }
        return nil
    }
}
