import Import
import Statistics

extension Pathology {
    /// Data that come again where a run was resumed: the loader began anew, or forgot its order.
    ///
    /// Each batch has a difficulty of its own, so that a loss over the same batches in the same order repeats its
    /// ups and downs; where little is repeated many times, the loss drops. Repeating a small part of the data harms
    /// more than its share (arXiv 2205.10487).
    static let dataOrderLost = Pathology(
        name: "data_order_lost",
        meaning: """
            The same batches come again, as after a resume that restarts the data loader. (arXiv \
            2205.10487)
            """
    ) { patient in
        let losses = patient.finite("train/loss")
        guard losses.count >= 100 else {
            return losses.count < 20
                ? .cannotSay(needs: "train/loss at 100 steps or more")
                : .quiet("\(losses.count) recorded losses show no repeated batches")
        }
        guard !patient.isReinforced else {
            return .quiet("reinforcement learning generates its data as it goes")
        }
        var findings: [DoctorFinding] = []
        if let echo = LossEcho.strongest(in: losses, resumes: patient.run.resumeSteps),
            !patient.isEpoch(echo.step - echo.origin)
        {
            findings.append(
                finding(
                    echo.step,
                    "from step \(echo.step) the loss repeats its fluctuations of step "
                        + "\(echo.origin) (correlation \(DoctorText.number(echo.correlation)) over "
                        + "\(echo.count) records, and nowhere else)",
                    .high))
        }
        if findings.isEmpty, let cycle = LossCycle(losses), !patient.isEpoch(cycle.period) {
            findings.append(
                finding(
                    cycle.step,
                    "from step \(cycle.step) the loss repeats every \(cycle.period) steps "
                        + "(correlation \(DoctorText.number(cycle.correlation)), "
                        + "\(DoctorText.number(cycle.before)) at the start of the run): a small part of "
                        + "the data again and again",
                    .high))
        }
        if findings.isEmpty, let drop = LossDrop.largest(in: patient, losses) {
            findings.append(
                finding(
                    drop.step,
                    "the loss drops from \(DoctorText.number(drop.before)) to "
                        + "\(DoctorText.number(drop.after)) within \(LossDrop.window) records"
                        + (drop.isResume ? ", where the run was resumed" : "")
                        + ", at the same learning rate" + drop.validation,
                    drop.isConfirmed ? .high : drop.isResume ? .medium : .low))
        }
        return findings.isEmpty
            ? .quiet(
                "no part of the loss repeats an earlier one or drops below its trend")
            : .findings(findings)
    }

    private static func finding(
        _ step: Int, _ evidence: String, _ confidence: DoctorFinding.Confidence
    ) -> DoctorFinding {
        DoctorFinding(
            pathology: "data_order_lost", severity: .warning, place: "train/loss", step: step,
            evidence: evidence, confidence: confidence, source: "2205.10487",
            confirmation: "the first batches after the resume, compared with those of the start; "
                + "val/loss, which does not fall with it",
            change:
                "save the data loader's position and shuffle seed with the checkpoint, and go "
                + "back to the checkpoint before that step")
    }
}

extension DoctorCase {
    /// Whether so many steps are a whole number of epochs: data are seen again then on purpose.
    fileprivate func isEpoch(_ steps: Int) -> Bool {
        let epochs = self.epochs
        guard let first = epochs.first, let last = epochs.last, last.value > first.value else {
            return false
        }
        let passed = Double(steps) * (last.value - first.value) / Double(last.step - first.step)
        return passed > 0.9 && (passed - passed.rounded()).magnitude < 0.02 * max(passed, 1)
    }
}

/// A part of the loss that has the ups and downs of an earlier one.
private struct LossEcho {
    let step: Int
    let origin: Int
    let correlation: Double
    let count: Int

    private static let longest = 100
    private static let fewest = 40
    /// Products that are made at most.
    private static let work = 40_000_000

    /// The strongest one that is the only one of its kind; what comes at every lag of a period, as data that are
    /// mixed in turn, is none.
    static func strongest(in points: [LoggedRun.Point], resumes: [Int]) -> Self? {
        let residuals = self.residuals(points.map(\.value))
        let marked = resumes.compactMap { step in points.firstIndex { $0.step >= step } }
        let blocks = max(1, Self.work / (points.count * longest))
        let stride = max(longest, points.count / blocks)
        let places =
            marked
            + Swift.stride(from: longest, through: points.count - longest, by: stride)
        var best: Self?
        for place in places.prefix(blocks + marked.count) {
            let count = min(longest, points.count - place)
            guard count >= fewest, place >= count else { continue }
            let here = Array(residuals[place..<place + count])
            let lags = correlations(of: here, in: residuals[..<place])
            guard let top = lags.indices.max(by: { lags[$0] < lags[$1] }) else { continue }
            // What is smoothed correlates with its neighbours.
            let others = lags.indices.filter { abs($0 - top) > 8 }.map { lags[$0] }.max() ?? 0
            // By chance the largest of thousands of lags is about 0.4 of a hundred records, and the next as large.
            guard lags[top] > 0.65, others < 0.6 * lags[top], lags[top] > best?.correlation ?? 0
            else { continue }
            let back = lead(residuals, place, top)
            best = Self(
                step: points[place - back].step, origin: points[top - back].step,
                correlation: lags[top], count: count + back)
        }
        return best
    }

