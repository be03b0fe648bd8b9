extension InterventionCatalog {
    /// Normalised queries and keys.
    static let qkNorm = [
        Intervention(
            "qk-norm", "normalises the queries and keys of each head, with learned gains",
            source: "arXiv 2309.14322, section 3.1.1", [("model.qk-norm", "true")]),
        Intervention(
            "qk-norm-layer", "qk-norm by LayerNorm, whatever the model's norm",
            source: "arXiv 2309.14322, section 3.1.1",
            [("model.qk-norm", "true"), ("model.qk-norm-kind", "layer-norm")]),
        Intervention(
            "qk-norm-rms", "qk-norm by RMSNorm, whatever the model's norm",
            source: "arXiv 2501.00656",
            [("model.qk-norm", "true"), ("model.qk-norm-kind", "rms-norm")]),
        Intervention(
            "qk-norm-full", "qk-norm over all heads together in place of each",
            source: "arXiv 2309.14322, appendix E.8",
            [("model.qk-norm", "true"), ("model.qk-norm-span", "full")]),
        Intervention(
            "qk-norm-fixed", "qk-norm without gains, so that logits are at most √(head width)",
            source: "arXiv 2309.14322, section 3.1.1, without its gains",
            [("model.qk-norm", "true"), ("model.qk-norm-gain", "fixed")]),
    ]
}
