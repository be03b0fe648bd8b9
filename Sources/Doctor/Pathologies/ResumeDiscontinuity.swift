import Import
import Statistics

extension Pathology {
    /// A loss or a learning rate that leaps where a run was resumed: state was lost.
    ///
    /// A rate that is raised again raises the loss, also on the same data (arXiv 2308.04014).
    static let resumeDiscontinuity = Pathology(
        name: "resume_discontinuity",
        meaning: """
            Loss or learning rate jump where the run was resumed: some state was not saved or \
            not loaded. (arXiv 2308.04014)
            """
    ) { patient in
        let resumes = patient.run.resumeSteps
        guard !resumes.isEmpty else { return .quiet("steps never go back, as after a resume") }
        let losses = patient.finite("train/loss")
        let rates = patient.finite("optim/lr")
        guard losses.count >= 20 else {
            return .cannotSay(needs: "train/loss at 20 steps or more, before and after the resume")
        }
        var findings: [DoctorFinding] = []
        for step in resumes {
            if let leap = Leap(of: rates, at: step, isSmooth: true) {
                findings.append(
                    finding(
                        step, "optim/lr", "the learning rate", leap,
                        "the schedule restarted or lost its position: save and load the scheduler's "
                            + "state with the checkpoint"))
            } else if let leap = Leap(of: losses, at: step, isSmooth: false) {
                findings.append(
                    finding(
                        step, "train/loss", "the loss", leap,
                        "save and load the optimizer's state and the position in the data with the "
                            + "checkpoint"))
            }
        }
        return findings.isEmpty
            ? .quiet("loss and learning rate are continuous across \(resumes.count) resumes")
            : .findings(findings)
    }

    private static func finding(
        _ step: Int, _ tag: String, _ what: String, _ leap: Leap, _ change: String
    ) -> DoctorFinding {
        DoctorFinding(
            pathology: "resume_discontinuity", severity: .warning, place: tag, step: step,
            evidence: "\(what) goes from \(DoctorText.number(leap.before)) to "
                + "\(DoctorText.number(leap.after)) where the run was resumed",
            confidence: leap.isLarge ? .high : .medium, source: "2308.04014",
            confirmation: "the step after the checkpoint repeated from it: the same batch has the "
                + "same loss",
            change: change)
    }
}

/// A metric that is elsewhere after a step than before it, more than it scatters.
private struct Leap {
    let before: Double
    let after: Double
    let isLarge: Bool

    private static let window = 8

    init?(of points: [LoggedRun.Point], at step: Int, isSmooth: Bool) {
        guard let place = points.firstIndex(where: { $0.step >= step }) else { return nil }
        let before = Array(points[max(0, place - 3 * Self.window)..<place])
        let after = Array(points[place..<min(points.count, place + Self.window)])
        guard before.count >= Self.window, after.count >= 4 else { return nil }
        if isSmooth {
            // What one record moves in a schedule is little beside the rate.
            let (last, next) = (before[before.count - 1].value, after[0].value)
            let usual = before.suffix(2).map(\.value)
            let step = (usual[1] - usual[0]).magnitude + (after[1].value - after[0].value).magnitude
            guard (next - last).magnitude > 0.1 * max(last.magnitude, next.magnitude),
                (next - last).magnitude > 5 * step
            else { return nil }
            (self.before, self.after, isLarge) = (last, next, true)
            return
        }
        guard let scatter = before.scatter,
            let middle = Descriptive.mean(of: before.suffix(Self.window).map(\.value)),
            let now = Descriptive.mean(of: after.map(\.value))
        else { return nil }
        let error = scatter * (1 / Double(Self.window) + 1 / Double(after.count)).squareRoot()
        let size = (now - middle).magnitude
        guard size > 6 * error, size > 0.01 * middle.magnitude else { return nil }
        (self.before, self.after, isLarge) = (middle, now, size > 15 * error)
    }
}
