import ForecastStudies
import Foundation
import RunTables
import Runs
import Statistics
import Sweeps
import Telemetry
public import Training

/// A number that runs logged.
///
/// ```yaml
/// of: {metric: out/logz, read: late}
/// of: {metric: [attn/0/head/*/query_norm, attn/0/head/*/key_norm], read: late}   # their product
/// ```
///
/// A tag with `*`, which stands for any letters but `/`, stands for all tags that fit: the geometric mean
/// over them, and of exponents the mean. Magnitudes are read.
public struct RecordedMeasure: RunMeasure {
    public static let name = "metric"

    /// How a series becomes a number.
    public enum Reading: String, Sendable, Hashable, CaseIterable {
        /// The mean over the last 0.5% of the steps, and at least 10.
        case late
        /// The largest of all steps, of a run that became NaN or infinite too.
        case largest
        /// The mean over the last twentieth of the steps over that over the middle tenth.
        case rise
        /// The slope of its logarithm over that of the step, from a tenth of the steps on.
        case growth
    }

    /// The tags, whose numbers are multiplied.
    public let tags: [String]
    /// How series are read.
    public let reading: Reading

    public init(_ reader: FindingReader) throws(ConfigurationError) {
        guard reader.has("metric") else {
            throw reader.refusal("of", "metric takes a tag, as {metric: out/logz, read: late}")
        }
        try reader.requireKeys(["metric", "read"])
        tags = try reader.words("metric")
        reading = try reader.choice("read", .late)
        if reading == .growth, tags.count > 1 {
            throw reader.refusal("metric", "growth is of a single tag")
        }
    }

    public var words: String {
        let name = tags.joined(separator: " x ")
        return switch reading {
        case .late: "late \(name)"
        case .largest: "largest \(name)"
        case .rise: "\(name), end over middle"
        case .growth: "exponent of \(name) over the steps"
        }
    }

    public var unit: String { "" }

    public func value(_ run: FindingRun) throws(FindingGap) -> Double {
        var product = 1.0
        for tag in tags {
            let pattern = TagPattern(tag)
            let metrics = run.series.all.keys.filter { pattern.matches($0.tag) }
                .sorted { $0.tag < $1.tag }
            guard !metrics.isEmpty else {
                throw FindingGap("\(tag) was not recorded (\(run.name))")
            }
            var values: [Double] = []
            for metric in metrics { values.append(try read(run, metric)) }
            if reading == .growth { return Descriptive.mean(of: values) ?? .nan }
            if values.count == 1 {
                product *= values[0]
                continue
            }
            guard let mean = Descriptive.mean(of: values.map { log($0) }), mean.isFinite else {
                throw FindingGap("\(tag) is not above zero everywhere (\(run.name))")
            }
            product *= exp(mean)
        }
        return product
    }

    private func read(_ run: FindingRun, _ metric: Metric) throws(FindingGap) -> Double {
        let tag = metric.tag
        let points = (run.series[metric] ?? []).filter(\.value.isFinite)
        let steps = Double(run.steps)
        func mean(_ first: Double, _ last: Double) -> Double? {
            Descriptive.mean(
                of: points.filter { Double($0.step) >= first && Double($0.step) <= last }
                    .map(\.value.magnitude))
        }
        if reading == .largest, let largest = points.map(\.value.magnitude).max() {
            return largest
        }
        guard run.loss != nil, points.last?.step == run.steps else {
            throw FindingGap("\(tag) has no late number: the run ended early (\(run.name))")
        }
        let value: Double? =
            switch reading {
            case .late: mean(Double(ForecastReading.late.step(of: run.steps)), steps)
            case .largest: nil
            case .rise:
                mean(0.95 * steps, steps).flatMap { late in
                    mean(0.45 * steps, 0.55 * steps).map { late / $0 }
                }
            case .growth:
                LogLogSlope.of(
                    points.filter { Double($0.step) >= 0.1 * steps }.map { Double($0.step) },
                    points.filter { Double($0.step) >= 0.1 * steps }.map(\.value.magnitude))
            }
        guard let value, value.isFinite else {
            throw FindingGap("\(tag) was recorded too seldom to be read (\(run.name))")
        }
        return value
    }
}
