import Reports
import TransferStudies

/// Which mitigations are tried against which failure mode, in this order.
///
/// To add one: a line here. `MitigationTests` holds the table against the catalog of interventions and that of
/// signals. A mitigation that a recipe has already, or that does not fit it, is passed over.
public enum MitigationTable {
    /// The mitigations of a failure mode.
    ///
    /// - Parameter failureMode: The name of a signal, or one of ``FailureMode``.
    /// - Returns: The mitigations, the first to try first.
    public static func mitigations(of failureMode: String) -> [Mitigation] {
        all.filter { $0.failureMode == failureMode }
    }

    /// All of them.
    public static let all: [Mitigation] = [
        Mitigation(
            "attention-logit", "qk-norm",
            "attention logits grow with size and learning rate until runs diverge; normalised "
                + "queries and keys keep them small and lower the sensitivity to the learning rate",
            source: "arXiv 2309.14322, section 3.1.1"),
        Mitigation(
            "attention-logit", "qk-clip=100",
            "queries and keys of a head are scaled down where its largest logit passes a bound",
            source: "arXiv 2507.20534, section 2.1"),
        Mitigation(
            "attention-logit", "attention-softcap=50",
            "attention logits are bounded by a cap through tanh",
            source: "arXiv 2408.00118, section 2"),
        Mitigation(
            "attention-logit", "sigma-reparam",
            "logits grow with the largest singular values of queries and keys; matrices divided by "
                + "theirs hold them, and attention keeps its entropy",
            source: "arXiv 2303.06296, sections 3.1 and 3.2"),
        Mitigation(
            "output-logz", "z-loss=1e-4",
            "output logits drift from the log probabilities; a penalty on log² Z holds them",
            source: "arXiv 2309.14322, section 3.1.2; 2204.02311, section 5"),
        Mitigation(
            "output-logz", "output-softcap=30",
            "output logits are bounded by a cap through tanh",
            source: "arXiv 2408.00118, section 2"),
        Mitigation(
            "output-logit-mean", "z-loss=1e-4",
            "without decay the mean output logit drifts to large negative values late in training; "
                + "a penalty on log² Z prevents it",
            source: "arXiv 2309.14322, figure 4"),
        Mitigation(
            "output-logit-mean", "decay-independent",
            "weight decay mitigates the drift of output logits in larger models",
            source: "arXiv 2309.14322, section 3.1.2"),
        Mitigation(
            "gradient-rms", "epsilon=1e-15",
            "gradients shrink with size and learning rate to the size of epsilon, and updates with "
                + "them; a smaller epsilon restores them",
            source: "arXiv 2309.14322, section 3.4"),
        Mitigation(
            "weight-rms", "decay-independent",
            "weights that do not decay grow with the steps; decay brings them to a steady state",
            source: "arXiv 2309.14322, section 3.2.2; 2305.17212"),
        Mitigation(
            "weight-rms", "adamc",
            "decay in the square of the learning rate keeps the norms of normalised layers level "
                + "through the schedule",
            source: "arXiv 2506.02285"),
        Mitigation(
            "activation-rms", "decay-independent",
            "the residual stream grows with the weights, which decay brings to a steady state",
            source: "arXiv 2309.14322, appendix C.1"),
        Mitigation(
            "activation-rms", "sandwich-norm",
            "a norm after each branch bounds what it adds to the residual stream",
            source: "arXiv 2105.13290, section 2.4"),
        Mitigation(
            FailureMode.divergence, "warmup=0.25",
            "a longer warm-up lowers the loss at high learning rates, mostly in larger models",
            source: "arXiv 2309.14322, section 3.2.1"),
        Mitigation(
            FailureMode.divergence, "clip=1",
            "a bound on the norm of the whole gradient keeps single steps small",
            source: "arXiv 1211.5063, algorithm 1"),
        Mitigation(
            FailureMode.drift, "mup-simple",
            settings: ["parametrization.kind=mup-simple"],
            "the best learning rate moves with width; multipliers by fan-in keep it in place, "
                + "without lowering the sensitivity",
            source: "arXiv 2309.14322, section 3.3", changesLearningRate: true),
        Mitigation(
            FailureMode.drift, "warmup=0.25",
            "a longer warm-up widens the range of learning rates that train, mostly in larger models",
            source: "arXiv 2309.14322, section 3.2.1"),
    ]
}
