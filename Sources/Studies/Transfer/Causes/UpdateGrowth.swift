import Modules
import Optimizers
import RunTables
import Statistics
import Telemetry
import Training

/// Updates of hidden matrices that do not shrink as the number of inputs grows.
///
/// Updates along a few directions add up over the inputs, so the change of a layer's output goes as
/// their root mean square times the width; with that times the root of the width where a rule
/// orthogonalises its updates, which spreads them over all directions. Counts the exponent of that product,
/// the median over hidden matrices.
///
/// Source: the spectral condition, arXiv 2310.17813.
public struct UpdateGrowth: Cause {
    public let name = "updates-grow"

    public init() {}

    public func finding(in evidence: TransferEvidence) -> CauseFinding {
        guard evidence.axis == .width else {
            return CauseFinding(self, notRecorded: "only computed for studies over width")
        }
        guard
            let rule = evidence.extents.first.flatMap({ evidence.configuration(at: $0)?.rule })
        else { return CauseFinding(self, notRecorded: "the runs do not say their rule") }
        let isSpread = (rule as? any ConfigurableRule).map { type(of: $0).orthogonalizes } ?? false
        let products = evidence.measure { cell -> Double? in
            let hidden = cell.metrics(.updates).filter { metric in
                let path = MetricFamily.updates.place(of: metric) ?? ""
                return path.hasPrefix("blocks.") && !path.hasSuffix("norm")
            }
            let sizes = hidden.compactMap { cell.late($0) }.filter { $0 > 0 }
            guard let width = cell.width.map(Double.init) else { return nil }
            return Descriptive.median(of: sizes).map {
                $0 * (isSpread ? width.squareRoot() : width)
            }
        }
        guard products.count >= 2, let slope = evidence.slope(products) else {
            return CauseFinding(self, notRecorded: "no updates were recorded")
        }
        return CauseFinding(
            self, slope,
            "root mean square of hidden updates times \(isSpread ? "the root of the width" : "width") goes "
                + "from \(evidence.range(products)), "
                + "as width^\(TransferEvidence.text(slope))",
            remedy: isSpread
                ? "scale the updates so that their norm from RMS to RMS does not grow (optimizer.scale: "
                    + "spectral of muon, or parametrization.kind: modular)"
                : "let the learning rate of hidden matrices fall with their fan-in "
                    + "(parametrization.kind: mup), or take a rule that bounds spectral norms "
                    + "(optimizer.rule: dualized, or muon with optimizer.scale: spectral)")
    }
}
