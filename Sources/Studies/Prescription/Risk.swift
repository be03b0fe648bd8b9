public import ForecastStudies
import Foundation
import Reports
import TransferStudies

/// How sure a warning is, the surest first.
public enum Certainty: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
    /// A proxy did it.
    case measured
    /// The whole interval at the target lies beyond the line, within the extrapolation that held-out sizes
    /// validate.
    case validated
    /// The interval at the target crosses the line, within it.
    case withinInterval = "within_interval"
    /// The law, if it went on, would pass the line before the target: a direction, not validated.
    case extrapolated
    /// Published for larger models; these runs show nothing of it.
    case literature

    /// Whether one is surer than another.
    public static func < (a: Certainty, b: Certainty) -> Bool { a.rank < b.rank }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// An instability that proxies showed, or that is forecast for the target.
public struct Risk: Sendable, Hashable {
    /// The name of a `ForecastSignal`, or one of ``FailureMode``.
    public var failureMode: String
    /// The peak learning rate at which it stands.
    public var learningRate: Double
    /// How sure it is.
    public var certainty: Certainty
    /// How much crossing the line means.
    public var level: ForecastThreshold.Level
    /// What happens, in a clause.
    public var text: String

    /// Whether this is as bad as another, or worse.
    func isAsSevere(as other: Risk) -> Bool { level == .alarm || other.level != .alarm }

    /// The order of warnings: the surest first, alarms before lesser lines.
    static func precedes(_ a: Risk, _ b: Risk) -> Bool {
        if a.certainty != b.certainty { return a.certainty < b.certainty }
        return a.level == .alarm && b.level != .alarm
    }
}

extension ForecastResult {
    /// What threatens at a learning rate: for each signal the surest line that is or will be crossed.
    ///
    /// Ends of number formats that the run does not compute in are left out, and lines a million times
    /// away from what was measured.
    ///
    /// - Parameter learningRate: One of the lines'.
    /// - Returns: The risks, in the order of the signals.
    func risks(at learningRate: Double) -> [Risk] {
        signals.compactMap { signal in
            guard let line = signal.lines.first(where: { $0.learningRate == learningRate }) else {
                return nil
            }
            let risks = signal.thresholds.filter { $0.level != .format }.compactMap {
                risk(signal.name, line, $0)
            }
            return risks.min(by: Risk.precedes)
        }
    }

    private func risk(_ name: String, _ line: Line, _ threshold: ForecastThreshold) -> Risk? {
        let known = line.points.filter { !$0.values.isEmpty }
        guard let largest = known.last,
            largest.values.contains(where: {
                log($0 / threshold.value).magnitude < log(ForecastStudy.far)
            })
        else { return nil }
        func number(_ value: Double) -> String { PrescriptionWords.number(value) }
        let side = threshold.isCeiling ? "above" : "below"
        let place = "\(side) \(number(threshold.value)) (\(threshold.name))"
        func make(_ certainty: Certainty, _ text: String) -> Risk {
            Risk(
                failureMode: name, learningRate: line.learningRate, certainty: certainty,
                level: threshold.level, text: "\(name) \(text)")
        }
        for point in known {
            let worst = threshold.isCeiling ? point.values.max() : point.values.min()
            if let worst, threshold.isCrossed(by: worst) {
                return make(.measured, "\(place): \(number(worst)) at width \(point.width)")
            }
        }
        if line.isValidated, let value = line.value, let low = line.low, let high = line.high {
            guard let crossing = line.crossings.first(where: { $0.threshold == threshold.name })
            else { return nil }
            let forecast = "forecast \(number(value)) (\(number(low)) to \(number(high)))"
            return crossing.isCertain
                ? make(.validated, "\(place) at the target: \(forecast)")
                : make(.withinInterval, "perhaps \(place) at the target: \(forecast)")
        }
        let towards = threshold.isCeiling ? "rises" : "falls"
        guard line.direction == towards,
            line.curve.contains(where: { threshold.isCrossed(by: $0.value) })
        else { return nil }
        return make(
            .extrapolated,
            "\(towards) with size towards \(number(threshold.value)) (\(threshold.name)), which the fit "
                + "would pass before the target; direction only, not validated")
    }
}
