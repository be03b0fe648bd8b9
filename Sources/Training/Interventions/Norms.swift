extension InterventionCatalog {
    /// Where the network normalises.
    static let norms = [
        Intervention(
            "output-norm", "normalises the output of each branch in place of its input",
            source: "arXiv 2501.00656", [("model.block-norm", "output")]),
        Intervention(
            "sandwich-norm", "normalises input and output of each branch",
            source: "arXiv 2105.13290, section 2.4", [("model.block-norm", "sandwich")]),
        Intervention(
            "embedding-norm", "normalises embedded tokens", source: "arXiv 2312.16903",
            [("model.embedding-norm", "true")]),
    ]

    /// How much of a branch enters the residual stream.
    static let residuals = [
        Intervention(
            "residual-inverse-sqrt", "multiplies each branch with 1/√(2L)",
            source: "GPT-2's start of residual matrices, as a factor; arXiv 2310.02244 for 1/√L",
            [("model.residual-scale", "inverse-sqrt")]),
        Intervention(
            "residual-inverse", "multiplies each branch with 1/L", source: "arXiv 2505.01618",
            [("model.residual-scale", "inverse")]),
    ]
}
