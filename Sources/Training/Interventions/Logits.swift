extension InterventionCatalog {
    /// What bounds, penalises or forces logits.
    static let logits = [
        Intervention(
            "z-loss", "penalises the square of the output's log Z",
            source: "arXiv 2204.02311, section 5; 2309.14322, section 3.1.2",
            [("loss.z-loss", "1e-4")], valueKey: "loss.z-loss"),
        Intervention(
            "attention-softcap", "bounds attention logits by a cap through tanh",
            source: "arXiv 2408.00118, section 2", [("model.attention-softcap", "50")],
            valueKey: "model.attention-softcap"),
        Intervention(
            "output-softcap", "bounds output logits by a cap through tanh",
            source: "arXiv 2408.00118, section 2", [("model.output-softcap", "30")],
            valueKey: "model.output-softcap"),
        Intervention(
            "attention-scale-inverse", "divides attention logits by the head's width, not its root",
            source: "arXiv 2203.03466, definition 4.1; 2309.14322, appendix E.6",
            [("model.attention-scale", "inverse")]),
        Intervention(
            "qk-clip",
            "scales queries and keys of a head down when its largest logit is above this",
            source: "arXiv 2507.20534, section 2.1", [("optimizer.qk-clip", "100")],
            valueKey: "optimizer.qk-clip"),
        Intervention(
            "forced-logits", "rescales queries and keys to a mean square, to force large logits",
            source: "arXiv 2309.14322, figure 10", [("model.forced-logits", "100")],
            valueKey: "model.forced-logits"),
    ]
}
