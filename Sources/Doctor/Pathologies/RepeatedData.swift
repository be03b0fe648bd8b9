import Import
import Statistics

extension Pathology {
    /// A training loss that steps down where an epoch begins: what was seen before is remembered.
    ///
    /// Up to four epochs of the same data are nearly as good as new data (arXiv 2305.16264).
    static let repeatedData = Pathology(
        name: "repeated_data",
        meaning: """
            The training loss steps down where an epoch begins: the model remembers what it has \
            seen. Up to four epochs are nearly as good as new data. (arXiv 2305.16264)
            """
    ) { patient in
        let epochs = patient.finite("train/epoch")
        guard let last = epochs.last else {
            return .cannotSay(needs: "train/epoch, the passes over the data so far")
        }
        let crossings = Self.crossings(epochs)
        guard !crossings.isEmpty else {
            return .quiet("\(DoctorText.number(last.value)) epochs: no data are repeated")
        }
        guard let steps = EpochSteps(patient.finite("train/loss"), crossings) else {
            return .cannotSay(needs: "train/loss at 20 steps or more of each epoch")
        }
        guard let worst = steps.down.max(by: { $0.size < $1.size }) else {
            return .quiet(
                "\(DoctorText.number(last.value)) epochs, and the loss does not drop where they "
                    + "begin")
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
