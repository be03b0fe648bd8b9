import Foundation
import Statistics

/// The exponent by which a size grows with the step, with its interval.
public struct GrowthExponent: Sendable, Hashable, Codable {
    /// p of size ∝ stepᵖ, by least squares on logarithms.
    public var exponent: Double
    /// The lower end of its 95% interval; nil of two checkpoints, which leave no scatter to judge by.
    public var low: Double?
    /// The upper end.
    public var high: Double?
    /// The logarithm of the size at step 1.
    var intercept: Double

    /// Fits sizes at steps; nil with fewer than two different steps above zero, or a size that is not
    /// positive.
    init?(steps: [Int], sizes: [Double]) {
        let points = zip(steps, sizes).filter { $0.0 > 0 }
        let x = points.map { log(Double($0.0)) }
        let y = points.map { log($0.1) }
        guard let slope = LogLogSlope.of(points.map { Double($0.0) }, points.map(\.1)),
            let meanX = Descriptive.mean(of: x), let meanY = Descriptive.mean(of: y)
        else { return nil }
        exponent = slope
        intercept = meanY - slope * meanX
        let spread = x.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
        let freedom = points.count - 2
        guard freedom > 0, spread > 0 else { return }
        let offset = intercept
        let squares = zip(x, y).reduce(0) { sum, point in
            let residual = point.1 - offset - slope * point.0
            return sum + residual * residual
        }
        let error = (squares / Double(freedom) / spread).squareRoot()
        let reach = StudentDistribution(degreesOfFreedom: Double(freedom)).quantile(0.975) * error
        (low, high) = (slope - reach, slope + reach)
    }

    /// The step at which the size would reach `limit`, if it goes on; nil if it does not grow, or is there
    /// already.
    func step(reaching limit: Double) -> Double? {
        guard exponent > 0.02 else { return nil }
        let step = exp((log(limit) - intercept) / exponent)
        return step.isFinite ? step : nil
    }
}
