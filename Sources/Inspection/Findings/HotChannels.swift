extension CheckpointRule {
    /// Largest over median from which on a channel is hot.
    private static let hot = 20.0

    /// Channels of a weight far larger than the others.
    static let hotChannels = CheckpointRule { inspection in
        let found = inspection.tensors.filter { ($0.hotChannels ?? 0) >= hot }
        guard let worst = found.max(by: { $0.hotChannels ?? 0 < $1.hotChannels ?? 0 }) else {
            return []
        }
        let isInput = (worst.inputChannels?.ratio ?? 0) >= (worst.outputChannels?.ratio ?? 0)
        let channel = isInput ? worst.inputChannels : worst.outputChannels
        return [
            CheckpointFinding(
                severity: .note, kind: "hot_channels", tensor: worst.name,
                layer: worst.role?.layer,
                summary: "\(found.count) tensor\(found.count == 1 ? " has" : "s have") a channel "
                    + "\(NumberText.short(hot)) times the "
                    + "median or more; the most, \(NumberText.short(worst.hotChannels ?? 0)), in "
                    + "\(isInput ? "input" : "output") channel \(channel?.index ?? 0) of \(worst.name)",
                advice: "quantise by channel; look for the same channel in activations",
                source: "2402.17762",
                confirmation: "act/LAYER/hot_channel_ratio of a few batches: the same channel")
        ]
    }
}
