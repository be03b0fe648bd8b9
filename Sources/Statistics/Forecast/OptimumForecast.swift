import Foundation
public import Tensors

/// Where the best learning rate lies at a larger size, from loss curves at smaller ones.
///
/// The optimum of each size is a ``GrowthForecast``'s measurement: a power law in the size, or none, is
/// chosen by held-out error, and the interval is for the optimum of one run. As for every forecast it is
/// to be trusted as far as held-out sizes validate it: ``interval`` is nil beyond, where ``direction``
/// is all that is left to say.
///
/// Grids here are coarse, factors of two to three, so that a learning rate on each side brackets an
/// optimum; ``DriftFit`` gives the drift over the sizes that ran.
public struct OptimumForecast: Sendable, Hashable {
    /// A size with its loss curve.
    public struct Size: Sendable, Hashable {
        /// The size, above zero.
        public var extent: Double
        /// Its losses over the grid.
        public var curve: LossCurve

        public init(extent: Double, curve: LossCurve) {
            self.extent = extent
            self.curve = curve
        }
    }

    /// The optimum of a size, or why it has none.
    public struct Place: Sendable, Hashable {
        /// The size.
        public let extent: Double
        /// The optimum.
        public let optimum: Optimum?
        /// What is missing where there is none.
        public let reason: OptimumError?
        /// Where the optimum must lie where there is none; nil where there is one, or it may lie anywhere.
        public let bracket: TargetLearningRate.Bounds?
    }

    /// The target.
    public let target: Double
    /// The optimum of each size, in the order given.
    public let places: [Place]
    /// The law and its value at the target; nil with too few optima.
    public let forecast: GrowthForecast?
    /// Forecasts of the largest size's optimum from smaller ones.
    public let heldOut: [HeldOutForecast]
    /// The target over the largest size with an optimum; nil without one.
    public let extrapolationFactor: Double?
    /// How the optimum moves over the sizes that ran; nil with fewer than three optima.
    public let drift: DriftFit?

    /// Finds the optima and forecasts.
    ///
    /// - Parameters:
    ///   - sizes: The sizes, ascending.
    ///   - extent: The target.
    ///   - confidence: The share of intervals that are to hold.
    ///   - draws: Draws of each bootstrap.
    ///   - key: The randomness: the same key, the same interval.
    public init(
        _ sizes: [Size], at extent: Double, confidence: Double = 0.95, draws: Int = 1000,
        key: RandomKey
    ) {
        target = extent
        places = sizes.map { size -> Place in
            do throws(OptimumError) {
                let optimum = try Optimum(size.curve, pointsOnEachSide: 1)
                return Place(extent: size.extent, optimum: optimum, reason: nil, bracket: nil)
            } catch {
                return Place(
                    extent: size.extent, optimum: nil, reason: error,
                    bracket: Self.bracket(size.curve, error))
            }
        }
        let known = places.compactMap { place in
            place.optimum.map { optimum in
                (place.extent, optimum.deviations.map { optimum.log2 + $0 })
            }
        }
        let measured = known.map { extent, octaves in
            GrowthForecast.Size(extent: extent, values: octaves.map { exp2($0) })
        }
        extrapolationFactor = measured.last.map { extent / $0.extent }
        // The largest size is the nearest to the target: without it nothing is forecast.
        let isWhole = places.last?.optimum != nil
        forecast =
            isWhole
            ? GrowthForecast(
                measured, at: extent, confidence: confidence, draws: draws,
                key: key.split("target")) : nil
        heldOut =
            isWhole
            ? HeldOutForecast.all(
                measured, confidence: confidence, draws: draws, key: key.split("held-out")) : []
        drift = DriftFit(
            known.map { DriftFit.Size(extent: $0.0, optima: $0.1) }, confidence: confidence)
    }

    /// The learning rates between which a curve without an optimum has its lowest loss.
    private static func bracket(
        _ curve: LossCurve, _ error: OptimumError
    ) -> TargetLearningRate.Bounds? {
        let rates = curve.points.map(\.learningRate)
        switch error {
        case .everyRunDiverged: return .init(low: nil, high: rates.first)
        case .beyond(let down, _):
            let known = curve.points.filter { $0.mean != nil }
            let best = known.min { ($0.mean ?? .infinity) < ($1.mean ?? .infinity) }
            let next =
                down
                ? rates.first { $0 > best?.learningRate ?? .infinity }
                : rates.last { $0 < best?.learningRate ?? 0 }
            return down ? .init(low: nil, high: next) : .init(low: next, high: nil)
        case .edgeOfDivergence(let optimum, let diverged):
            let below = rates.last { $0 < optimum }
            let above = rates.first { $0 > optimum }
            return diverged > optimum
                ? .init(low: below, high: diverged) : .init(low: diverged, high: above)
        case .severalOptima(let low, let high): return .init(low: low, high: high)
        case .flat: return nil
        }
    }

    /// The largest extrapolation factor at which held-out validation passed; nil where it did not.
    public var validatedFactor: Double? { HeldOutForecast.validatedFactor(heldOut) }

    /// Whether the target lies within the validated factor.
    public var isValidated: Bool {
        guard let extrapolationFactor, forecast != nil else { return false }
        return HeldOutForecast.validates(extrapolationFactor, upTo: validatedFactor)
    }

    /// The best learning rate at the target; nil beyond the validated factor.
    public var learningRate: Double? { isValidated ? forecast?.value : nil }

    /// Where the best learning rate of one run at the target lies; nil beyond the validated factor.
    public var interval: ClosedRange<Double>? { isValidated ? forecast?.interval : nil }

    /// What the drift over all sizes says of a bound; nil without a fit.
    ///
    /// - Parameter bound: The largest factor, in either direction, that passes; above 1.
    /// - Returns: As of ``DriftFit/verdict(bound:over:)``.
    public func driftVerdict(bound: Double) -> Verdict? {
        guard let drift, let first = places.first, let last = places.last else { return nil }
        return drift.verdict(bound: bound, over: log2(last.extent / first.extent))
    }

    /// Where the optimum goes from the largest size to the target; nil without a fit.
    public var direction: GrowthForecast.Direction? { forecast?.direction }
}
