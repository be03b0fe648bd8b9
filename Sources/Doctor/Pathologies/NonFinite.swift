import Import
import OrderedCollections

extension Pathology {
    /// Metrics that are NaN or infinite: which was the first.
    ///
    /// Under scaled losses a gradient norm overflows now and then, and the step is left out: that is how the
    /// scale is found (arXiv 1710.03740).
    static let nonFinite = Pathology(
        name: "non_finite",
        meaning: """
            Metrics became NaN or infinite. The first of them shows where it began. With a loss \
            scale, single overflows are how the scale is found. (arXiv 1710.03740)
            """
    ) { patient in
        // A time for each step is no number at the first of them, which says nothing of the run.
        let families = [
            "optim/", "norm/", "attn/", "act/", "out/", "ratio/", "spectrum/", "train/",
        ]
        let series = patient.run.series.filter { tag, _ in
            tag != "train/loss" && families.contains { tag.hasPrefix($0) }
        }
        guard !series.isEmpty else {
            return .cannotSay(needs: "optim/grad_norm, or another norm or logit")
        }
        // What never was a number, beside a loss that is, was not measured.
        let training = patient.run.series["train/loss"] ?? []
        let isSound = training.count >= 8 && training.allSatisfy(\.value.isFinite)
        let silent = series.filter { _, points in
            isSound && points.count >= 8 && points.allSatisfy { !$0.value.isFinite }
        }.keys
        let measured = series.filter { !silent.contains($0.key) }
        let broken = measured.compactMap { tag, points -> (tag: String, step: Int, stays: Bool)? in
            guard let first = points.first(where: { !$0.value.isFinite }) else { return nil }
            return (tag, first.step, !(points.last?.value.isFinite ?? true))
        }.sorted { ($0.step, $0.tag) < ($1.step, $1.tag) }
        guard let first = broken.first else {
            return .quiet(
                "\(series.count - silent.count) metrics other than the loss are finite throughout"
                    + (silent.isEmpty
                        ? "" : "; \(silent.joined(separator: ", ")) never was a number"))
        }
        let losses = (patient.run.series["train/loss"] ?? []).filter { $0.step >= first.step }
        let loss = losses.first { !$0.value.isFinite }
        let stays = broken.contains(where: \.stays)
        let together = broken.filter { $0.step == first.step }.map(\.tag)
        var evidence = "\(together.prefix(3).joined(separator: ", "))"
        if together.count > 3 { evidence += " and \(together.count - 3) more" }
        evidence += " \(together.count > 1 ? "are" : "is") NaN or infinite at step \(first.step)"
        if let loss { evidence += ", the loss at step \(loss.step)" }
        if broken.count > together.count {
            evidence +=
                "; then \(broken[together.count].tag) at step \(broken[together.count].step)"
        }
        if !stays, loss == nil {
            evidence += "; all are finite again later, and the loss always is"
        }
        let severity: DoctorFinding.Severity = loss != nil ? .alarm : stays ? .warning : .note
        return .findings([
            DoctorFinding(
                pathology: "non_finite", severity: severity, place: first.tag, step: first.step,
                evidence: evidence, confidence: together.count == 1 ? .high : .medium,
                source: "1710.03740",
                confirmation:
                    "that step repeated in single precision from the previous checkpoint: what "
                    + "is finite there had overflowed",
                change: severity == .note
                    ? nil
                    : "a lower learning rate, clipping, or the layer of \(first.tag) "
                        + "in single precision")
        ])
    }
}
