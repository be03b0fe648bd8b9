import Foundation
import Statistics
import Tensors
import Testing

/// Made-up sweeps: a law in log size, noise of sizes and of seeds.
private struct SyntheticGrowth {
    /// Widths of models of two blocks, the last for the truth.
    var widths = [16.0, 32, 48, 64, 96, 128, 192]
    var exponent = 0.4
    var bend = 0.0
    /// Standard deviations of the logarithm.
    var sizeNoise = 0.05
    var seedNoise = 0.1
    var seeds = 3

    private var extents: [Double] { widths.map { 24 * $0 * $0 } }

    func height(_ extent: Double) -> Double {
        let z = log2(extent / extents[0])
        return 1 + exponent * log(2) * z + bend * z * z
    }

    /// The sizes but the last, and what one run at the last measures.
    func sample(_ key: RandomKey) -> (sizes: [GrowthForecast.Size], target: Double, truth: Double) {
        let lifts = key.split("sizes").normals(extents.count, deviation: sizeNoise)
        let runs = zip(extents, lifts).enumerated().map { index, pair in
            let own = key.split(index).normals(seeds, deviation: seedNoise)
            return GrowthForecast.Size(
                extent: pair.0,
                values: own.map { exp(height(pair.0) + Double(pair.1) + Double($0)) })
        }
        let last = runs[runs.count - 1]
        return (Array(runs.dropLast()), last.extent, last.values[0])
    }

    /// The share of sweeps whose interval holds the truth.
    func coverage(
        of sweeps: Int = 400,
        _ interval: ([GrowthForecast.Size], Double, RandomKey) -> ClosedRange<Double>?
    ) -> Double {
        let held = (0..<sweeps).count { index in
            let key = RandomKey(seed: 5).split(index)
            let (sizes, target, truth) = sample(key)
            return interval(sizes, target, key.split("draws"))?.contains(truth) ?? false
        }
        return Double(held) / Double(sweeps)
    }
}

/// 95% intervals hold in 0.92 of 400 sweeps or more: 0.95 less three standard errors.
private func expectCoverage(
    _ share: Double, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(share >= 0.92, "\(name): \(share)", sourceLocation: sourceLocation)
}

@Suite("forecasts of laws that are known")
struct GrowthForecastTests {
    private static let cases: [(String, SyntheticGrowth)] = [
        ("six sizes, three seeds", SyntheticGrowth()),
        ("a constant", SyntheticGrowth(exponent: 0)),
        ("two seeds", SyntheticGrowth(seeds: 2)),
        ("seeds alone", SyntheticGrowth(sizeNoise: 0)),
        ("five sizes, two seeds", SyntheticGrowth(widths: [16, 32, 64, 96, 128, 192], seeds: 2)),
        ("a bend that shows", SyntheticGrowth(bend: 0.05, sizeNoise: 0.02, seedNoise: 0.05)),
    ]

    @Test("95% intervals hold about as often as they say", arguments: cases.indices)
    func coverage(index: Int) {
        let (name, growth) = Self.cases[index]
        let share = growth.coverage { sizes, target, key in
            GrowthForecast(sizes, at: target, draws: 200, key: key)?.interval
        }
        print("coverage of 95% forecast intervals, \(name): \(share) of 400 sweeps")
        expectCoverage(share, name)
    }

    @Test("the check can fail: an interval of the fit, without the distance of a run from it")
    func residualFree() {
        let share = SyntheticGrowth().coverage { sizes, target, _ in
            let places = sizes.map { log($0.extent) }
            let means = sizes.map { $0.values.reduce(0) { $0 + log($1) } / Double($0.values.count) }
            let count = Double(places.count)
            let (meanPlace, mean) = (places.reduce(0, +) / count, means.reduce(0, +) / count)
            let squares = places.reduce(0) { $0 + ($1 - meanPlace) * ($1 - meanPlace) }
            let slope =
                zip(places, means).reduce(0) { $0 + ($1.0 - meanPlace) * ($1.1 - mean) } / squares
            let rest = zip(places, means).reduce(0) { sum, pair in
                let distance = pair.1 - mean - slope * (pair.0 - meanPlace)
                return sum + distance * distance
            }
            let away = log(target) - meanPlace
            let error = (rest / (count - 2) * (1 / count + away * away / squares)).squareRoot()
            let half = StudentDistribution(degreesOfFreedom: count - 2).quantile(0.975) * error
            let centre = mean + slope * away
            return exp(centre - half)...exp(centre + half)
        }
        print("coverage of an interval without residuals: \(share)")
        withKnownIssue { expectCoverage(share, "without residuals") }
    }

