import RunTables
import Runs
import Statistics
import Sweeps

/// An activation whose size does not stay when the model grows, by a coordinate check.
///
/// Counts the steepest slope at the last step over twice the check's threshold.
///
/// Source: arXiv 2203.03466, appendix D.1.
public struct ActivationGrowth: Cause {
    public let name = "activations-grow"

    public init() {}

    public func finding(in evidence: TransferEvidence) -> CauseFinding {
        let recipe = evidence.rows.first?.configuration?.recipeDigest
        guard let check = evidence.coordinateCheck, check.axis == evidence.axis.rawValue,
            check.recipe == recipe
        else {
            return CauseFinding(
                self,
                notRecorded: evidence.coordinateCheck == nil
                    ? "there is no coordinate check of this recipe in the study's folder"
                    : "the coordinate check in the study's folder is of another recipe or axis",
                remedy: "ballast coordcheck BASE.yaml --out with the study's folder, then again")
        }
        let last = check.slopes.map(\.step).max() ?? 0
        let slopes = check.slopes.filter { $0.step == last }.compactMap { slope in
            slope.mean.map { (slope, $0) }
        }.filter { $0.0.activation != "logits" || $0.1 > 0 }
        guard let worst = slopes.max(by: { $0.1.magnitude < $1.1.magnitude }) else {
            return CauseFinding(self, notRecorded: "the coordinate check has no slopes")
        }
        let excess = worst.0.verdict == .pass ? 0 : worst.1.magnitude / (2 * check.threshold)
        return CauseFinding(
            self, excess,
            "at step \(last) the steepest activation is \(worst.0.activation), as "
                + "\(check.axis)^\(TransferEvidence.text(worst.1)); flat is within "
                + "\(check.threshold)",
            remedy: "fix the parametrisation of what produces \(worst.0.activation)")
    }
}
