import Import

extension Pathology {
    /// Clipping that is active at every step, so that it sets the size of the gradient: it is meant for those that
    /// are larger than usual (arXiv 1211.5063).
    static let gradientClipping = Pathology(
        name: "gradient_clipping",
        meaning: """
            Clipping is active at nearly every step, so that it sets the size of the update; or \
            never, so that it protects from nothing. (arXiv 1211.5063)
            """
    ) { patient in
        let norms = patient.finite("optim/grad_norm")
        guard norms.count >= 20 else {
            return .cannotSay(needs: "optim/grad_norm at 20 steps or more, before clipping")
        }
        guard let clip = patient.clip else {
            return .cannotSay(
                needs: "the norm to which gradients are clipped (max_grad_norm in a configuration "
                    + "next to the log)")
        }
        guard clip > 0 else { return .quiet("gradients are not clipped") }
        // The beginning is clipped in most runs.
        let later = norms.dropFirst(norms.count / 10).map(\.value)
        let above = Double(later.count { $0 > clip }) / Double(later.count)
        let atClip = Double(later.count { ($0 - clip).magnitude < 1e-3 * clip })
        let share = above + (later.max() ?? 0 <= 1.001 * clip ? atClip / Double(later.count) : 0)
        let median = norms.median(over: 0.1..<1) ?? 0
        let text =
            "gradient norm \(DoctorText.number(median)) (median), clipped at "
            + "\(DoctorText.number(clip)) in \(Int((100 * share).rounded()))% of the steps"
        let isAlways = share > 0.95
        let isNever = share == 0 && clip > 10 * (later.max() ?? 0)
        guard isAlways || isNever else { return .quiet(text) }
        let matters = isAlways && median > 2 * clip
        return .findings([
            DoctorFinding(
                pathology: "gradient_clipping", severity: matters ? .warning : .note,
                place: "optim/grad_norm", step: norms[norms.count / 10].step,
                evidence: text
                    + (isAlways
                        ? ": every gradient has the same norm" : ": it never acts"),
                confidence: .high, source: "1211.5063",
                confirmation: isAlways
                    ? "a run clipped at \(DoctorText.number(3 * median)): its updates differ"
                    : "a run without clipping: the same numbers",
                change: matters
                    ? "clip at about three times the usual norm, so that only outliers are clipped"
                    : nil)
        ])
    }
}
