import Import
import OrderedCollections
import Statistics

extension Pathology {
    /// Leaps of the loss, and what moved before it did.
    ///
    /// A spike is seven standard deviations above the values before it (arXiv 2501.00656). One or two from
    /// which the loss comes back by itself call for nothing.
    static let lossSpikes = Pathology(
        name: "loss_spikes",
        meaning: """
            The loss jumps out of its recent spread. A lower learning rate, a longer warm-up or \
            clipping help. (arXiv 2501.00656)
            """
    ) { patient in
        guard let points = patient.run.series["train/loss"], points.count > 40 else {
            return .cannotSay(needs: "train/loss at 40 steps or more")
        }
        guard !patient.isReinforced else {
            return .quiet("the loss of reinforcement learning jumps by nature")
        }
        let all = LossSpike.all(in: points)
        let spikes = all.filter { BadBatch($0, patient)?.isBatch != true }
        if spikes.isEmpty, !all.isEmpty {
            return .quiet("\(all.count) spikes, each of a single batch: see bad_batch")
        }
        guard let worst = spikes.max(by: { $0.badness < $1.badness }) else {
            return .quiet("no spike in \(points.count) recorded losses")
        }
        let mover = FirstMover(before: worst, in: patient.run)
        let stays = spikes.contains { !$0.recovers }
        // Sound runs of thousands of steps have a few, of single batches.
        let isMany = spikes.count > 2 && spikes.count * 500 > points.count
        let severity: DoctorFinding.Severity = stays ? .alarm : isMany ? .warning : .note
        var evidence = "\(spikes.count) spike\(spikes.count == 1 ? "" : "s"); the worst at step "
        evidence += "\(worst.step): \(worst.text)"
        evidence +=
            mover.map { "; first moved \($0.text)" } ?? "; no logged metric moved before"
        return .findings([
            DoctorFinding(
                pathology: "loss_spikes", severity: severity, place: mover?.tag, step: worst.step,
                evidence: evidence,
                confidence: mover == nil ? .low : (mover?.deviations ?? 0) > 10 ? .high : .medium,
                source: "2501.00656",
                confirmation: mover == nil
                    ? "gradient norm and largest attention logit, logged at every step"
                    : "the run from the previous checkpoint without that batch: if it spikes again, the "
                        + "model is the cause",
                change: severity == .note ? nil : mover?.change ?? FirstMover.general)
        ])
    }
}
