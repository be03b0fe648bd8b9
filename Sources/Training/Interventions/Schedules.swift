extension InterventionCatalog {
    /// The learning rate over the run, and how much of the data a step sees.
    static let schedules = [
        Intervention(
            "warmup", "warms up over this fraction of the steps",
            source: "arXiv 2309.14322, section 3.2.1", [("schedule.warmup", "0.25")],
            valueKey: "schedule.warmup"),
        Intervention(
            "wsd",
            "stays at the peak, then decays to zero over this last fraction of the steps",
            source: "arXiv 2404.06395, section 4; 2405.18392, section 3",
            [("schedule.shape", "warmup-stable-decay"), ("schedule.cooldown", "0.2")],
            valueKey: "schedule.cooldown"),
        Intervention(
            "batch", "this many sequences per step; for equal data divide steps by as much",
            source: "arXiv 2309.14322, appendix E.9", [("data.batch", "32")], valueKey: "data.batch"
        ),
    ]
}
