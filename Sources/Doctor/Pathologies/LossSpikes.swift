import Import
import OrderedCollections
import Statistics

extension Pathology {
    /// Leaps of the loss, and what moved before it did.
    ///
    /// A spike is seven standard deviations above the values before it (arXiv 2501.00656). One or two from
    /// which the loss comes back by itself call for nothing.
    static let lossSpikes = Pathology(name: "loss_spikes") { patient in
        guard let points = patient.run.series["train/loss"], points.count > 40 else {
            return .cannotSay(needs: "train/loss at 40 steps or more")
        }
        let spikes = LossSpike.all(in: points)
        guard let worst = spikes.max(by: { $0.badness < $1.badness }) else {
            return .quiet("no loss leaps out of \(points.count) records")
        }
        let mover = FirstMover(before: worst, in: patient.run)
        let stays = spikes.contains { !$0.recovers }
        // Sound runs of thousands of steps have a few, of single batches.
        let isMany = spikes.count > 2 && spikes.count * 500 > points.count
        let severity: DoctorFinding.Severity = stays ? .alarm : isMany ? .warning : .note
        var evidence = "\(spikes.count) spike\(spikes.count == 1 ? "" : "s"); the worst at step "
        evidence += "\(worst.step): \(worst.text)"
        evidence +=
            mover.map { "; first moved \($0.text)" } ?? "; nothing that was logged moved before"
        return .findings([
            DoctorFinding(
                pathology: "loss_spikes", severity: severity, place: mover?.tag, step: worst.step,
                evidence: evidence,
                confidence: mover == nil ? .low : (mover?.deviations ?? 0) > 10 ? .high : .medium,
                source: "2501.00656",
                confirmation: mover == nil
                    ? "gradient norm and largest attention logit, logged at every step"
                    : "the run from the checkpoint before, with the batch left out: the same leap "
                        + "without it is the model's",
                change: severity == .note ? nil : mover?.change ?? FirstMover.general)
        ])
    }
}

/// A leap of the loss.
private struct LossSpike {
    let step: Int
    /// The place of its first record.
    let index: Int
    let before: Double
    let top: Double
    let deviation: Double
    let recovers: Bool

    private static let window = 200
    private static let warmup = 20
    /// Records within which a loss comes back, if it does.
    private static let patience = 40

    var badness: Double {
        recovers ? (top.isFinite ? (top - before) / max(deviation, 1e-12) : .infinity) : .infinity
    }

    var text: String {
        let leap =
            top.isFinite
            ? "loss \(DoctorText.number(before)) to \(DoctorText.number(top))"
            : "loss \(DoctorText.number(before)), then nan or infinite"
        return leap + (recovers ? ", and back" : ", and does not come back")
    }

    static func all(in points: [LoggedRun.Point]) -> [LossSpike] {
        var spikes: [LossSpike] = []
        var before: [Double] = []
        var index = 0
        while index < points.count {
            let value = points[index].value
            if before.count >= warmup, let mean = Descriptive.mean(of: before),
                let deviation = Descriptive.standardDeviation(of: before),
                !value.isFinite || value - mean >= 7 * max(deviation, 1e-9 * mean.magnitude)
            {
                let after = points[index...].prefix(patience)
                let back = after.firstIndex {
                    $0.value.isFinite && $0.value <= mean + 3 * deviation
                }
                let end = back ?? after.endIndex
                let values = points[index..<end].map(\.value)
                spikes.append(
                    LossSpike(
                        step: points[index].step, index: index, before: mean,
                        top: values.contains { !$0.isFinite } ? .infinity : values.max() ?? value,
                        deviation: deviation, recovers: back != nil))
                // A loss that stays up is what later ones are compared with.
                index = end
                if back == nil { before = [] }
                continue
            }
            if value.isFinite {
                before.append(value)
                if before.count > window { before.removeFirst() }
            }
            index += 1
        }
        return spikes
    }
}

/// The metric that left its usual range first in the records before a spike.
private struct FirstMover {
    let tag: String
    let step: Int
    let deviations: Double

    static let general =
        "a lower learning rate or longer warm-up; lower beta2; leave out the batch if the leap is its"
    private static let lookback = 20
    private static let far = 5.0

    init?(before spike: LossSpike, in run: LoggedRun) {
        var first: (tag: String, step: Int, deviations: Double)?
        for (tag, points) in run.series where tag != "train/loss" && tag != "optim/lr" {
            guard let end = points.firstIndex(where: { $0.step >= spike.step }), end > 0 else {
                continue
            }
            let start = max(0, end - Self.lookback)
            let usual = points[max(0, start - 100)..<start].map(\.value).filter(\.isFinite)
            guard usual.count >= 20, let mean = Descriptive.mean(of: usual),
                let deviation = Descriptive.standardDeviation(of: usual)
            else { continue }
            let size = max(deviation, 1e-6 * mean.magnitude)
            let moved = points[start..<end].first {
                !$0.value.isFinite || ($0.value - mean).magnitude >= Self.far * size
            }
            guard let moved else { continue }
            let distance = moved.value.isFinite ? (moved.value - mean).magnitude / size : .infinity
            if first.map({ (moved.step, -distance) < ($0.step, -$0.deviations) }) ?? true {
                first = (tag, moved.step, distance)
            }
        }
        guard let first, size(first.deviations) else { return nil }
        (tag, step, deviations) = first
        func size(_ value: Double) -> Bool { !value.isNaN }
    }

    var text: String {
        "\(tag) at step \(step) (\(DoctorText.number(deviations)) standard deviations)"
    }

    var change: String {
        if tag.hasPrefix("attn/") { return "qk-norm, or QK-clip at 100" }
        if tag.hasPrefix("out/") { return "z-loss with factor 1e-4" }
        if tag.contains("grad") {
            return "clip the gradient norm closer to its usual size, or lower beta2"
        }
        return Self.general
    }
}
