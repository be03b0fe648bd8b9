import Import

extension Pathology {
    /// Updates that grow against the learning rate before the loss does.
    ///
    /// When Adam's second moment is out of date, updates grow one to eight steps before the loss leaps
    /// (arXiv 2304.13013); a slow growth is the same on the way.
    static let updateGrowth = Pathology(name: "update_growth") { patient in
        let tensors = patient.run.series(from: "norm/update/", to: "/rms")
        guard !tensors.isEmpty else {
            return .cannotSay(needs: "norm/update/TENSOR/rms, the root mean square of each update")
        }
        let growths = tensors.compactMap { tensor -> (name: String, growth: Double, step: Int)? in
            let points = tensor.points.finite
            guard points.count >= 20 else { return nil }
            // Over the learning rate, where it is logged: a schedule moves updates too.
            let rates = patient.rates(at: points.map(\.step))
            let relative = zip(points, rates).compactMap { point, rate -> LoggedRun.Point? in
                guard let rate else { return point }
                return rate > 0 ? .init(step: point.step, value: point.value / rate) : nil
            }
            guard relative.count >= 20, let middle = relative.median(over: 0.4..<0.5), middle > 0,
                let late = relative.late
            else { return nil }
            let onset = relative.suffix(from: relative.count / 2).first { $0.value > 2 * middle }
            return (tensor.name, late / middle, onset?.step ?? points[points.count - 1].step)
        }
        guard let worst = growths.max(by: { $0.growth < $1.growth }) else {
            return .cannotSay(needs: "updates at 20 steps or more")
        }
        let text =
            "\(worst.name): updates over learning rate x\(DoctorText.number(worst.growth)) over "
            + "the second half"
        guard worst.growth > 2.5 else { return .quiet(text) }
        let many = growths.count { $0.growth > 2.5 }
        return .findings([
            DoctorFinding(
                pathology: "update_growth", severity: .warning, place: worst.name, step: worst.step,
                evidence: text + "; so do \(many) of \(growths.count) tensors",
                confidence: .medium, source: "2304.13013",
                confirmation: "g^2 over Adam's second moment, whose mean leaves one",
                change: "a lower beta2 (0.95), or updates clipped at a root mean square of one")
        ])
    }
}
