import Formats
import Foundation
import Modules
import Telemetry

/// Writes what a run measures to its event file, at the configured cadence.
final class RunRecorder {
    private let events: EventFileWriter
    private let configuration: RunConfiguration
    private var lastRecord: (step: Int, time: ContinuousClock.Instant)?
    private var speeds: [Double] = []

    init(_ events: EventFileWriter, _ configuration: RunConfiguration) {
        self.events = events
        self.configuration = configuration
    }

    /// Records numbers of a step, at once.
    func record(step: Int, _ values: [(Metric, Double)]) throws {
        try events.append(
            step: step, wallTime: Date().timeIntervalSince1970,
            scalars: values.map { ($0.0.tag, Float($0.1)) })
        try events.flush()
    }

    /// Records a step if it is due.
    ///
    /// - Returns: Whether it was.
    func record(_ report: Trainer.StepReport, evenOffCadence: Bool) throws -> Bool {
        let every = configuration.telemetry.every
        let isDue =
            evenOffCadence || report.step == 1 || report.step % every == 0
            || report.step == configuration.steps
        guard isDue else { return false }
        var scalars = report.values.map { (tag: $0.key, value: Float($0.value)) }
        scalars.append((Metric.learningRate.tag, Float(report.learningRate)))
        let now = ContinuousClock.now
        if let last = lastRecord {
            let seconds = (now - last.time) / .seconds(1)
            let tokens =
                (report.step - last.step) * configuration.data.batch
                * configuration.model.context
            speeds.append(Double(tokens) / seconds)
            scalars.append((Metric.tokensPerSecond.tag, Float(Double(tokens) / seconds)))
        }
        lastRecord = (report.step, now)
        try events.append(
            step: report.step, wallTime: Date().timeIntervalSince1970, scalars: scalars)
        try events.flush()
        return true
    }

    /// The median speed between records; 0 with fewer than two of them.
    var medianTokensPerSecond: Double {
        let sorted = speeds.sorted()
        return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
    }
}
