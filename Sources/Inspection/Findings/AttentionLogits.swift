extension CheckpointRule {
    /// Above this, every run that was seen diverged (arXiv 2309.14322).
    private static let alarm = 1e4

    /// Layers whose typical attention logits pass the line at which runs diverged.
    static let attentionLogits = CheckpointRule { inspection in
        inspection.attention.compactMap { layer in
            guard let typical = layer.typical.max(), layer.basis == .weights else { return nil }
            // Logits of inputs in no direction are about normal; the largest of a long context is some
            // five standard deviations out.
            guard 5 * typical > alarm else { return nil }
            let head = layer.typical.firstIndex(of: typical) ?? 0
            return CheckpointFinding(
                severity: .warning, kind: "attention_logits", tensor: nil, layer: layer.layer,
                summary: "layer \(layer.layer): attention logits of head \(head) are "
                    + "\(NumberText.short(typical)) in root mean square by its weights; runs above "
                    + "1e4 diverged",
                advice: "record the largest attention logit; qk-norm or QK-clip bounds it",
                source: "2309.14322",
                confirmation: "attn/LAYER/max_logit in the run's log, or of a few batches")
        }
    }
}
