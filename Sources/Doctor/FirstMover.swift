import Import
import OrderedCollections
import Statistics

/// The metric that left its usual range first in the records before a spike.
struct FirstMover {
    let tag: String
    let step: Int
    let deviations: Double

    static let general =
        "a lower learning rate or longer warm-up; lower beta2; leave out the batch if the spike is its own"
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
