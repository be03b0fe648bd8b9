import RunTables
import Runs
import Telemetry

/// Output logits that grow with size.
///
/// Counts the exponent of the output logits' distance from zero against size, times their size over 10.
/// Their distance is that of the mean logit or of log Z from its start, whichever is larger. Growth is not
/// always harm: under cross-entropy the logits may diverge while everything else is stable.
///
/// Sources: arXiv 2309.14322, section 3.1; the caution arXiv 2505.22491.
public struct OutputLogitGrowth: Cause {
    public let name = "output-logits-grow"

    public init() {}

    public func finding(in evidence: TransferEvidence) -> CauseFinding {
        let sizes = evidence.measure { cell -> Double? in
            let start = cell.series(.logZ).first?.value ?? 0
            let parts = [
                cell.late(.logitMean)?.magnitude,
                cell.late(.logZ).map { ($0 - start).magnitude },
            ]
            return parts.compactMap { $0 }.max()
        }
        guard sizes.count >= 2, let slope = evidence.slope(sizes), let last = sizes.last else {
            return CauseFinding(self, notRecorded: "no output logits were recorded")
        }
        return CauseFinding(
            self, min(slope, 1) * min(last.value / 10, 1),
            "the shift of the output logits goes from \(evidence.range(sizes)), as "
                + "\(evidence.axis.rawValue)^\(TransferEvidence.text(slope))",
            remedy:
                "z-loss (loss.z-loss: 1e-4), or a head whose learning rate falls with the width "
                + "(parametrization.kind: mup)")
    }
}
