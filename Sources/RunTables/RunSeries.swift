import Formats
import OrderedCollections
import Runs
import Synchronization
public import Telemetry

/// What a run logged, by metric: given, or read from its event files when it is asked for.
public struct RunSeries: Sendable, ExpressibleByDictionaryLiteral {
    /// Points that are kept of what was read, for all runs of a table together.
    public static let keptPoints = 8_000_000

    private enum Source: Sendable {
        case given([Metric: Series])
        case folder(String, SeriesStore)
    }
    private let source: Source

    /// Series that are there.
    public init(_ series: [Metric: Series]) { source = .given(series) }

    /// Series by the tags of event files.
    public init(tags: [String: [Series.Point]]) { self.init([Metric: Series](tags: tags)) }

    /// Series that are there.
    public init(dictionaryLiteral elements: (Metric, Series)...) {
        self.init(Dictionary(uniqueKeysWithValues: elements))
    }

    /// What stands in a folder.
    package init(folder: String, _ store: SeriesStore) { source = .folder(folder, store) }

    /// All series; none where they cannot be read, which ``RunTable/requireReadable()`` says.
    public var all: [Metric: Series] {
        switch source {
        case .given(let series): series
        case .folder(let path, let store): store.log(of: path).series
        }
    }

    /// A series.
    public subscript(metric: Metric) -> Series? { all[metric] }

    /// The series of a family, in the order of their tags.
    public subscript(family: MetricFamily) -> [(metric: Metric, series: Series)] { all[family] }

    /// The last step of any series.
    public var lastStep: Int? { all.values.compactMap(\.last?.step).max() }

    /// When processes trained the run, in seconds since 1970.
    var sessions: [ClosedRange<Double>] {
        switch source {
        case .given: []
        case .folder(let path, let store): store.sessions(of: path)
        }
    }

    /// Why they could not be read; nil where they could, or have not been asked for.
    var failure: FormatError? {
        switch source {
        case .given: nil
        case .folder(let path, let store): store.failure(of: path)
        }
    }

    /// The length of the union of intervals.
    static func covered(by intervals: [ClosedRange<Double>]) -> Double {
        var total = 0.0
        var end = -Double.infinity
        for interval in intervals.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            total += max(0, interval.upperBound - max(interval.lowerBound, end))
            end = max(end, interval.upperBound)
        }
        return total
    }
}

/// What was read last of the event files of a table.
package final class SeriesStore: Sendable {
    /// What a run logged.
    struct Log {
        var series: [Metric: Series] = [:]
        var points = 0
    }

    private struct Contents {
        var logs: [String: Log] = [:]
        /// Those of `logs`, the longest unused first.
        var order: [String] = []
        var points = 0
        var sessions: [String: [ClosedRange<Double>]] = [:]
        var failures: [String: FormatError] = [:]
    }
    private let contents = Mutex(Contents())
    private let limit: Int

    /// Keeps no more than so many points, and the run that was asked for last.
    package init(limit: Int = RunSeries.keptPoints) { self.limit = limit }

    /// Points that are kept now.
    package var points: Int { contents.withLock { $0.points } }

    func failure(of path: String) -> FormatError? { contents.withLock { $0.failures[path] } }

    func sessions(of path: String) -> [ClosedRange<Double>] {
        if let known = contents.withLock({ $0.sessions[path] }) { return known }
        _ = log(of: path)
        return contents.withLock { $0.sessions[path] } ?? []
    }

    /// What a run logged.
    func log(of path: String) -> Log {
        contents.withLock { contents in
            if let known = contents.logs[path] {
                if contents.order.last != path {
                    contents.order.removeAll { $0 == path }
                    contents.order.append(path)
                }
                return known
            }
            let log = Self.read(path, &contents)
            contents.logs[path] = log
            contents.order.append(path)
            contents.points += log.points
            while contents.points > limit, contents.order.count > 1 {
                let oldest = contents.order.removeFirst()
                contents.points -= contents.logs.removeValue(forKey: oldest)?.points ?? 0
            }
            return log
        }
    }

    private static func read(_ path: String, _ contents: inout Contents) -> Log {
        var log = Log()
        do throws(FormatError) {
            let events = try EventLog.read(folder: path)
            log.series = events.metrics
            log.points = log.series.values.reduce(0) { $0 + $1.count }
            // What is no file at all is as one that the file system refuses.
            for case let damage? in events.files.map(\.damage) {
                if case .unsupported = damage { contents.failures[path] = damage }
            }
            contents.sessions[path] = events.files.compactMap { file in
                guard let first = file.firstWallTime, let last = file.lastWallTime, first <= last
                else { return nil }
                return first...last
            }
        } catch {
            contents.failures[path] = error
        }
        return log
    }
}

extension EventLog {
    /// The series by metric.
    package var metrics: [Metric: Series] {
        series.reduce(into: [:]) { all, entry in
            all[Metric(tag: entry.key)] = Series(
                entry.value.map { .init(step: $0.step, value: Double($0.value)) })
        }
    }
}
