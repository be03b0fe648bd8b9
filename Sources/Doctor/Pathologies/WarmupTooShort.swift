import Import
import Statistics

extension Pathology {
    /// A loss that rises again when the learning rate has just reached its peak.
    ///
    /// A longer warm-up lowers the sensitivity to the learning rate, most for large models (arXiv 2309.14322,
    /// section 3.5); with Adam it should last about 2/(1 - beta2) steps (1910.04209).
    static let warmupTooShort = Pathology(
        name: "warmup_too_short",
        meaning: """
            The loss rises again once the learning rate reaches its peak. A longer warm-up, \
            about 2/(1 - beta2) steps, helps. (arXiv 2309.14322, 1910.04209)
            """
    ) { patient in
        let rates = patient.finite("optim/lr")
        let losses = patient.finite("train/loss")
        guard let peak = rates.map(\.value).max(), peak > 0,
            let top = rates.first(where: { $0.value >= 0.99 * peak })
        else { return .cannotSay(needs: "optim/lr") }
        guard losses.count >= 40, let last = losses.last else {
            return .cannotSay(needs: "train/loss at 40 steps or more")
        }
        let end = max(4 * top.step, last.step / 10)
        let early = losses.filter { $0.step <= end }
        let description = "the learning rate peaks at step \(top.step)"
        guard early.count >= 8, top.step < last.step / 2 else {
            return top.step < last.step / 2
                ? .cannotSay(needs: "train/loss at eight steps or more of the first tenth")
                : .quiet("the learning rate rises over half of the run")
        }
        guard let rise = Rise(early, after: top.step / 2), let late = losses.late,
            let noise = early.scatter
        else { return .quiet(description + "; the loss does not rise after it") }
        guard rise.size > max(8 * noise, 0.1 * max(early[0].value - late, 0)) else {
            return .quiet(description + "; the loss does not rise after it")
        }
        return .findings([
            DoctorFinding(
                pathology: "warmup_too_short", severity: .warning, place: "train/loss",
                step: rise.step,
                evidence: description
                    + "; the loss, down to \(DoctorText.number(rise.low)), rises to "
                    + "\(DoctorText.number(rise.high)) at step \(rise.step)",
                confidence: .medium, source: "2309.14322",
                confirmation:
                    "a run with a warm-up of \(max(2 * top.step, 2)) steps or more: without "
                    + "the rise, and lower at the end",
                change: "a longer warm-up, about 2/(1 - beta2) steps; or a lower peak")
        ])
    }
}

/// The largest rise of a smoothed loss above what it had reached.
private struct Rise {
    let low: Double
    let high: Double
    let step: Int
    var size: Double { high - low }

    init?(_ points: [LoggedRun.Point], after step: Int) {
        var low = Double.infinity
        var best: (low: Double, high: Double, step: Int)?
        for place in points.indices.dropLast(2).dropFirst(2) {
            // Single records are spikes, which are another matter.
            let around = points[place - 2...place + 2].map(\.value)
            guard let value = Descriptive.median(of: around) else { continue }
            if points[place].step >= step, value - low > best.map({ $0.high - $0.low }) ?? 0 {
                best = (low, value, points[place].step)
            }
            low = min(low, value)
        }
        guard let best else { return nil }
        (self.low, high, self.step) = best
    }
}
