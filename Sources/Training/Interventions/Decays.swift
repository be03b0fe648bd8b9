extension InterventionCatalog {
    private static let form = "optimizer.weight-decay.form"
    private static let rate = "optimizer.weight-decay.rate"
    private static let reference = "optimizer.weight-decay.reference-steps"

    /// What weight decay means, and how strong it is.
    static let decays = [
        Intervention(
            "decay-none", "no weight decay", source: "arXiv 2309.14322, section 3.1.2",
            [(form, "none")]),
        Intervention(
            "decay-l2", "this times the parameter in the gradient", source: "arXiv 1711.05101",
            [(form, "coupled"), (rate, "1e-4"), (reference, "0")], valueKey: rate),
        Intervention(
            "decay-decoupled", "the learning rate times this, as in PyTorch's AdamW",
            source: "arXiv 1711.05101; 2309.14322, section 3.2.2",
            [(form, "decoupled"), (rate, "0.1"), (reference, "0")], valueKey: rate),
        Intervention(
            "decay-independent", "the schedule times this, for a run of 100000 steps",
            source: "arXiv 2309.14322, section 3.2.2",
            [(form, "independent"), (rate, "1e-4"), (reference, "100000")], valueKey: rate),
        Intervention(
            "adamc", "AdamW whose decay goes with the square of the learning rate",
            source: "arXiv 2506.02285",
            [
                ("optimizer.rule", "adamc"), (form, "corrected"), (rate, "0.05"), (reference, "0"),
            ], valueKey: rate),
        Intervention(
            "sgdc", "SGD with momentum whose decay goes with the square of the learning rate",
            source: "arXiv 2506.02285",
            [
                ("optimizer.rule", "sgdc"), (form, "corrected"), (rate, "5e-4"), (reference, "0"),
            ], valueKey: rate, changesLearningRate: true),
    ]
}
