import Import
import Statistics

extension Pathology {
    /// A training loss that steps down where an epoch begins, or falls on while that on other data rises: what was
    /// seen before is remembered.
    ///
    /// Up to four epochs of the same data are nearly as good as new data (arXiv 2305.16264).
    static let repeatedData = Pathology(
        name: "repeated_data",
        meaning: """
            The training loss steps down where an epoch begins, or falls on while the validation \
            loss rises: the model remembers what it has seen. Up to four epochs are nearly as good as new data. (arXiv 2305.16264)
            """
    ) { patient in
        let epochs = patient.epochs
        guard let last = epochs.last else {
            return .cannotSay(
                needs: "train/epoch, the passes over the data so far, or a manifest.json with "
                    + "training_tokens")
        }
        let count = "\(DoctorText.number(last.value)) epochs"
        guard last.value > 1 else { return .quiet("\(count): no data are repeated") }
        let crossings = Self.crossings(epochs)
        let steps = EpochSteps(patient.finite("train/loss"), crossings)
        guard let steps, let worst = steps.down.max(by: { $0.size < $1.size }) else {
            guard let held = HeldOutRise(patient) else {
                return steps != nil
                    ? .quiet("\(count), and the loss does not drop where they begin")
                    : .cannotSay(
                        needs:
                            "train/loss at 20 steps or more of each epoch, or val/loss at six or "
                            + "more")
            }
            guard held.isRise else { return .quiet("\(count), and " + held.text) }
            return .findings([
                DoctorFinding(
                    pathology: "repeated_data", severity: .warning, place: "val/loss",
                    step: held.step, evidence: "\(count): " + held.text, confidence: .medium,
                    source: "2305.16264",
                    confirmation:
                        "the training loss of batches that were not seen yet: as high as val/loss",
                    change: "more data, fewer epochs, or the checkpoint of step \(held.step)")
            ])
        }
        let many = last.value > 4.5
        return .findings([
            DoctorFinding(
                pathology: "repeated_data", severity: many ? .warning : .note, place: "train/loss",
                step: worst.step,
                evidence:
                    "the training loss drops by \(DoctorText.number(worst.size)) at step "
                    + "\(worst.step), where an epoch begins (\(DoctorText.number(steps.usual)) "
                    + "elsewhere); \(DoctorText.number(last.value)) epochs in all",
                confidence: .high, source: "2305.16264",
                confirmation: "val/loss, which does not drop with it",
                change: many ? "more data, or fewer epochs; watch the validation loss alone" : nil)
        ])
    }

    /// The first step of each epoch but the first.
    private static func crossings(_ epochs: [LoggedRun.Point]) -> [Int] {
        zip(epochs, epochs.dropFirst()).compactMap { before, after in
            let next = before.value.rounded(.down) + 1
            return next >= 1 && after.value >= next && after.value - before.value < 1.5
                ? after.step : nil
        }
    }
}

/// Whether the loss on other data rises while that in training falls on.
private struct HeldOutRise {
    /// Where the loss on other data was lowest.
    let step: Int
    let isRise: Bool
    let text: String

    /// Nil where there are too few of either.
    init?(_ patient: DoctorCase) {
        let held = patient.finite("val/loss")
        let losses = patient.finite("train/loss")
        guard held.count >= 6, losses.count >= 20,
            let low = held.min(by: { $0.value < $1.value }),
            let late = Descriptive.median(of: held.suffix(max(held.count / 5, 2)).map(\.value)),
            let end = losses.late,
            let then = Descriptive.median(
                of: losses.filter { $0.step <= low.step }.suffix(10).map(\.value))
        else { return nil }
        step = low.step
        let rise = late - low.value
        isRise =
            rise > max(0.03 * low.value.magnitude, 4 * (held.scatter ?? 0)) && end < then
        text =
            isRise
            ? "val/loss rises from \(DoctorText.number(low.value)) at step \(low.step) to "
                + "\(DoctorText.number(late)), while train/loss falls from \(DoctorText.number(then)) to "
                + DoctorText.number(end)
            : "val/loss ends at \(DoctorText.number(late)), \(DoctorText.number(low.value)) at its lowest"
    }
}

/// How the loss moves across epochs, beside how it moves elsewhere.
private struct EpochSteps {
    let usual: Double
    let down: [(step: Int, size: Double)]

    /// Nil where there is too little to compare with.
    init?(_ losses: [LoggedRun.Point], _ crossings: [Int]) {
        let places = crossings.compactMap { step in losses.firstIndex { $0.step >= step } }
        guard let first = places.first else { return nil }
        let window = min(20, first / 5)
        guard window >= 4 else { return nil }
        func fall(_ place: Int) -> Double? {
            guard place >= window, place + window <= losses.count else { return nil }
            let before = losses[place - window..<place].map(\.value)
            let after = losses[place..<place + window].map(\.value)
            guard let high = Descriptive.mean(of: before), let low = Descriptive.mean(of: after)
            else { return nil }
            return high - low
        }
        /// How much more it falls there than right before and after, for it falls by itself too.
        func step(_ place: Int) -> Double? {
            guard let here = fall(place), let before = fall(place - window),
                let after = fall(place + window)
            else { return nil }
            return here - (before + after) / 2
        }
        let others = stride(from: 2 * window, to: losses.count, by: window).filter { place in
            places.allSatisfy { abs($0 - place) >= 2 * window }
        }.compactMap(step)
        guard others.count >= 4, let middle = Descriptive.median(of: others),
            let spread = Descriptive.median(of: others.map { ($0 - middle).magnitude })
        else { return nil }
        usual = middle
        let bound = max(6 * spread / 0.6745, 0.005 * (losses.late ?? 0).magnitude)
        down = places.compactMap { place in
            step(place).flatMap { $0 - middle > bound ? (losses[place].step, $0) : nil }
        }
    }
}
