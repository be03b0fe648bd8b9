import Foundation
import Optimizers
import RunTables
import Runs
import Telemetry
import Training

/// A warm-up too short for the larger sizes: the loss jumps while the learning rate rises.
///
/// The signal is how far the training loss rises above an earlier value within the first fifth of the
/// run. Counts how much larger that is at the largest size than at the smallest, in nats.
///
/// Source: arXiv 2309.14322, section 3.2.2.
public struct ShortWarmup: Cause {
    public let name = "short-warmup"

    public init() {}

    public func finding(in evidence: TransferEvidence) -> CauseFinding {
        let rises = evidence.measure { cell -> Double? in
            let end = max((cell.steps ?? 0) / 5, 1)
            let early = cell.series(.trainLoss).filter { $0.step <= end }.map(\.value)
            guard early.count >= 2 else { return nil }
            var (lowest, rise) = (Double.infinity, 0.0)
            for value in early where value.isFinite {
                lowest = min(lowest, value)
                rise = max(rise, value - lowest)
            }
            return rise
        }
        guard rises.count >= 2, let first = rises.first, let last = rises.last,
            let configuration = evidence.configuration(at: last.extent)
        else { return CauseFinding(self, notRecorded: "too few early losses were recorded") }
        let steps = Int((configuration.schedule.warmup * Double(configuration.steps)).rounded())
        return CauseFinding(
            self, last.value - first.value,
            "after \(steps) steps of warm-up the largest early rise of the training loss goes from "
                + "\(evidence.range(rises)) nats",
            remedy: "a longer warm-up (schedule.warmup)")
    }
}
