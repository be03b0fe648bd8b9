import Foundation
import Optimizers
import Reports
import RunTables
import Runs
import Sweeps
import Training

/// Weight decay whose strength over a run depends on what the study varies.
///
/// The strength is the sum of what the steps subtract from a weight, at the learning rate of comparison.
/// Where it changes with size, as with the horizon under a rate per step, counts the doublings of its
/// change over three. Otherwise, where the form ties it to the learning rate, its optimum pulls at the
/// learning rate's: counts half the strength. Coupled decay passes through the optimizer, which has no
/// such sum: counts 0.3 if the rate is above zero.
///
/// Sources: arXiv 2309.14322, figure 6; arXiv 2405.13698 for the timescale.
public struct WeightDecayShift: Cause {
    public let name = "weight-decay-shifts"

    public init() {}

    public func finding(in evidence: TransferEvidence) -> CauseFinding {
        let configurations = evidence.extents.compactMap { evidence.configuration(at: $0) }
        guard let first = configurations.first, let last = configurations.last else {
            return CauseFinding(
                self, notRecorded: "no run stands at the learning rate of comparison")
        }
        let remedy =
            "a decay whose sum over the run stays (optimizer.weight-decay.form: independent, with "
            + "reference-steps)"
        if first.decay.form == .coupled, first.decay.rate > 0 {
            return CauseFinding(
                self, 0.3, "decay of form coupled passes through the optimizer, which rescales it",
                remedy: remedy)
        }
        let sums = [first, last].map { configuration in
            (1...configuration.steps).reduce(0) {
                $0 + configuration.decay.factor(at: configuration.stepSize($1))
            }
        }
        let text =
            "decay of form \(first.decay.form.rawValue) adds up to "
            + "\(TransferEvidence.text(sums[0])) at the smallest and "
            + "\(TransferEvidence.text(sums[1])) at the largest size"
        guard sums[0] > 0, sums[1] > 0 else { return CauseFinding(self, 0, text, remedy: "") }
        let change = log2(sums[1] / sums[0]).magnitude
        if change > 0.1 {
            // A sum far below one shrinks nothing, however it changes.
            let weight = min(max(sums[0], sums[1]) / 0.1, 1)
            return CauseFinding(self, change / 3 * weight, text, remedy: remedy)
        }
        let isTied = [.decoupled, .corrected].contains(first.decay.form)
        return CauseFinding(
            self, isTied ? min(sums[1], 1) / 2 : 0,
            text + (isTied ? ", in proportion to the learning rate" : ""), remedy: remedy)
    }
}
