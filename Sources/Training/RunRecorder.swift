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

    /// Records steps that were taken together, those that are due and one that is not finite.
    ///
    /// - Parameters:
    ///   - reports: The steps.
    ///   - begin: When the first of them began; each took an equal part of the time since then.
    ///   - progress: Told of each step that is recorded.
    /// - Throws: ``FormatError`` when the file cannot be written.
    func record(
        _ reports: [Trainer.StepReport], since begin: ContinuousClock.Instant,
        progress: (Trainer.StepReport) -> Void
    ) throws {
        let duration = ContinuousClock.now - begin
        for (index, report) in reports.enumerated() {
            let part = Double(index + 1) / Double(reports.count)
            if try record(report, at: begin + duration * part) { progress(report) }
        }
        try events.flush()
    }

    private func record(
        _ report: Trainer.StepReport, at now: ContinuousClock.Instant
    ) throws -> Bool {
        let every = configuration.telemetry.every
        let spectralEvery = configuration.telemetry.spectralEvery
        let isDue =
            spectralEvery > 0 && report.step % spectralEvery == 0
            || report.firstNonFinite != nil || report.step == 1 || report.step % every == 0
            || report.step == configuration.steps
        guard isDue else { return false }
        var scalars = report.values.map { (tag: $0.key.tag, value: Float($0.value)) }
        scalars.append((Metric.learningRate.tag, Float(report.learningRate)))
        if let last = lastRecord {
            let seconds = (now - last.time) / .seconds(1)
            let tokens =
                (report.step - last.step) * configuration.data.batch
                * configuration.model.context
            if seconds > 0 {
                speeds.append(Double(tokens) / seconds)
                scalars.append((Metric.tokensPerSecond.tag, Float(Double(tokens) / seconds)))
            }
        }
        lastRecord = (report.step, now)
        try events.append(
            step: report.step, wallTime: Date().timeIntervalSince1970, scalars: scalars)
        return true
    }

    /// The median speed between records; 0 with fewer than two of them.
    var medianTokensPerSecond: Double {
        let sorted = speeds.sorted()
        return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
    }
}
