import Import
import Statistics

/// A leap of the loss.
struct LossSpike {
    let step: Int
    /// The place of its first record.
    let index: Int
    let before: Double
    let top: Double
    let deviation: Double
    let recovers: Bool
    /// The records from the first to that at which the loss is back.
    let count: Int
    /// The first step at which it is back; that of the last record where it is not.
    let end: Int

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
            : "loss \(DoctorText.number(before)), then NaN or infinite"
        return leap + (recovers ? ", and recovers" : ", and does not recover")
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
                        deviation: deviation, recovers: back != nil, count: end - index,
                        end: points[min(end, points.count - 1)].step))
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
