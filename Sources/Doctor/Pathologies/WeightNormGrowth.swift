import Import
import OrderedCollections

extension Pathology {
    /// Weights that grow without bound: decay does not hold them within the run.
    ///
    /// Under decay a norm comes to rest after about 1/(2 eta lambda) steps; without, it goes on as the root of
    /// the steps, and the share of a weight that a step turns shrinks with it (arXiv 2305.17212).
    static let weightNormGrowth = Pathology(
        name: "weight_norm_growth",
        meaning: """
            Weights grow without bound: weight decay does not hold them within the run. (arXiv \
            2305.17212)
            """
    ) { patient in
        let tensors =
            patient.run.series(from: "norm/weight/", to: "/rms")
            + patient.run.series(from: "norm/weight/", to: "/fro")
        // Gains and biases begin at one and zero, and go where they must.
        let matrices = tensors.filter { tensor in
            !["gain", "norm", "bias"].contains { tensor.name.lowercased().contains($0) }
        }
        guard !matrices.isEmpty else {
            return .cannotSay(needs: "norm/weight/TENSOR/rms, the root mean square of each weight")
        }
        let growths = matrices.compactMap {
            tensor -> (name: String, size: Double, power: Double)? in
            let points = tensor.points.finite
            guard let power = points.lateExponent, let late = points.late, points[0].value > 0
            else {
                return nil
            }
            return (tensor.name, late / points[0].value, power)
        }
        guard let largest = growths.max(by: { $0.size < $1.size }) else {
            return .cannotSay(needs: "weights at 16 steps or more")
        }
        let text =
            "\(largest.name) grew most, x\(DoctorText.number(largest.size)), as step^"
            + "\(DoctorText.number(largest.power)) at the end"
        // Decay that has not had its time yet holds nothing, and says nothing of whether it will.
        if let times = patient.decayTimes, times > 0, times < 0.5 {
            return .quiet(text + "; too early to tell whether decay holds it")
        }
        // From a small start matrices of healthy runs grow severalfold in their first hundreds of steps.
        let sick = growths.filter { $0.power > 0.35 && $0.size > 8 }
        guard let worst = sick.max(by: { $0.size < $1.size }) else { return .quiet(text) }
        return .findings([
            DoctorFinding(
                pathology: "weight_norm_growth", severity: .warning, place: worst.name, step: nil,
                evidence:
                    "\(worst.name) is \(DoctorText.number(worst.size)) times its initial size and "
                    + "grows as step^\(DoctorText.number(worst.power)); likewise \(sick.count) of "
                    + "\(growths.count) weights in all",
                confidence: .medium, source: "2305.17212",
                confirmation:
                    "norm/update/TENSOR/rms over norm/weight/TENSOR/rms, which falls as the "
                    + "norm grows at a constant learning rate",
                change:
                    "weight decay with 1/(2 x rate x decay) well below the steps of the run, or "
                    + "weights constrained to a fixed norm")
        ])
    }
}
