import Foundation
import Runs
import Statistics
import Tensors

/// When a signal is read: by the scaled protocol, unless another step foretells much better.
///
/// Each candidate is judged on the second-largest size, held out and forecast from the smaller ones:
/// the largest has no part in it, so that its own held-out forecast stays one. Errors are squared
/// distances of logarithms over those of a constant, summed over learning rates: a signal that does
/// not grow yet is easy to foretell and says nothing.
struct ReadingChoice {
    /// The reading.
    let reading: ForecastReading
    /// Why it is not the scaled protocol's; nil when it is.
    let reason: String?

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
        var best: (reading: ForecastReading, error: Double)?
        for reading in signal.readings.dropFirst() {
            guard let error = error(reading), error < best?.error ?? .infinity else { continue }
            best = (reading, error)
        }
        let scaledError = signal.readings.count > 1 ? error(scaled) : 0
        guard let best, best.error < Self.least * (scaledError ?? 1) else {
            reading = scaled
            reason = nil
            return
        }
        reading = best.reading
        func percent(_ share: Double) -> String { String(format: "%.0f%%", 100 * share) }
        let before =
            scaledError.map { "\(percent($0)) by the scaled protocol" }
            ?? "no growth to foretell by the scaled protocol"
        reason =
            "read there it foretells the second-largest size with \(percent(best.error)) of a "
            + "constant's squared error, \(before)"
    }
}
