import Import

extension Pathology {
    /// Updates that grow against the learning rate before the loss does.
    ///
    /// When Adam's second moment is out of date, updates grow one to eight steps before the loss leaps
    /// (arXiv 2304.13013); a slow growth is the same on the way.
    static let updateGrowth = Pathology(
        name: "update_growth",
        meaning: """
            Updates grow relative to the learning rate, which precedes loss spikes when Adam's \
            second moment is out of date. (arXiv 2304.13013)
            """
    ) { patient in
        let tensors = patient.run.series(from: "norm/update/", to: "/rms")
        guard !tensors.isEmpty else {
            return .cannotSay(needs: "norm/update/TENSOR/rms, the root mean square of each update")
        }
        let rates = patient.finite("optim/lr")
        guard let peak = rates.map(\.value).max(), peak > 0,
            let top = rates.first(where: { $0.value >= 0.99 * peak })?.step
        else { return .cannotSay(needs: "optim/lr, which updates follow") }
        let growths = tensors.compactMap { tensor -> (name: String, growth: Double, step: Int)? in
            // Warm-up moves more than the rate, and at the end of a schedule a rate that is a step off is another.
            let points = tensor.points.finite.filter { $0.step >= top }
            let rates = patient.rates(at: points.map(\.step)).map { $0 ?? 0 }
            let relative = points.indices.dropFirst().compactMap { place -> LoggedRun.Point? in
                let rate = rates[place]
                guard rate > 0, (rate - rates[place - 1]).magnitude < 0.2 * rate else { return nil }
                return .init(step: points[place].step, value: points[place].value / rate)
            }
            guard relative.count >= 20, let middle = relative.median(over: 0.4..<0.5), middle > 0,
                let late = relative.late
            else { return nil }
            let onset = relative.suffix(from: relative.count / 2).first { $0.value > 2 * middle }
            return (tensor.name, late / middle, onset?.step ?? points[points.count - 1].step)
        }
        guard let worst = growths.max(by: { $0.growth < $1.growth }) else {
            return tensors.contains { $0.points.count >= 20 }
                ? .quiet("fewer than 20 updates after the warm-up, or none above zero")
                : .cannotSay(needs: "updates at 20 steps or more")
        }
        let text =
            "\(worst.name): updates over learning rate x\(DoctorText.number(worst.growth)) over "
            + "the second half"
        let many = growths.count { $0.growth > 2.5 }
        // A few tensors of a sound run do so as their gradients come to agree.
        guard worst.growth > 4 || many * 4 > growths.count else { return .quiet(text) }
        return .findings([
            DoctorFinding(
                pathology: "update_growth", severity: .warning, place: worst.name, step: worst.step,
                evidence: text + "; likewise \(many) of \(growths.count) tensors in all",
                confidence: .medium, source: "2304.13013",
                confirmation: "g^2 over Adam's second moment: its mean leaves one",
                change: "a lower beta2 (0.95), or updates clipped at a root mean square of one")
        ])
    }
}
