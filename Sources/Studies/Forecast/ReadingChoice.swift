import Foundation
import Reports
import RunTables
import Statistics
import Sweeps
import Tensors
import Training

/// When a signal is read: by the scaled protocol, unless another step predicts much better.
///
/// Each candidate is judged on the second-largest size, held out and forecast from the smaller ones:
/// the largest has no part in it, so that its own held-out forecast stays one. Errors are squared
/// distances of logarithms over those of a constant, summed over learning rates: a signal that does
/// not grow yet is easy to predict and says nothing.
///
/// A reading that learning rates do not change yet, as that of a first step, says nothing of any of them and
/// is left out; where all are, ``silence`` says so, and nothing is forecast.
struct ReadingChoice {
    /// The reading.
    let reading: ForecastReading
    /// Why it is not the scaled protocol's; nil when it is.
    let reason: String?
    /// Why no reading says anything; nil where one does.
    let silence: String?

    /// The share of the scaled protocol's error that another reading may have at most.
    private static let least = 0.5
    /// Below this change of the logarithm a signal carries no information.
    private static let change = 0.1

    init(_ signal: any ForecastSignal, _ lines: [ForecastStudy.Line]) {
        let scaled = signal.readings[0]
        func error(_ reading: ForecastReading) -> Double? {
            var (own, constant, count) = (0.0, 0.0, 0)
            for line in lines {
                let sizes = Array(
                    line.measured(signal, reading).filter { !$0.values.isEmpty }.dropLast())
                guard let held = sizes.last,
                    let forecast = GrowthForecast(
                        Array(sizes.dropLast()), at: held.extent, draws: 1,
                        key: RandomKey(seed: 0)),
                    let truth = Descriptive.mean(of: held.values.map { log($0) }),
                    let level = Descriptive.mean(
                        of: sizes.dropLast().map { size in
                            size.values.reduce(0) { $0 + log($1) } / Double(size.values.count)
                        })
                else { continue }
                own += pow(log(forecast.value) - truth, 2)
                constant += pow(level - truth, 2)
                count += 1
            }
            guard count > 0, constant > Double(count) * Self.change * Self.change else {
                return nil
            }
            return own / constant
        }
        let readings = signal.readings
        let steps = lines.first?.sizes.last?.runs.first?.steps ?? 1
        let moving =
            readings.count > 1
            ? readings.filter { ReadingResponse(signal, $0, lines).isSeen } : readings
        let earliest = moving.min { $0.step(of: steps) < $1.step(of: steps) }
        guard let earliest else {
            reading = scaled
            reason = nil
            let own = ReadingResponse(signal, readings[readings.count - 1], lines)
            silence =
                own.isRecorded
                ? "cannot say: learning rates do not change it at any step that may be read, up to "
                    + "\(steps) of \(steps); train longer, or over a wider range of learning rates"
                : nil
            return
        }
        silence = nil
        let start = moving.contains(scaled) ? scaled : earliest
        var best: (reading: ForecastReading, error: Double)?
        for reading in moving where reading != start {
            guard let error = error(reading), error < best?.error ?? .infinity else { continue }
            best = (reading, error)
        }
        let early =
            start == scaled
            ? nil
            : "at step \(scaled.step(of: steps)) of \(steps), that of the scaled protocol, it is the "
                + "same at every learning rate"
        let startError = readings.count > 1 ? error(start) : 0
        guard let best, best.error < Self.least * (startError ?? 1) else {
            reading = start
            reason = early
            return
        }
        reading = best.reading
        func percent(_ share: Double) -> String { String(format: "%.0f%%", 100 * share) }
        let other =
            start == scaled ? "by the scaled protocol" : "at the first step where they differ"
        let before =
            startError.map { "\(percent($0)) \(other)" } ?? "no growth to predict \(other)"
        reason =
            (early.map { $0 + "; " } ?? "")
            + "read there it predicts the second-largest size with \(percent(best.error)) of a "
            + "constant's squared error, \(before)"
    }
}

/// What the learning rate changes about a signal at a reading.
struct ReadingResponse {
    /// The change of its logarithm from the lowest learning rate to the highest, or from the first record
    /// where one learning rate ran; a number for each seed of each size.
    let changes: [Double]
    /// Whether any run has a value at the reading.
    let isRecorded: Bool

    /// Below this change of the logarithm nothing is seen.
    private static let least = 0.05
    /// Standard errors that a change must exceed.
    private static let errors = 3.0

    init(
        _ signal: any ForecastSignal, _ reading: ForecastReading, _ lines: [ForecastStudy.Line]
    ) {
        struct Place: Hashable {
            var intervention: String
            var parameters: Double
            var replicate: Replicate
        }
        var values: [Place: [(rate: Double, value: Double, first: Double?)]] = [:]
        for line in lines {
            for size in line.sizes {
                for run in size.runs {
                    guard let value = signal.value(run, reading) else { continue }
                    let place = Place(
                        intervention: line.intervention, parameters: size.parameters,
                        replicate: run.replicate)
                    values[place, default: []].append(
                        (line.learningRate, value, signal.firstValue(run)))
                }
            }
        }
        isRecorded = !values.isEmpty
        let changes = values.values.compactMap { runs -> Double? in
            guard let low = runs.min(by: { $0.rate < $1.rate }),
                let high = runs.max(by: { $0.rate < $1.rate })
            else { return nil }
            guard low.rate == high.rate else { return log(high.value / low.value) }
            return low.first.map { log(low.value / $0) }
        }
        // Sums of equal numbers in one order.
        self.changes = changes.sorted()
    }

    /// Whether the learning rate changes it, by more than three standard errors.
    var isSeen: Bool {
        guard let mean = Descriptive.mean(of: changes), mean.magnitude >= Self.least else {
            return false
        }
        guard changes.count > 1, let spread = Descriptive.standardDeviation(of: changes) else {
            return true
        }
        return mean.magnitude > Self.errors * spread / Double(changes.count).squareRoot()
    }
}