    /// How many records before two places the one part follows the other already.
    private static func lead(_ residuals: [Double], _ place: Int, _ origin: Int) -> Int {
        var back = 0
        while back + 10 <= min(origin, place - origin - 1) {
            let (a, b) = (place - back - 10, origin - back - 10)
            let part = correlations(
                of: Array(residuals[a..<a + 30]), in: residuals[b..<b + 30])
            guard (part.first ?? 0) > 0.5 else { break }
            back += 10
        }
        return back
    }

    /// What is left of values when the mean of their neighbours, to which a trend adds nothing, is taken away.
    private static func residuals(_ values: [Double]) -> [Double] {
        values.indices.map { place in
            let reach = min(4, place, values.count - 1 - place)
            let around = values[place - reach...place + reach]
            return values[place] - around.reduce(0, +) / Double(around.count)
        }
    }

    /// The correlation of a part with what stands at each place of another.
    private static func correlations(of part: [Double], in whole: ArraySlice<Double>) -> [Double] {
        let count = part.count
        guard whole.count >= count else { return [] }
        // Single leaps would decide it alone.
        let bound = 5 * (Descriptive.median(of: part.map(\.magnitude)) ?? 0)
        func held(_ value: Double) -> Double { min(max(value, -bound), bound) }
        let (a, b) = (part.map(held), whole.map(held))
        let size = a.reduce(0) { $0 + $1 * $1 }
        return (0...b.count - count).map { start in
            var (product, square) = (0.0, 0.0)
            for offset in 0..<count {
                product += a[offset] * b[start + offset]
                square += b[start + offset] * b[start + offset]
            }
            let norm = (size * square).squareRoot()
            return norm > 0 ? product / norm : 0
        }
    }
}

/// A place at which the loss leaves its trend downwards.
private struct LossDrop {
    let step: Int
    let before: Double
    let after: Double
    let isResume: Bool
    /// The record's.
    private let place: Int
    /// What the loss on other data says of it.
    var validation = ""
    var isConfirmed = false

    /// Records before and after.
    static let window = 20

    static func largest(in patient: DoctorCase, _ losses: [LoggedRun.Point]) -> Self? {
        let marked = patient.run.resumeSteps.compactMap { step in
            losses.firstIndex { $0.step >= step }
        }
        let places =
            marked.map { ($0, true) }
            // The beginning falls by itself.
            + (patient.finite("optim/lr").isEmpty
                ? [] : (losses.count / 4..<losses.count).map { ($0, false) })
        let drops = places.compactMap { Self(at: $0, isResume: $1, losses) }
        // The largest, or nothing: beside it part of it shows, too.
        return drops.max { $0.before - $0.after < $1.before - $1.after }?.examined(losses, patient)
    }

    private init?(at place: Int, isResume: Bool, _ losses: [LoggedRun.Point]) {
        let window = Self.window
        guard place >= 3 * window, place + window + window / 2 <= losses.count else { return nil }
        func mean(_ range: Range<Int>) -> Double {
            losses[range].reduce(0) { $0 + $1.value } / Double(range.count)
        }
        let (older, before) = (
            mean(place - 3 * window..<place - 2 * window), mean(place - window..<place)
        )
        // A part that is repeated is learned within some steps.
        let after = mean(place + window / 2..<place + window + window / 2)
        let drop = before - after
        guard drop > (isResume ? 0.03 : 0.1) * before.magnitude,
            drop > 4 * (older - before).magnitude,
            let scatter = Array(losses[place - 3 * window..<place]).scatter,
            drop > 8 * scatter * (2 / Double(window)).squareRoot(),
            drop > 2 * Self.wander(of: losses[place / 2..<place - window])
        else { return nil }
        self.place = place
        (step, self.before, self.after, self.isResume) = (
            losses[place].step, before, after, isResume
        )
    }

    /// How far means of a window strayed from their trend within as many records before: a loss whose noise lasts, as
    /// that of texts that are read in order, or of rewards, drops by itself.
    private static func wander(of losses: ArraySlice<LoggedRun.Point>) -> Double {
        let means = stride(
            from: losses.startIndex, through: losses.endIndex - window, by: window / 2
        )
        .map { start in
            losses[start..<start + window].reduce(0) { $0 + $1.value } / Double(window)
        }
        // Two windows apart, as before and after.
        let moves = zip(means, means.dropFirst(3)).map { $0 - $1 }
        guard moves.count >= 3, let trend = Descriptive.median(of: moves) else { return 0 }
        return moves.map { ($0 - trend).magnitude }.max() ?? 0
    }

    /// Nil where the rate, an epoch or what other data gained explains it.
    private func examined(_ losses: [LoggedRun.Point], _ patient: DoctorCase) -> Self? {
        let steps = [
            losses[place - Self.window].step,
            losses[min(place + 2 * Self.window, losses.count - 1)].step,
        ]
        let rates = patient.rates(at: steps)
        if let old = rates[0], let new = rates[1], new < 0.7 * old { return nil }
        // Where an epoch begins, data come again on purpose.
        let epochs = patient.epochs.filter {
            (steps[0]...steps[1]).contains($0.step)
        }
        if let old = epochs.first, let new = epochs.last, new.value >= old.value.rounded(.down) + 1
        {
            return nil
        }
        let held = patient.finite("val/loss")
        guard let earlier = held.last(where: { $0.step <= losses[place - 1].step }),
            let later = held.first(where: { $0.step >= steps[1] })
        else { return self }
        // What other data gained, too, was learned.
        guard earlier.value - later.value < 0.5 * (before - after) else { return nil }
        var result = self
        result.isConfirmed = true
        result.validation =
            "; val/loss goes from \(DoctorText.number(earlier.value)) to "
            + DoctorText.number(later.value)
        return result
    }
}
