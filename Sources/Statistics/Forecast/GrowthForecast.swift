import Foundation
public import Tensors

/// What one run at a larger size will measure, from runs at smaller sizes under several seeds.
///
/// A polynomial in log size of degree 0, 1 or 2 is chosen by held-out error (``GrowthModel``) and
/// fitted to the means of the logarithms over seeds. The interval is a studentised bootstrap over sizes and
/// seeds: each draw takes the distances of sizes from the fit, of either sign and scaled up for the
/// freedom that the fit took, and the deviations of seeds from their means, makes new measurements of
/// all sizes and of one more run at the target, chooses the model anew and fits it. The interval so
/// holds the noise of one run, of the fit and of the choice of the model.
///
/// It is right as far as the law goes on as one of the three models; whether it does, only a held-out
/// size can say: see ``HeldOutForecast``.
public struct GrowthForecast: Sendable, Hashable {
    /// A size with what its runs measured.
    public struct Size: Sendable, Hashable {
        /// The size, above zero.
        public var extent: Double
        /// A number above zero from each seed.
        public var values: [Double]

        public init(extent: Double, values: [Double]) {
            self.extent = extent
            self.values = values
        }
    }

    /// How a law goes on beyond the largest size.
    public enum Direction: String, Sendable, Hashable, Codable {
        /// Upwards.
        case rises
        /// Downwards.
        case falls
        /// The data do not say.
        case unknown = "no direction"
    }

    /// Sizes from which a forecast is made; a held-out one leaves one fewer.
    public static let leastSizes = 5

    /// The model with the lowest held-out error.
    public let model: GrowthModel
    /// The fitted value at the target.
    public let value: Double
    /// Where the value of one run at the target lies.
    public let interval: ClosedRange<Double>
    /// The share of intervals that are to hold.
    public let confidence: Double
    /// The share of draws in which the fit rises from the largest size to the target.
    public let rising: Double
    /// The share of draws in which it falls; a constant does neither.
    public let falling: Double
    /// The fitted curve: log value at a log size.
    private let design: GrowthDesignBox
    /// The studentised distances of the draws, ascending, and the scale that makes them logarithms.
    private let distances: [Double]
    private let scale: Double

    /// Forecasts; nil with fewer than four sizes, without a replicate, or where a value is not above
    /// zero and finite.
    ///
    /// - Parameters:
    ///   - sizes: At least four different sizes, ascending, one of them with two seeds or more.
    ///   - extent: The target.
    ///   - confidence: The share of intervals that are to hold.
    ///   - draws: Draws of the bootstrap.
    ///   - key: The randomness: the same key, the same interval.
    public init?(
        _ sizes: [Size], at extent: Double, confidence: Double = 0.95, draws: Int = 1000,
        key: RandomKey
    ) {
        let places = sizes.map { log($0.extent) }
        let logs = sizes.map { $0.values.map { log($0) } }
        guard Set(places).count == sizes.count, sizes.count >= 4, extent > 0,
            places == places.sorted(), logs.allSatisfy({ !$0.isEmpty }),
            logs.contains(where: { $0.count > 1 }),
            (places + logs.flatMap(\.self)).allSatisfy(\.isFinite), draws > 0
        else { return nil }
        let choice = GrowthChoice(places: places)
        let means = logs.map { $0.reduce(0, +) / Double($0.count) }
        let design = choice.designs[choice.best(for: means)]
        let noise = ForecastNoise(logs, means: means, design: design)
        let target = log(extent)
        let atTarget = choice.designs.map { $0.weights(at: target) }
        let atLargest = choice.designs.map { $0.hat[places.count - 1] }
        let fit = means.indices.map { GrowthDesign.sum(design.hat[$0], means) }
        let height = GrowthDesign.sum(design.weights(at: target), means)

        var random = DrawSource(key)
        var errors: [Double] = []
        var (rises, falls) = (0, 0)
        for _ in 0..<draws {
            let (heights, variance) = noise.draw(about: fit, &random)
            let index = choice.best(for: heights)
            let drawn = GrowthDesign.sum(atTarget[index], heights)
            let change = drawn - GrowthDesign.sum(atLargest[index], heights)
            if choice.designs[index].model != .constant {
                if change > 0 { rises += 1 }
                if change < 0 { falls += 1 }
            }
            let rest = choice.designs[index].residuals(heights).reduce(0) { $0 + $1 * $1 }
            let total = rest / Double(choice.designs[index].freedom) + variance
            let scale = max(total, 0).squareRoot()
            let error = height + noise.newRun(&random) - drawn
            errors.append(error.magnitude / max(scale, 1e-12))
        }
        // Wider than any number is as good as unbounded, and still a number.
        let half = min(
            (Descriptive.quantile(confidence, of: errors) ?? .infinity) * noise.scale, 300)
        distances = errors.sorted()
        scale = noise.scale
        model = design.model
        value = exp(height)
        interval = exp(height - half)...exp(height + half)
        self.confidence = confidence
        rising = Double(rises) / Double(draws)
        falling = Double(falls) / Double(draws)
        self.design = GrowthDesignBox(design, means)
    }

    /// Where the law goes from the largest size to the target.
    public var direction: Direction {
        if rising >= confidence { return .rises }
        return falling >= confidence ? .falls : .unknown
    }

    /// The probability that one run at the target measures more than a value.
    ///
    /// - Parameter threshold: The value, above zero.
    /// - Returns: From 0 to 1: the share of the bootstrap's draws, of either sign, that lie beyond.
    public func probability(above threshold: Double) -> Double {
        let distance = log(threshold / value)
        let far = distances.count { $0 * scale > distance.magnitude }
        let beyond = Double(far) / Double(distances.count) / 2
        return distance > 0 ? beyond : 1 - beyond
    }

    /// The fitted value at any size.
    public func value(at extent: Double) -> Double { exp(design.height(at: log(extent))) }
}

/// A fit that compares by its heights.
private struct GrowthDesignBox: Sendable, Hashable {
    private let design: GrowthDesign
    private let means: [Double]

    init(_ design: GrowthDesign, _ means: [Double]) {
        self.design = design
        self.means = means
    }

    func height(at place: Double) -> Double {
        GrowthDesign.sum(design.weights(at: place), means)
    }

    static func == (a: Self, b: Self) -> Bool {
        a.means == b.means && a.design.places == b.design.places
            && a.design.model == b.design.model
    }

    func hash(into hasher: inout Hasher) { hasher.combine(means) }
}
