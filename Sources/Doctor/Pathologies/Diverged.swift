import Import
import OrderedCollections

extension Pathology {
    /// A loss that ends above where it began.
    ///
    /// It is what a learning rate past the edge comes to when no number overflows (arXiv 2309.14322): the run is lost
    /// from where it last fell, however long it goes on.
    static let diverged = Pathology(
        name: "diverged",
        meaning: """
            The loss ended above where it began, or a number became NaN or infinite: the run is lost \
            from where its loss last fell. Try a lower peak learning rate or a longer warm-up; the \
            curves of norms show what grew before. (arXiv 2309.14322)
            """
    ) { patient in
        let points = patient.finite("train/loss")
        guard points.count >= 8 else { return .cannotSay(needs: "train/loss at 8 steps or more") }
        guard !patient.isReinforced else {
            return .quiet("the loss of reinforcement learning need not fall")
        }
        guard let first = points.median(over: 0..<0.02), let late = points.median(over: 0.9..<1),
            let lowest = points.min(by: { $0.value < $1.value })
        else { return .cannotSay(needs: "train/loss at 8 steps or more") }
        let text =
            "loss \(DoctorText.number(first)) at first, \(DoctorText.number(lowest.value)) at its lowest, "
            + "\(DoctorText.number(late)) at the end"
        // A loss of another sign is no likelihood; one that scatters about its start has not gone anywhere.
        let scatter = points.scatter ?? 0
        guard first > 0, late > 1.2 * first, late - first > 3 * scatter else { return .quiet(text) }
        // It rises for good behind its lowest record.
        let onset = points.first { $0.step > lowest.step && $0.value > first }?.step ?? lowest.step
        return .findings([
            DoctorFinding(
                pathology: "diverged", severity: .alarm, place: "train/loss", step: onset,
                evidence: text, confidence: .high, source: "2309.14322",
                confirmation:
                    "the run from a checkpoint before step \(onset) at a third of the learning rate: its "
                    + "loss goes on falling",
                change:
                    "a peak learning rate three times lower, or a longer warm-up; then what moved first: "
                    + "gradient norm, largest attention logit, log Z")
        ])
    }
}

extension DoctorCase {
    /// Whether the log is one of reinforcement learning, whose loss follows a policy that changes.
    var isReinforced: Bool {
        run.series.keys.contains { name in
            let lower = name.lowercased()
            return ["rollout/", "ep_rew", "episode_reward", "mean_reward"].contains {
                lower.contains($0)
            }
        }
    }
}
