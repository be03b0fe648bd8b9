import Foundation
import Import
import Statistics

extension Pathology {
    /// Updates whose size does not go with the learning rate, which bounds those of Adam (arXiv 1412.6980).
    ///
    /// What counts is what follows the warm-up: in it gradients agree less from step to step, and updates of Adam
    /// shrink against the rate in every run.
    static let updatesIgnoreRate = Pathology(
        name: "updates_ignore_rate",
        meaning: """
            The size of updates does not follow the learning rate: the schedule may not reach \
            the optimizer. (arXiv 1412.6980)
            """
    ) { patient in
        let tensors = patient.run.series(from: "norm/update/", to: "/rms")
        guard !tensors.isEmpty else {
            return .cannotSay(needs: "norm/update/TENSOR/rms, the root mean square of each update")
        }
        let rates = patient.finite("optim/lr").filter { $0.value > 0 }
        guard let peak = rates.map(\.value).max(),
            let top = rates.first(where: { $0.value >= 0.99 * peak })?.step
        else { return .cannotSay(needs: "optim/lr") }
        let later = rates.filter { $0.step >= top }.map(\.value)
        guard let lowest = later.min(), peak > 2 * lowest else {
            return .quiet(
                "after the warm-up the learning rate changes by less than a factor of two: "
                    + "nothing to follow")
        }
        let powers = tensors.compactMap { tensor -> (name: String, power: Double)? in
            let points = tensor.points.finite.filter { $0.value > 0 && $0.step >= top }
            let pairs = zip(patient.rates(at: points.map(\.step)), points).compactMap {
                rate, point in
                rate.flatMap { $0 > 0 ? ($0, point.value) : nil }
            }
            guard pairs.count >= 20, let low = pairs.map(\.0).min(),
                let high = pairs.map(\.0).max(),
                high > 2 * low
            else { return nil }
            return LogLogSlope.of(pairs.map(\.0), pairs.map(\.1)).map { (tensor.name, $0) }
        }
        guard let middle = Descriptive.median(of: powers.map(\.power)) else {
            return .cannotSay(
                needs: "updates at 20 steps or more at which the learning rate changes")
        }
        let sick = powers.filter { $0.power < 0.5 }
        let text =
            "updates scale as rate^\(DoctorText.number(middle)) (median of \(powers.count) "
            + "tensors)"
        guard sick.count * 2 > powers.count, let worst = sick.min(by: { $0.power < $1.power })
        else {
            return .quiet(text)
        }
        return .findings([
            DoctorFinding(
                pathology: "updates_ignore_rate", severity: .warning, place: worst.name, step: nil,
                evidence: text + ", least of all \(worst.name), as rate^"
                    + DoctorText.number(worst.power),
                confidence: .medium, source: "1412.6980",
                confirmation:
                    "one step from a checkpoint at the rate and one at half of it: the second "
                    + "update is half the first",
                change:
                    "check whether the schedule reaches the optimizer's parameter groups, and whether "
                    + "the update is rescaled after the rate")
        ])
    }
}
