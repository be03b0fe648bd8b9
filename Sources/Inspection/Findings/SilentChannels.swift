extension CheckpointRule {
    /// Channels of weights that are zero throughout.
    static let silentChannels = CheckpointRule { inspection in
        inspection.tensors.filter { !$0.isPart }.compactMap { tensor in
            guard tensor.role.map({ !$0.isBias }) ?? true,
                tensor.type.hasPrefix("F")
                    || tensor.type == "BF16",
                let numbers = tensor.statistics
            else { return nil }
            let isZero = numbers.largest == 0 && numbers.nonFinite == 0 && numbers.count > 0
            if isZero, tensor.shape.count > 1 {
                return CheckpointFinding(
                    severity: .warning, kind: "all_zero", tensor: tensor.name,
                    layer: tensor.role?.layer, summary: "\(tensor.name): every element is zero",
                    advice: "compare with an earlier checkpoint: was it ever trained?",
                    source: "1903.06733",
                    confirmation:
                        "its gradient on a few batches: zero, or never given to the optimizer")
            }
            guard let outputs = tensor.outputChannels, outputs.silent > 0, numbers.largest > 0
            else {
                return nil
            }
            let isEmbedding = tensor.role?.kind == .tokenEmbedding || tensor.role?.kind == .head
            return CheckpointFinding(
                severity: isEmbedding ? .note : .warning, kind: "silent_channels",
                tensor: tensor.name, layer: tensor.role?.layer,
                summary:
                    "\(tensor.name): \(outputs.silent) of \(outputs.count) output channels are "
                    + "zero throughout",
                advice: isEmbedding
                    ? "tokens that never occurred, or padding of the vocabulary"
                    : "units that do nothing: look at the learning rate and the initialisation",
                source: isEmbedding ? "2405.05417" : "1903.06733",
                confirmation: isEmbedding
                    ? "how often the tokens of these rows occur in the data: never"
                    : "their activations on a few batches: zero for every token")
        }
    }
}
