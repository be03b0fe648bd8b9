import Import
import OrderedCollections
import Statistics

extension Pathology {
    /// Output logits that drift away together, which the softmax does not see until they overflow.
    ///
    /// Without z-loss or decay they drift, mostly down, late in training (arXiv 2309.14322, section 3.2);
    /// under cross-entropy some growth is harmless (2505.22491).
    static let outputLogitDrift = Pathology(
        name: "output_logit_drift",
        meaning: """
            The output logits drift away from zero as a whole, which cross-entropy does not see \
            and low precision does. A z-loss of 1e-4 holds them. (arXiv 2309.14322)
            """
    ) { patient in
        let tags = ["out/logz", "out/logit_mean"]
        guard let tag = tags.first(where: { patient.run.series[$0] != nil }),
            let points = patient.run.series[tag], points.count >= 8
        else {
            return .cannotSay(
                needs:
                    "out/logz, the mean logarithm of the softmax's denominator, or out/logit_mean")
        }
        let finite = points.filter { $0.value.isFinite }
        let broken = points.first { !$0.value.isFinite }
        let values = finite.map(\.value)
        let quarter = values.count / 4
        let early =
            Descriptive.median(of: Array(values.dropFirst(quarter).prefix(max(quarter, 1)))) ?? 0
        let late = Descriptive.median(of: Array(values.suffix(max(values.count / 20, 1)))) ?? 0
        let drift = late - early
        let moves = late.magnitude > 20 && drift.magnitude > 5 && (drift < 0) == (late < 0)
        guard broken != nil || moves || late.magnitude > 100 else {
            return .quiet("\(tag) \(DoctorText.number(late)) at the end")
        }
        let isAlarm = broken != nil || late.magnitude > 100
        let onset = broken?.step ?? finite.first { $0.value.magnitude > 20 }?.step
        var evidence = "\(tag) went from \(DoctorText.number(early)) in the second quarter to "
        evidence += "\(DoctorText.number(late))"
        if let broken { evidence += ", NaN or infinite at step \(broken.step)" }
        return .findings([
            DoctorFinding(
                pathology: "output_logit_drift", severity: isAlarm ? .alarm : .warning,
                place: "output head", step: onset, evidence: evidence,
                confidence: isAlarm ? .high : .medium, source: "2309.14322",
                confirmation:
                    "the same run with z-loss 1e-4 keeps \(tag) within a few nats of zero",
                change: "z-loss with factor 1e-4, or weight decay on the output head")
        ])
    }
}
