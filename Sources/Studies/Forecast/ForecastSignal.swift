public import RunTables
import Runs
import Statistics
public import Telemetry
public import Training

/// A number of a run whose growth with size announces an instability.
///
/// To add one: a file in `Signals` and a line in ``ForecastCatalog``.
public protocol ForecastSignal: Sendable {
    /// What it is called, in kebab case.
    var name: String { get }
    /// What it measures and where that is published, in a sentence without its full stop.
    var meaning: String { get }
    /// When it may be read, the published protocol scaled to the run first.
    var readings: [ForecastReading] { get }
    /// What a run's value is compared with.
    ///
    /// - Parameter configuration: Of the largest size; nil where that is not known.
    /// - Returns: Lines, none of those that need what is not known.
    func thresholds(_ configuration: RunConfiguration?) -> [ForecastThreshold]
    /// The series that it is read from; several are brought to their largest value.
    func metrics(in row: RunRow) -> [Metric]
}

extension ForecastSignal {
    public var readings: [ForecastReading] { [.late] }

    /// A run's value above zero; nil where it was not recorded or became NaN or infinite.
    func value(_ row: RunRow, _ reading: ForecastReading) -> Double? {
        let values = metrics(in: row).compactMap { metric in
            reading.value(row.series[metric] ?? [], steps: row.steps ?? 0)
        }
        guard let value = values.max(), value.isFinite, value > 0 else { return nil }
        return value
    }
}

extension ForecastSignal {
    /// A run's first recorded value above zero; nil where there is none.
    func firstValue(_ row: RunRow) -> Double? {
        let values = metrics(in: row).compactMap { metric in
            row.series[metric]?.first?.value.magnitude
        }
        guard let value = values.max(), value.isFinite, value > 0 else { return nil }
        return value
    }
}

/// Every signal that is forecast.
public enum ForecastCatalog {
    /// The signals, in the order of the output.
    public static let all: [any ForecastSignal] = [
        AttentionLogitSignal(), GradientSignal(), OutputScaleSignal(), OutputDriftSignal(),
        WeightNormSignal(), ActivationNormSignal(),
    ]
}

/// When in a run a signal is read.
public enum ForecastReading: Sendable, Hashable {
    /// The record nearest to a fraction of the steps.
    case at(Double)
    /// The mean over the last 0.5% of the steps, and at least 10.
    case late

    /// The step of a fraction, or the first of the late ones.
    public func step(of steps: Int) -> Int {
        switch self {
        case .at(let fraction): max(Int((fraction * Double(steps)).rounded()), 1)
        case .late: max(steps - max(steps / 200, 10) + 1, 1)
        }
    }

    /// The magnitude of what was recorded then; nil where a run ended before.
    func value(_ points: Series, steps: Int) -> Double? {
        let step = step(of: steps)
        switch self {
        case .at:
            guard let last = points.last, last.step >= step else { return nil }
            return points.min { ($0.step - step).magnitude < ($1.step - step).magnitude }?
                .value.magnitude
        case .late:
            let values = points.filter { $0.step >= step }.map(\.value.magnitude)
            guard points.last?.step == steps else { return nil }
            return Descriptive.mean(of: values)
        }
    }

    /// The reading in words.
    public func text(of steps: Int) -> String {
        switch self {
        case .at(let fraction):
            let percent = (fraction * 1000).rounded() / 10
            return "step \(step(of: steps)) of \(steps), \(percent)% of the steps"
        case .late:
            return
                "mean over the steps \(step(of: steps)) to \(steps), the last 0.5% but at least 10"
        }
    }
}

/// A line that a signal may cross.
public struct ForecastThreshold: Sendable, Hashable, Codable {
    /// How much it means.
    public enum Level: String, Sendable, Hashable, Codable {
        /// Runs beyond it fail.
        case alarm
        /// Runs beyond it suffer.
        case warning
        /// The end of a number format, for whoever would use it.
        case format
    }

    /// Its name.
    public var name: String
    /// Its value, in the signal's unit.
    public var value: Double
    /// How much it means.
    public var level: Level
    /// Whether it is bad to lie above; else below.
    public var isCeiling: Bool

    public init(_ name: String, _ value: Double, _ level: Level, isCeiling: Bool) {
        self.name = name
        self.value = value
        self.level = level
        self.isCeiling = isCeiling
    }

    /// Whether a value lies on the bad side.
    public func isCrossed(by value: Double) -> Bool {
        isCeiling ? value > self.value : value < self.value
    }

    /// The verdict of an interval.
    func verdict(_ interval: ClosedRange<Double>) -> Verdict {
        let crossed = [interval.lowerBound, interval.upperBound].map(isCrossed)
        return crossed == [true, true] ? .fail : crossed == [false, false] ? .pass : .inconclusive
    }
}
