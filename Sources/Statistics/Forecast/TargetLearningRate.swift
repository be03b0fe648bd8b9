import Foundation

/// The learning rate to carry to a larger size: one value, and what it follows from.
///
/// Within the extrapolation that held-out sizes validate it is the fit's, with its interval. Beyond, it
/// is that of the parametrisation's rule applied to the optimum of the largest size, and unvalidated. A fit
/// whose interval at the target leaves the rule's rate out, be it of the forecast's law or of the line of the
/// drift, makes it none: ``bounds`` is then what both span.
public struct TargetLearningRate: Sendable, Hashable {
    /// What a value follows from.
    public enum Basis: String, Sendable, Hashable, Codable, CaseIterable {
        /// The fit of the sizes' optima, within the validated extrapolation.
        case fit
        /// The parametrisation's rule applied to the largest size's optimum; unvalidated.
        case rule
        /// Nothing: there is no value.
        case none
    }

    /// Why there is no value.
    public enum Lack: Sendable, Hashable {
        /// The largest size has no optimum.
        case noOptimum(OptimumError?)
        /// The parametrisation has no rule, and the fit is not validated this far.
        case noRule
        /// The fit leaves the rule's rate out.
        case contradiction
    }

    /// Ends of a range; an end that is not known is nil.
    public struct Bounds: Sendable, Hashable {
        /// The lower end.
        public let low: Double?
        /// The upper end.
        public let high: Double?
    }

    /// A fit's value at the target with its interval.
    public struct Fitted: Sendable, Hashable {
        /// The value.
        public let value: Double
        /// Where the optimum of one run at the target lies, if the law goes on.
        public let interval: ClosedRange<Double>

        /// Whether the interval, its ends moved out by a factor, holds a value.
        fileprivate func holds(_ value: Double, within factor: Double) -> Bool {
            value >= interval.lowerBound / factor && value <= interval.upperBound * factor
        }
    }

    /// What the value follows from.
    public let basis: Basis
    /// The learning rate in three digits; nil where the basis is `none`.
    public let value: Double?
    /// Where the optimum of one run at the target lies; nil beyond the validated extrapolation.
    public let interval: ClosedRange<Double>?
    /// Why there is no value; nil where there is one.
    public let lack: Lack?
    /// Where the value lies if the fit or the rule holds; nil where there is a value, or nothing is known.
    public let bounds: Bounds?
    /// The optimum of the largest size; nil where it has none.
    public let largest: Double?
    /// The rule's factor from the largest size to the target; nil without a rule.
    public let factor: Double?
    /// What the fit says of the target, validated or not; nil without a fit.
    public let fitted: Fitted?
    /// The target over the largest size; nil without sizes.
    public let extrapolation: Double?
    /// The largest extrapolation that held-out sizes validate; nil where they validate none.
    public let validated: Double?

    /// The rule's rate at the target; nil without a rule or an optimum of the largest size.
    public var ruled: Double? {
        guard let largest, let factor else { return nil }
        return largest * factor
    }

    /// Decides.
    ///
    /// - Parameters:
    ///   - forecast: The optima of the sizes, and what follows from them.
    ///   - factor: What the parametrisation's rule multiplies the best learning rate of the largest size by
    ///     to have that of the target; nil where it has no rule.
    public init(_ forecast: OptimumForecast, factor: Double?) {
        let place = forecast.places.last
        let largest = place?.optimum?.learningRate
        let ruled = largest.flatMap { largest in factor.map { largest * $0 } }
        let growth = forecast.forecast.map { Fitted(value: $0.value, interval: $0.interval) }
        let line = Self.line(forecast)
        // Which of them leaves the rule's rate out.
        let against = ruled.flatMap { ruled in
            [(growth, 1.0), (line, Self.slack)].first { fit, slack in
                fit.map { !$0.holds(ruled, within: slack) } ?? false
            }?.0
        }
        let fitted = against ?? growth ?? line
        self.largest = largest
        self.factor = factor
        self.fitted = fitted
        extrapolation = place.map { forecast.target / $0.extent }
        validated = forecast.validatedFactor
        if let value = forecast.learningRate, let interval = forecast.interval {
            (basis, self.value, self.interval) = (.fit, Self.rounded(value), interval)
            (lack, bounds) = (nil, nil)
            return
        }
        interval = nil
        guard largest != nil else {
            (basis, value, lack) = (.none, nil, .noOptimum(place?.reason))
            bounds = factor.flatMap { factor in
                place?.bracket.map { bracket in
                    Bounds(
                        low: bracket.low.map { $0 * factor }, high: bracket.high.map { $0 * factor }
                    )
                }
            }
            return
        }
        guard let ruled else {
            (basis, value, lack) = (.none, nil, .noRule)
            bounds = fitted.map {
                Bounds(low: $0.interval.lowerBound, high: $0.interval.upperBound)
            }
            return
        }
        if let fit = against?.interval {
            (basis, value, lack) = (.none, nil, .contradiction)
            bounds = Bounds(
                low: min(ruled, fit.lowerBound), high: max(ruled, fit.upperBound))
            return
        }
        (basis, value, lack, bounds) = (.rule, Self.rounded(ruled), nil, nil)
    }

    /// Three digits: what is written down is what was decided.
    private static func rounded(_ value: Double) -> Double {
        Double(String(format: "%.3g", value)) ?? value
    }

    /// A factor by which the line may miss the rule: of a drift it is one that does not matter.
    private static let slack = 1.4

    /// The line of the drift, from the largest size on.
    private static func line(_ forecast: OptimumForecast) -> Fitted? {
        guard let drift = forecast.drift, let place = forecast.places.last,
            let optimum = place.optimum
        else { return nil }
        let octaves = log2(forecast.target / place.extent)
        let half = drift.halfWidth(ofOptimumOver: max(optimum.deviations.count, 1))
        let slope = drift.slopeInterval
        let low = optimum.log2 - half + slope.lowerBound * octaves
        let high = optimum.log2 + half + slope.upperBound * octaves
        return Fitted(
            value: exp2(optimum.log2 + drift.slope * octaves),
            interval: exp2(low)...exp2(high))
    }
}
