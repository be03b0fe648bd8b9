extension InterventionCatalog {
    /// Where weights start, what is made of them, and surfaces that they stay on.
    static let weights = [
        Intervention(
            "head-init", "the factor on the head's deviation at the start",
            source: "arXiv 2203.03466, appendix D.2", [("model.init-gain.head", "0")],
            valueKey: "model.init-gain.head"),
        Intervention(
            "sigma-reparam",
            "divides matrices by their largest singular value, times a number that trains",
            source: "arXiv 2303.06296; apple/ml-sigma-reparam", [("model.sigma-reparam", "all")],
            valueKey: "model.sigma-reparam", changesLearningRate: true),
        Intervention(
            "sigma-reparam-norm",
            "sigma-reparam whose numbers start at the singular values: the same network there",
            source: "arXiv 2303.06296; apple/ml-sigma-reparam, vision/layers.py",
            [("model.sigma-reparam", "all"), ("model.sigma-reparam-gamma", "norm")],
            valueKey: "model.sigma-reparam", changesLearningRate: true),
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
