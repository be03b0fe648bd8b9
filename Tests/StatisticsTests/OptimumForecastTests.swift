import Foundation
import Statistics
import Tensors
import Testing

/// Loss curves over a coarse grid whose optimum follows a law in the size.
private struct SyntheticOptima {
    var widths = [16.0, 32, 48, 64, 96, 128]
    /// Octaves of learning rate for each doubling of the parameters.
    var drift = -0.25
    /// Octaves that the largest size leaves the law by.
    var kink = 0.0
    /// The deviation of an optimum from seed to seed, in octaves.
    var spread = 0.1
    var seeds = 3

    func extent(_ width: Double) -> Double { 24 * width * width }

    func optimum(_ width: Double) -> Double {
        -5 + drift * log2(extent(width) / extent(16)) + (width == widths.last ? kink : 0)
    }

    func sizes(_ key: RandomKey) -> [OptimumForecast.Size] {
        widths.map { width in
            let shifts = key.split("\(width)").normals(seeds, deviation: spread)
            let points = (0..<9).map { index -> LossCurve.Point in
                let rate = 1e-3 * pow(3, Double(index))
                let losses = shifts.map { shift -> Double? in
                    let z = log2(rate) - optimum(width) - Double(shift)
                    return 2 + 0.01 * z * z
                }
                return .init(learningRate: rate, losses: losses)
            }
            return .init(extent: extent(width), curve: LossCurve(points))
        }
    }
}

@Suite("forecasts of the best learning rate")
struct OptimumForecastTests {
    @Test("a law that goes on is met: 92 of 100 intervals hold, and the drift is its")
    func law() throws {
        let sample = SyntheticOptima()
        let target = sample.extent(192)
        let truth = exp2(sample.optimum(192))
        var (held, validated) = (0, 0)
        for index in 0..<60 {
            let key = RandomKey(seed: 9).split(index)
            let forecast = OptimumForecast(
                sample.sizes(key), at: target, draws: 200, key: key.split("draws"))
            let drift = try #require(forecast.drift)
            #expect((drift.slope - sample.drift).magnitude < 0.1)
            guard let interval = forecast.interval else { continue }
            validated += 1
            held += interval.contains(truth) ? 1 : 0
            #expect(forecast.direction == .falls)
        }
        // The interval is for one run, which scatters about the law itself: nearly all hold it.
        #expect(validated > 30 && Double(held) >= 0.92 * Double(validated), "\(held)/\(validated)")
    }

    @Test("a parabola's optimum is found between the points of a coarse grid")
    func place() throws {
        var sample = SyntheticOptima()
        sample.spread = 0
        let forecast = OptimumForecast(
            sample.sizes(RandomKey(seed: 1)), at: sample.extent(192), draws: 50,
            key: RandomKey(seed: 2))
        for (width, place) in zip(sample.widths, forecast.places) {
            // A parabola in log₂ is met exactly, but for rounding.
            let found = try #require(place.optimum).log2
            #expect((found - sample.optimum(width)).magnitude < 1e-9)
        }
        // By the rule of transfer studies, three learning rates on each side, the same curve has none
        // where the lowest stands second from the end.
        let short = LossCurve(Array(sample.sizes(RandomKey(seed: 1))[0].curve.points[2...5]))
        #expect(throws: Never.self) { try Optimum(short, pointsOnEachSide: 1) }
        #expect(throws: OptimumError.self) { try Optimum(short) }
    }

    @Test("a law that breaks at the largest size has no interval, and neither has a far target")
    func reach() {
        var sample = SyntheticOptima()
        sample.kink = 2.5
        let broken = OptimumForecast(
            sample.sizes(RandomKey(seed: 3)), at: sample.extent(192), draws: 200,
            key: RandomKey(seed: 4))
        #expect(broken.forecast != nil && broken.validatedFactor == nil)
        #expect(broken.interval == nil && broken.learningRate == nil)
        sample.kink = 0
        let far = OptimumForecast(
            sample.sizes(RandomKey(seed: 3)), at: 1.3e9, draws: 200, key: RandomKey(seed: 4))
        #expect(far.interval == nil && !far.isValidated)
        #expect(far.direction == .falls)
        // The broken twin of the check: the same curves do have an interval near by.
        withKnownIssue {
            let near = OptimumForecast(
                sample.sizes(RandomKey(seed: 3)), at: sample.extent(160), draws: 200,
                key: RandomKey(seed: 4))
            #expect(near.interval == nil)
        }
    }

    @Test("without the largest size's optimum nothing is forecast, and it says what is missing")
    func lacking() {
        var sizes = SyntheticOptima().sizes(RandomKey(seed: 5))
        let last = sizes.count - 1
        sizes[last].curve = LossCurve(Array(sizes[last].curve.points.prefix(3)))
        let forecast = OptimumForecast(
            sizes, at: 1e9, draws: 50, key: RandomKey(seed: 6))
        #expect(forecast.forecast == nil && forecast.heldOut.isEmpty)
        guard case .beyond(down: false, to: _)? = forecast.places.last?.reason else {
            Issue.record("\(String(describing: forecast.places.last?.reason))")
            return
        }
    }
}