    @Test("a power law without noise is found to rounding, and least squares with it")
    func exact() throws {
        let sizes = [1e3, 3e3, 1e4, 4e4, 1e5].map {
            GrowthForecast.Size(extent: $0, values: [3 * pow($0, 0.37), 3 * pow($0, 0.37)])
        }
        let forecast = try #require(GrowthForecast(sizes, at: 1e6, key: RandomKey(seed: 0)))
        let truth = 3 * pow(1e6, 0.37)
        #expect((forecast.value / truth - 1).magnitude < 1e-9)
        #expect(forecast.interval.upperBound / forecast.interval.lowerBound < 1 + 1e-6)
        #expect(forecast.rising == 1)

        // With noise the fit is the line through the means, as LogLogSlope has it.
        let rough = zip(sizes, [1.1, 0.9, 1.1, 0.9, 1.1]).map { size, factor in
            GrowthForecast.Size(extent: size.extent, values: size.values.map { $0 * factor })
        }
        let noisy = try #require(GrowthForecast(rough, at: 1e6, key: RandomKey(seed: 0)))
        #expect(noisy.model == .linear)
        let extents = rough.map(\.extent)
        let slope = try #require(LogLogSlope.of(extents, rough.map { $0.values[0] }))
        let centre = extents.reduce(0) { $0 + log($1) } / 5
        let mean = rough.reduce(0) { $0 + log($1.values[0]) } / 5
        #expect((log(noisy.value) - mean - slope * (log(1e6) - centre)).magnitude < 1e-12)
    }

    @Test("the model is the one that predicts sizes left out")
    func models() throws {
        func model(_ height: (Double) -> Double) -> GrowthModel? {
            let sizes = (0..<7).map { index in
                let z = Double(index)
                let jitter = [0.01, -0.012, 0.008, -0.01, 0.011, -0.009, 0.01][index]
                return GrowthForecast.Size(
                    extent: 1000 * exp2(z),
                    values: [exp(height(z) + jitter), exp(height(z) + jitter + 0.005)])
            }
            return GrowthForecast(sizes, at: 1e6, draws: 10, key: RandomKey(seed: 0))?.model
        }
        #expect(model { _ in 2 } == .constant)
        #expect(model { 1 + 0.3 * $0 } == .linear)
        #expect(model { 1 + 0.1 * $0 + 0.1 * $0 * $0 } == .quadratic)
    }

    @Test("held-out sizes validate a law that goes on, and not one that breaks")
    func heldOut() throws {
        func sizes(_ kink: Double) -> [GrowthForecast.Size] {
            (0..<7).map { index in
                let jitter = [0.02, -0.03, 0.01, 0.025, -0.02, 0.015, 0.01][index]
                let height = 0.5 * Double(index) + jitter + (index == 6 ? kink : 0)
                return GrowthForecast.Size(
                    extent: 1000 * exp2(Double(index)),
                    values: [exp(height), exp(height + 0.03), exp(height - 0.02)])
            }
        }
        let smooth = HeldOutForecast.all(sizes(0), draws: 300, key: RandomKey(seed: 1))
        #expect(smooth.map(\.extrapolationFactor.rounded) == [2, 4, 8])
        #expect(smooth.map(\.sizes) == [6, 5, 4])
        #expect(HeldOutForecast.validatedFactor(smooth).map(\.rounded) == 8)
        #expect(smooth[0].covered == 3)
        let broken = HeldOutForecast.all(sizes(2), draws: 300, key: RandomKey(seed: 1))
        #expect(HeldOutForecast.validatedFactor(broken) == nil)
        #expect(broken[0].covered == 0)
        // The largest of five leaves four, and of four none.
        #expect(HeldOutForecast.all(Array(sizes(0).prefix(5)), key: RandomKey(seed: 1)).count == 1)
        #expect(HeldOutForecast.all(Array(sizes(0).prefix(4)), key: RandomKey(seed: 1)).isEmpty)
    }

    @Test("equal keys give equal intervals, and what cannot carry one gives none")
    func refusals() {
        let (sizes, target, _) = SyntheticGrowth().sample(RandomKey(seed: 2))
        func interval(_ sizes: [GrowthForecast.Size], _ seed: UInt64) -> ClosedRange<Double>? {
            GrowthForecast(sizes, at: target, key: RandomKey(seed: seed))?.interval
        }
        #expect(interval(sizes, 1) == interval(sizes, 1))
        #expect(interval(sizes, 1) != interval(sizes, 2))
        #expect(interval(Array(sizes.prefix(3)), 1) == nil)
        let single = sizes.map {
            GrowthForecast.Size(extent: $0.extent, values: Array($0.values.prefix(1)))
        }
        #expect(interval(single, 1) == nil)
        var negative = sizes
        negative[2].values[0] = -1
        #expect(interval(negative, 1) == nil)
        #expect(interval(sizes.reversed(), 1) == nil)
    }
}

extension Double {
    fileprivate var rounded: Double { rounded() }
}
