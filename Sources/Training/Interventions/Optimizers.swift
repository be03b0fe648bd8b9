extension InterventionCatalog {
    /// The numbers of the optimizer.
    static let optimizers = [
        Intervention(
            "epsilon", "Adam's epsilon", source: "arXiv 2309.14322, section 3.4 and appendix E.15",
            [("optimizer.epsilon", "1e-15")], valueKey: "optimizer.epsilon"),
        Intervention(
            "atan2", "the arc tangent in place of Adam's quotient: no epsilon",
            source: "arXiv 2407.05872", [("optimizer.rule", "adam-atan2")]),
        Intervention(
            "beta2", "the decay of Adam's mean square", source: "arXiv 2309.14322, section 4",
            [("optimizer.beta2", "0.99")], valueKey: "optimizer.beta2"),
        Intervention(
            "clip", "the largest norm of the whole gradient; 0 for none",
            source: "arXiv 1211.5063, algorithm 1", [("optimizer.clip", "1")],
            valueKey: "optimizer.clip"),
        Intervention(
            "relative-rate", "multiplies the learning rate of a tensor with its root mean square",
            source: "arXiv 1804.04235; 2309.14322, appendix E.14",
            [("optimizer.relative-rate", "true")], changesLearningRate: true),
    ]
}
