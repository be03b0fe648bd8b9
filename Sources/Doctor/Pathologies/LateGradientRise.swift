import Import

extension Pathology {
    /// Gradients that grow late while the learning rate falls, which normalised layers under weight decay do
    /// by themselves: no trouble, and no reason to change anything.
    ///
    /// At equilibrium the gradient goes as the root of decay over learning rate (arXiv 2506.02285).
    static let lateGradientRise = Pathology(
        name: "late_gradient_rise",
        meaning: """
            Gradients grow late while the learning rate falls, as normalised layers under weight \
            decay do: nothing to change. (arXiv 2506.02285)
            """
    ) { patient in
        let norms = patient.finite("optim/grad_norm")
        guard norms.count >= 40, let middle = norms.median(over: 0.45..<0.55),
            let late = norms.late
        else { return .cannotSay(needs: "optim/grad_norm at 40 steps or more") }
        let places = [norms[norms.count / 2].step, norms[norms.count - 1].step]
        let rates = patient.rates(at: places)
        guard let before = rates[0], let after = rates[1], before > 0 else {
            return .cannotSay(needs: "optim/lr")
        }
        let growth = late / max(middle, 1e-300)
        let text =
            "gradient norm x\(DoctorText.number(growth)) over the second half, learning rate x"
            + DoctorText.number(after / before)
        let losses = patient.finite("train/loss")
        let rises =
            (losses.late ?? 0)
            > (losses.median(over: 0.45..<0.55) ?? .infinity) + 2 * (losses.scatter ?? 0)
        guard growth > 1.3, after < 0.5 * before, !rises else { return .quiet(text) }
        return .findings([
            DoctorFinding(
                pathology: "late_gradient_rise", severity: .note, place: "optim/grad_norm",
                step: norms[norms.count / 2].step, evidence: text + ", while the loss falls",
                confidence: .medium, source: "2506.02285",
                confirmation:
                    "weight norm times gradient norm of normalised layers, which stays "
                    + "constant; AdamC removes the rise",
                change: nil)
        ])
    }
}
