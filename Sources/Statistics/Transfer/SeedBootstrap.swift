public import Tensors

/// The slope of the optimum over sizes when seeds are drawn anew from those that ran.
///
/// Each draw takes as many seeds as there are, with repetition and the same ones at every size, and
/// finds every optimum again from the means. It asks nothing of the noise's shape, and is too narrow
/// with few seeds: with three, 95% intervals hold about three times in four. ``DriftFit`` decides; this
/// stands beside it from ``leastSeeds`` on.
public struct SeedBootstrap: Sendable, Hashable {
    /// Seeds from which a bootstrap interval is worth showing.
    public static let leastSeeds = 5

    /// The slopes of the draws in which every size had an optimum, ascending.
    public let slopes: [Double]
    /// Draws in all.
    public let draws: Int

    /// Draws seeds and fits slopes.
    ///
    /// - Parameters:
    ///   - curves: The sizes with their curves, all with the same seeds.
    ///   - draws: How often.
    ///   - key: The randomness: the same key, the same draws.
    public init(
        _ curves: [(extent: Double, curve: LossCurve)], draws: Int = 1000, key: RandomKey
    ) {
        self.draws = draws
        let seeds = curves.first?.curve.seeds ?? 0
        var slopes: [Double] = []
        for draw in 0..<draws where seeds > 0 {
            let chosen = Bootstrap.indices(seeds, draw: draw, key: key)
            var places: [Double] = []
            var optima: [Double] = []
            for (extent, curve) in curves {
                guard let optimum = try? Optimum(curve.resampled(chosen)) else { break }
                places.append(extent)
                optima.append(optimum.learningRate)
            }
            guard places.count == curves.count, let slope = LogLogSlope.of(places, optima) else {
                continue
            }
            slopes.append(slope)
        }
        self.slopes = slopes.sorted()
    }

    /// The quantiles of the slopes that leave out the same share on both sides.
    ///
    /// - Parameter confidence: The share between them.
    /// - Returns: Nil without a slope.
    public func interval(confidence: Double = 0.95) -> ClosedRange<Double>? {
        let tail = (1 - confidence) / 2
        guard let low = Descriptive.quantile(tail, of: slopes),
            let high = Descriptive.quantile(1 - tail, of: slopes)
        else { return nil }
        return low...high
    }
}
