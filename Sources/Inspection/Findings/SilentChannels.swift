extension CheckpointRule {
    /// Channels of weights that are zero throughout.
    static let silentChannels = CheckpointRule { inspection in
        inspection.tensors.filter { !$0.isPart }.compactMap { tensor in
            guard tensor.role.map({ !$0.isBias }) ?? true,
                tensor.type.hasPrefix("F")
                    || tensor.type == "BF16",
                let numbers = tensor.statistics
            else { return nil }
            if numbers.largest == 0, numbers.nonFinite == 0, tensor.shape.count > 1 {
                return CheckpointFinding(
                    severity: .warning, kind: "all_zero", tensor: tensor.name,
                    layer: tensor.role?.layer, summary: "\(tensor.name): every element is zero",
                    advice: "compare with an earlier checkpoint: was it ever trained?")
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
                    : "units that do nothing: look at the learning rate and the initialisation")
        }
    }
}
