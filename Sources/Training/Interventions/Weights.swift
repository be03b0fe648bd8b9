extension InterventionCatalog {
    /// Where weights start, and surfaces that they stay on.
    static let weights = [
        Intervention(
            "head-init", "the factor on the head's deviation at the start",
            source: "arXiv 2203.03466, appendix D.2", [("model.init-gain.head", "0")],
            dose: "model.init-gain.head"),
        Intervention(
            "forced-normalization", "brings rows of matrices back to one length after every step",
            source: "arXiv 2312.02696, section 2.3",
            [("optimizer.rule", "forced-normalization")], changesLearningRate: true),
        Intervention(
            "unit-norm", "moves each matrix over the sphere of its norm",
            source: "modula-systems/modula, the page on manifolds",
            [("optimizer.rule", "hypersphere")], changesLearningRate: true),
        Intervention(
            "hyperball", "Adam with the norms of matrix and update fixed",
            source: "arXiv 2606.16899", [("optimizer.rule", "adamh")], changesLearningRate: true),
        Intervention(
            "orthogonal", "keeps the square matrices of attention orthogonal",
            source: "modula-systems/modula, the page on manifolds",
            [("optimizer.rule", "orthogonal")], changesLearningRate: true),
    ]
}
