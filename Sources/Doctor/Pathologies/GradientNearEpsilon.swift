import Import
import Statistics

extension Pathology {
    /// Gradients so small that Adam's epsilon decides the update.
    ///
    /// Their root mean square over the last half percent of the records, at least ten, over epsilon: the
    /// update shrinks below 10 and collapses below 1 (arXiv 2309.14322, section 3.4).
    static let gradientNearEpsilon = Pathology(
        name: "gradient_near_epsilon",
        meaning: """
            The root mean square of a gradient is close to Adam's epsilon, so that its updates \
            shrink. A smaller epsilon restores them. (arXiv 2309.14322)
            """
    ) { patient in
        let tensors = patient.run.series(from: "norm/gradient/", to: "/rms")
        guard !tensors.isEmpty else {
            return .cannotSay(
                needs: "norm/gradient/TENSOR/rms, the root mean square of each tensor's gradient")
        }
        guard let epsilon = patient.epsilon, epsilon > 0 else {
            return .cannotSay(
                needs: "Adam's epsilon (--epsilon, or a configuration next to the log)")
        }
        let ratios = tensors.compactMap { tensor -> (name: String, ratio: Double, onset: Int?)? in
            let points = tensor.points.filter { $0.value.isFinite }
            let count = max(10, points.count / 200)
            guard let mean = Descriptive.mean(of: points.suffix(count).map(\.value)), mean > 0
            else {
                return nil
            }
            let onset = points.first { $0.value < 10 * epsilon && $0.value > 0 }?.step
            return (tensor.name, mean / epsilon, onset)
        }
        guard let worst = ratios.min(by: { $0.ratio < $1.ratio }) else {
            return .cannotSay(needs: "gradients that are finite and not zero")
        }
        guard worst.ratio < 10 else {
            return .quiet(
                "the smallest gradient, of \(worst.name), is \(DoctorText.number(worst.ratio)) times "
                    + "epsilon")
        }
        let low = ratios.count { $0.ratio < 10 }
        return .findings([
            DoctorFinding(
                pathology: "gradient_near_epsilon", severity: worst.ratio < 1 ? .alarm : .warning,
                place: worst.name, step: worst.onset,
                evidence: "\(worst.name): gradient RMS is \(DoctorText.number(worst.ratio)) times "
                    + "epsilon \(DoctorText.number(epsilon)); \(low) of \(ratios.count) tensors are "
                    + "below 10",
                confidence: .high, source: "2309.14322",
                confirmation: "update RMS (norm/update/TENSOR/rms) falls with the gradient's",
                change: "a smaller epsilon (1e-15), or an update without one (atan2, 2407.05872)")
        ])
    }
}
