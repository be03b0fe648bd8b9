import Import

extension Pathology {
    /// A run that ends at its peak learning rate: what a cooldown brings was not taken.
    ///
    /// A tenth to a fifth of the run that goes down to zero brings a constant rate to where a cosine ends
    /// (arXiv 2405.18392).
    static let cooldownMissing = Pathology(
        name: "cooldown_missing",
        meaning: """
            The run ends at its peak learning rate, without the gain of a cooldown over the last \
            tenth to fifth. (arXiv 2405.18392)
            """
    ) { patient in
        let rates = patient.finite("optim/lr")
        guard rates.count >= 8, let end = rates.last, let half = rates.median(over: 0.4..<0.6),
            let peak = rates.map(\.value).max(), peak > 0
        else { return .cannotSay(needs: "optim/lr at eight steps or more") }
        let share = end.value / peak
        let text = "the learning rate ends at \(DoctorText.number(share)) of its peak"
        guard share > 0.5 else { return .quiet(text) }
        guard end.value <= 1.01 * half else { return .quiet(text + ", still rising") }
        let done = patient.run.lastStep ?? end.step
        let isWhole = patient.totalSteps.map { Double(done) >= 0.98 * $0 } ?? false
        return .findings([
            DoctorFinding(
                pathology: "cooldown_missing", severity: isWhole ? .warning : .note,
                place: "optim/lr", step: end.step,
                evidence: text + (isWhole ? ", and the run is over" : "; the run may go on"),
                confidence: .medium, source: "2405.18392",
                confirmation:
                    "the run continued from its last checkpoint for a tenth of its steps with the rate "
                    + "decayed to zero: its loss falls faster than the trend",
                change: isWhole ? "a cooldown to zero over the last tenth to fifth of the run" : nil
            )
        ])
    }
}
