import Foundation
import Import

extension Pathology {
    /// A loss that stays at that of a uniform guess, ln V for a vocabulary of V.
    static let neverLearned = Pathology(name: "never_learned") { patient in
        let points = patient.finite("train/loss")
        guard points.count >= 20, let first = points.median(over: 0..<0.02),
            let late = points.median(over: 0.9..<1)
        else { return .cannotSay(needs: "train/loss at 20 steps or more") }
        let fall =
            "loss \(DoctorText.number(first)) at first, \(DoctorText.number(late)) at the end"
        let uniform = patient.vocabulary.flatMap { $0 > 1 ? log($0) : nil }
        let isStuck: Bool
        if let uniform {
            isStuck = (late - uniform).magnitude < 0.02 * uniform
        } else {
            // Without the vocabulary, a run that began from weights of another may stay where it was.
            let begins = points[0].step * 50 <= points[points.count - 1].step
            isStuck = begins && first > 4 && late > 0.98 * first
        }
        guard isStuck else { return .quiet(fall) }
        return .findings([
            DoctorFinding(
                pathology: "never_learned", severity: uniform == nil ? .warning : .alarm,
                place: nil, step: points[0].step,
                evidence: fall
                    + (uniform.map { ", where a uniform guess has \(DoctorText.number($0))" } ?? ""),
                confidence: uniform == nil ? .low : .high, source: nil,
                confirmation: "whether gradients reach the weights: norm/gradient/TENSOR/rms and "
                    + "norm/update/TENSOR/rms that are not zero",
                change:
                    "a learning rate ten times higher and ten times lower; that labels are shifted "
                    + "against inputs, that the optimizer holds the parameters, that nothing is frozen"
            )
        ])
    }
}
