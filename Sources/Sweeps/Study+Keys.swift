extension Study {
    /// A key at the top of a study file.
    public struct FileKey: Sendable {
        /// The key.
        public let name: String
        /// What stands below it.
        public let meaning: String
    }

    /// All keys that a study file may have; a file with another is refused.
    public static let fileKeys: [FileKey] = [
        FileKey(
            name: "name", meaning: "The study's name, and its folder's; the file's name without it."
        ),
        FileKey(
            name: "base",
            meaning: "The configuration of all runs: keys that differ from their defaults, or the "
                + "name of a file beside this one that has them."),
        FileKey(
            name: "grid",
            meaning:
                "Key paths with lists of values, as optimizer.learning-rate: [1e-3, 1e-2]; every "
                + "combination is a run."),
        FileKey(
            name: "sizes",
            meaning: "A list of mappings that set several keys at once, as {model.width: 64, "
                + "model.depth: 4}: one axis."),
        FileKey(
            name: "variants",
            meaning:
                "Named mappings of key paths, as qk-norm: {model.qk-norm: true}: one axis, whose "
                + "values have these names."),
        FileKey(
            name: "factors",
            meaning: "Named mappings in place of variants, of which all sets are trained (ballast "
                + "interactions)."),
        FileKey(
            name: "seeds",
            meaning:
                "Seeds of the weights; every run is trained under each. --seeds N gives 0 to N-1."),
        FileKey(
            name: "transfer",
            meaning:
                "ballast transfer: the bound on the drift, least-doublings, confidence, spread, heads."
        ),
        FileKey(
            name: "sensitivity",
            meaning: "ballast sensitivity: baseline, claims, margin and windows of learning rates."),
        FileKey(
            name: "interactions",
            meaning:
                "ballast interactions: the measure (sensitivity or lowest-loss) and the margin."),
        FileKey(
            name: "findings",
            meaning:
                "ballast findings: a list of published claims, each with the check that decides it."
        ),
    ]
}
