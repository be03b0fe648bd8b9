import Foundation
import Optimizers
import RunTables
import Runs
import Telemetry
import Training

/// Gradients that fall to the size of Adam's epsilon, below which updates shrink.
///
/// The signal is the smallest root mean square of a gradient over epsilon, late in the run. Counts 1
/// where it is 1 or less and nothing from 100 on, linear in its logarithm between.
///
/// Source: arXiv 2309.14322, section 3.4.
public struct GradientNearEpsilon: Cause {
    public let name = "gradient-near-epsilon"

    public init() {}

    public func finding(in evidence: TransferEvidence) -> CauseFinding {
        guard let extent = evidence.extents.first, evidence.configuration(at: extent) != nil else {
            return CauseFinding(self, notRecorded: "the runs do not say their epsilon")
        }
        guard
            case .number(let epsilon)? = evidence.configuration(at: extent)?.optimizer["epsilon"],
            epsilon > 0
        else { return CauseFinding(self, notRecorded: "the rule has no epsilon") }
        let ratios = evidence.measure { cell -> Double? in
            let sizes = cell.metrics(.gradients).compactMap { cell.late($0) }
            return sizes.filter { $0 > 0 }.min().map { $0 / epsilon }
        }
        guard let last = ratios.last else {
            return CauseFinding(self, notRecorded: "no gradients were recorded")
        }
        return CauseFinding(
            self, 1 - log10(max(last.value, 1)) / 2,
            "the smallest gradient over epsilon goes from \(evidence.range(ratios))",
            remedy:
                "lower optimizer.epsilon, or take a rule without one (optimizer.rule: adam-atan2)")
    }
}
