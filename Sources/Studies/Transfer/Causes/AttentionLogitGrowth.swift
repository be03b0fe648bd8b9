import Foundation
import RunTables
import Runs

/// Attention logits that grow with size, until the softmax saturates and runs diverge.
///
/// Counts the exponent of the largest attention logit against size, times how near the largest is to
/// 1e3 in decades: from there on losses suffer.
///
/// Source: arXiv 2309.14322, section 3.1 and figure 10.
public struct AttentionLogitGrowth: Cause {
    public let name = "attention-logits-grow"

    public init() {}

    public func finding(in evidence: TransferEvidence) -> CauseFinding {
        let logits = evidence.measure { $0.result?.maxAttentionLogit }
        guard logits.count >= 2, let slope = evidence.slope(logits), let last = logits.last else {
            return CauseFinding(self, notRecorded: "no attention logits were recorded")
        }
        let nearness = log10(max(last.value, 1)) / 3
        return CauseFinding(
            self, min(slope, 1) * min(nearness, 1),
            "the largest attention logit goes from \(evidence.range(logits)), as "
                + "\(evidence.axis.rawValue)^\(TransferEvidence.text(slope))",
            remedy: "normalise queries and keys (model.qk-norm: true), or scale logits by one over "
                + "the head's width (model.attention-scale: inverse)")
    }
}
