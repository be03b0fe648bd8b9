public import Tensors

/// A forecast of the largest size from smaller ones alone, beside what was measured there.
public struct HeldOutForecast: Sendable, Hashable {
    /// Beyond this ratio of its ends an interval says too little to count as a success.
    public static let widest = 100.0
    /// Sizes that a held-out forecast is made from, at least.
    public static let leastSizes = 4

    /// The held-out size over the largest that the forecast saw.
    public let extrapolationFactor: Double
    /// Sizes that the forecast saw.
    public let sizes: Int
    /// The forecast.
    public let forecast: GrowthForecast
    /// What the runs at the held-out size measured.
    public let truths: [Double]

    /// Runs within the interval.
    public var covered: Int { truths.count { forecast.interval.contains($0) } }

    /// Whether more than half of the runs lie within the interval, and the interval says something.
    public var passes: Bool {
        2 * covered > truths.count
            && forecast.interval.upperBound <= Self.widest * forecast.interval.lowerBound
    }

    /// Forecasts the largest size from all others, from all but the two largest, and so on.
    ///
    /// - Parameters:
    ///   - sizes: The sizes, ascending.
    ///   - confidence: The share of intervals that are to hold.
    ///   - draws: Draws of the bootstrap.
    ///   - key: The randomness.
    /// - Returns: One forecast for each extrapolation factor, the shortest first; none with fewer than five sizes.
    public static func all(
        _ sizes: [GrowthForecast.Size], confidence: Double = 0.95, draws: Int = 1000,
        key: RandomKey
    ) -> [HeldOutForecast] {
        guard let last = sizes.last, sizes.count > leastSizes else { return [] }
        return (1...sizes.count - leastSizes).compactMap { dropped in
            let seen = Array(sizes.dropLast(dropped))
            guard let largest = seen.last,
                let forecast = GrowthForecast(
                    seen, at: last.extent, confidence: confidence, draws: draws,
                    key: key.split(dropped))
            else { return nil }
            return HeldOutForecast(
                extrapolationFactor: last.extent / largest.extent, sizes: seen.count,
                forecast: forecast,
                truths: last.values)
        }
    }

    /// A factor is the same when it differs by rounding.
    private static let slack = 1.02

    /// Whether a target lies within the factor that held-out sizes validate.
    ///
    /// - Parameters:
    ///   - extrapolationFactor: The target over the largest size.
    ///   - validated: As of ``validatedFactor(_:)``.
    /// - Returns: False where they validate none.
    public static func validates(_ extrapolationFactor: Double, upTo validated: Double?) -> Bool {
        extrapolationFactor <= (validated ?? 0) * slack
    }

    /// The largest extrapolation factor up to which every held-out forecast passed; nil where the shortest failed.
    public static func validatedFactor(_ forecasts: [HeldOutForecast]) -> Double? {
        forecasts.prefix { $0.passes }.last?.extrapolationFactor
    }
}
