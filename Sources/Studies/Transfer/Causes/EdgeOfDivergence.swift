import Foundation
import Reports
import Sweeps

/// Runs that diverge beside the optimum: what cuts the curve off is an instability and not the size.
///
/// Counts one over the octaves from the lowest loss of the largest size to the next learning rate at
/// which a run diverged, so one octave counts 1 and two count a half.
///
/// Source: arXiv 2309.14322, section 3.1.
public struct EdgeOfDivergence: Cause {
    public let name = "edge-of-divergence"

    public init() {}

    public func finding(in evidence: TransferEvidence) -> CauseFinding {
        guard let curve = evidence.curves.last else {
            return CauseFinding(self, notRecorded: "there are no curves")
        }
        let lowest = curve.points.filter { $0.mean != nil }.min {
            ($0.mean ?? .infinity) < ($1.mean ?? .infinity)
        }
        guard let lowest else {
            return CauseFinding(
                self, 1, "every learning rate of the largest size has a run that diverged",
                remedy: "lower the grid")
        }
        let beyond = curve.points.first {
            $0.learningRate > lowest.learningRate && $0.diverged > 0
        }
        guard let beyond else {
            return CauseFinding(
                self, 0, "no run above the lowest loss of the largest size diverged", remedy: "")
        }
        let octaves = log2(beyond.learningRate / lowest.learningRate)
        return CauseFinding(
            self, 1 / max(octaves, 1),
            "at \(evidence.axis.rawValue) \(curve.extent) runs diverge from "
                + "\(TransferEvidence.text(beyond.learningRate)) on, "
                + "\(TransferEvidence.text(octaves)) octaves above the lowest loss",
            remedy:
                "stabilise the run before judging transfer: a longer warm-up (schedule.warmup), "
                + "model.qk-norm, loss.z-loss, or clipping (optimizer.clip)")
    }
}
