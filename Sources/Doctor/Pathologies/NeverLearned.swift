import Foundation
import Import
import OrderedCollections

extension Pathology {
    /// A loss that stays at that of a uniform guess, ln V for a vocabulary of V, or a score on other data that is the
    /// same to the last digit at every evaluation: what comes out does not depend on what goes in, as of a network
    /// that is dead from the start (arXiv 1903.06733).
    static let neverLearned = Pathology(
        name: "never_learned",
        meaning: """
            The loss stays at that of a uniform guess, ln V for a vocabulary of V tokens, or a \
            score is the same to the last digit at every evaluation: nothing is learned at all, as by \
            a network that is dead from the start. (arXiv 1903.06733)
            """
    ) { patient in
        if let score = FrozenScore.longest(in: patient.run) { return .findings([score.finding]) }
        let points = patient.finite("train/loss")
        guard points.count >= 20, let first = points.median(over: 0..<0.02),
            let late = points.median(over: 0.9..<1)
        else { return .cannotSay(needs: "train/loss at 20 steps or more") }
        let fall =
            "loss \(DoctorText.number(first)) at the start, \(DoctorText.number(late)) at the end"
        let uniform = patient.vocabulary.flatMap { $0 > 1 ? log($0) : nil }
        let isStuck: Bool
        if let uniform {
            isStuck = (late - uniform).magnitude < 0.02 * uniform
        } else {
            // Without the vocabulary, a run that began from weights of another may stay where it was.
            let begins = points[0].step * 50 <= points[points.count - 1].step
            isStuck = begins && first > 4 && late > 0.98 * first && late < 1.02 * first
        }
        guard isStuck else { return .quiet(fall) }
        return .findings([
            DoctorFinding(
                pathology: "never_learned", severity: uniform == nil ? .warning : .alarm,
                place: nil, step: points[0].step,
                evidence: fall
                    + (uniform.map { ", where a uniform guess has \(DoctorText.number($0))" } ?? ""),
                confidence: uniform == nil ? .low : .high, source: "1903.06733",
                confirmation: "whether gradients reach the weights: norm/gradient/TENSOR/rms and "
                    + "norm/update/TENSOR/rms that are not zero",
                change:
                    "a learning rate ten times higher and ten times lower; check that labels are shifted "
                    + "by one against inputs, that the optimizer has the parameters, that nothing is frozen"
            )
        ])
    }
}

/// A score on other data that stands still.
private struct FrozenScore {
    let tag: String
    let step: Int
    let value: Double
    let count: Int

    /// Evaluations in a row that are the same.
    private static let fewest = 10
    private static let words: Set<String> = [
        "wer", "accuracy", "acc", "bleu", "f1", "ssim", "mean_average_precision", "map", "rouge",
    ]

    /// The one that stands still longest, over half of the run or more; nil where none does.
    static func longest(in run: LoggedRun) -> Self? {
        run.series.compactMap { tag, points -> Self? in
            let parts = tag.lowercased().split(separator: "/")
            guard let name = parts.last, words.contains(String(name)),
                parts.count > 1 || tag.lowercased().hasPrefix("val"), !tag.hasPrefix("train")
            else { return nil }
            let finite = points.finite
            // Nothing is left to learn at 0 errors and at 1.
            guard let last = finite.last, last.value != (name == "wer" ? 0 : 1) else { return nil }
            let count = finite.reversed().prefix { $0.value == last.value }.count
            guard count >= fewest, 2 * count >= finite.count else { return nil }
            return Self(
                tag: tag, step: finite[finite.count - count].step, value: last.value, count: count)
        }.max { ($0.count, $1.tag) < ($1.count, $0.tag) }
    }

    var finding: DoctorFinding {
        DoctorFinding(
            pathology: "never_learned", severity: .alarm, place: tag, step: step,
            evidence:
                "\(tag) is \(DoctorText.number(value)) to the last digit at the last \(count) evaluations: "
                + "the output does not depend on the input",
            confidence: .high, source: "1903.06733",
            confirmation: "the outputs for two different inputs, which are the same",
            change:
                "a learning rate three times lower and a longer warm-up; that labels belong to their inputs, "
                + "and that no layer's output is constant")
    }
}
