import Foundation
public import Import
public import OrderedCollections
import RunTables
public import Runs
import Statistics
import Telemetry

/// A run that another tool trained: what its log and the files beside it say, and where each is from.
public struct ImportedRun: Sendable {
    /// A setting and where it was found.
    public struct Setting: Sendable, Hashable {
        /// The value.
        public var value: SettingValue
        /// The name that it has there.
        public var name: String
        /// `log`, `name of the run`, or `largest logged learning rate`.
        public var source: String
    }

    /// The name of its folder.
    public internal(set) var name: String
    /// What was read.
    public let log: LoggedRun
    /// What is understood, by our key paths.
    public internal(set) var settings: OrderedDictionary<String, Setting> = [:]
    /// What else is said of it, by its own names.
    public private(set) var others: OrderedDictionary<String, SettingValue> = [:]
    /// What is said twice and differently, and so not taken.
    public private(set) var conflicts: [String] = []

    /// Sorts what a log says by the table of aliases.
    ///
    /// - Parameters:
    ///   - log: The run.
    ///   - columns: Our key paths with the names that a person says mean them, which win.
    init(_ log: LoggedRun, columns: [(key: String, name: String)]) {
        self.log = log
        name = String(log.name.map { "/\\ ".contains($0) ? "_" : $0 }.prefix(150))
        var found: [(name: String, value: SettingValue, source: String)] = []
        for (name, value) in log.settings { found.append((name, .number(value), "log")) }
        for (name, text) in log.words { found.append((name, Self.value(of: text), "log")) }
        for (name, text) in SettingNames.settings(in: log.name) {
            found.append((name, Self.value(of: text), "name of the run"))
        }
        for entry in found {
            if let column = columns.first(where: { $0.name == entry.name }) {
                settings[column.key] = Setting(
                    value: entry.value, name: entry.name, source: entry.source)
            }
        }
        let named = Set(columns.map(\.key))
        for entry in found where !columns.contains(where: { $0.name == entry.name }) {
            guard let key = SettingNames.keyPath(of: entry.name), !named.contains(key),
                entry.value.number != nil
            else {
                others[entry.name] = others[entry.name] ?? entry.value
                continue
            }
            if let other = settings[key], other.value != entry.value {
                conflicts.append(
                    "\(key) is \(other.value.text) by \(other.name) (\(other.source)) and "
                        + "\(entry.value.text) by \(entry.name) (\(entry.source))")
                continue
            }
            settings[key] =
                settings[key]
                ?? Setting(value: entry.value, name: entry.name, source: entry.source)
        }
        for conflict in conflicts { settings[String(conflict.prefix { $0 != " " })] = nil }
        let rate = RunTable.Axis.learningRate.key
        let logged = points(.learningRate).map(\.value).filter { $0.isFinite && $0 > 0 }
        if settings[rate] == nil, !conflicts.contains(where: { $0.hasPrefix(rate) }),
            let peak = logged.max()
        {
            settings[rate] = Setting(
                value: .number(peak), name: Metric.learningRate.tag,
                source: "largest logged learning rate")
        }
    }

    private static func value(of text: String) -> SettingValue {
        switch text {
        case "true", "True": .flag(true)
        case "false", "False": .flag(false)
        default: Double(text).map(SettingValue.number) ?? .text(text)
        }
    }

    /// What was logged of a metric.
    func points(_ metric: Metric) -> [LoggedRun.Point] { log.series[metric.tag] ?? [] }

    /// A whole number of the settings.
    private func whole(_ key: String) -> Int? {
        settings[key]?.value.number.flatMap { Int(exactly: $0) }
    }

    /// What the run came to by a loss.
    ///
    /// - Parameters:
    ///   - loss: The loss that all runs have.
    ///   - initialLoss: The loss before the first step, where no log says it.
    /// - Returns: Nil where its log ends before the steps that were asked for, or has no such loss.
    func result(by loss: Metric, initialLoss: Double?) -> RunResult? {
        let points = points(loss)
        guard let last = points.last else { return nil }
        let isDiverged = [loss, .trainLoss].contains { metric in
            self.points(metric).last.map { !$0.value.isFinite } ?? false
        }
        let asked = whole("steps")
        // A table with a row a run counts no steps.
        let done = max(log.lastStep ?? 0, 0)
        if let asked, done > 0, !isDiverged, Double(done) < 0.98 * Double(asked) { return nil }
        let steps = asked ?? done
        return RunResult(
            width: whole("model.width"), depth: whole("model.depth"), heads: nil,
            parameters: whole("parameters"), totalParameters: nil, qkNorm: nil,
            learningRate: settings[RunTable.Axis.learningRate.key]?.value.number,
            seed: seed("seed"), dataSeed: seed("data.data-seed"), steps: steps,
            stepsDone: done > 0 ? done : steps,
            initialLoss: first(loss) ?? first(.trainLoss) ?? initialLoss,
            finalLoss: isDiverged ? nil : Self.end(points, last, isMean: loss == .trainLoss),
            maxAttentionLogit: largestLogit, diverged: isDiverged,
            divergedStep: isDiverged ? last.step : nil,
            divergedTensor: isDiverged ? loss.tag : nil, tokensPerSecond: nil)
    }

    private func seed(_ key: String) -> UInt64? {
        settings[key]?.value.number.flatMap { UInt64(exactly: $0) }
    }

    /// What was logged before or right after the first step of several.
    private func first(_ metric: Metric) -> Double? {
        let points = points(metric)
        guard points.count > 1, let first = points.first, first.step <= 1, first.value.isFinite
        else { return nil }
        return first.value
    }

    /// The last loss, or, of a loss of batches, the mean of the last hundredth of them and at least ten.
    private static func end(
        _ points: [LoggedRun.Point], _ last: LoggedRun.Point, isMean: Bool
    ) -> Double? {
        guard isMean else { return last.value }
        let late = points.suffix(max(points.count / 100, 10)).map(\.value).filter(\.isFinite)
        return Descriptive.mean(of: late)
    }

    private var largestLogit: Double? {
        log.series.filter { MetricFamily.maxAttentionLogits.contains(Metric(tag: $0.key)) }
            .values.joined().map(\.value).filter(\.isFinite).max()
    }
}
