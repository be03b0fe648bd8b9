import Foundation
import Statistics
import Tensors
import Testing

/// Loss curves of sizes whose optimum falls by some octaves for each doubling.
private func forecast(
    slope: Double, target: Double, noise: Double = 0.02, widths: [Double] = [16, 32, 48, 64, 96],
    rates: ClosedRange<Int> = -14...0, seed: UInt64 = 1
) -> OptimumForecast {
    let sizes = widths.map { width -> OptimumForecast.Size in
        let place = log2(width / 16)
        let errors = RandomKey(seed: seed).split("\(width)").normals(2, deviation: noise)
        let points = rates.map { rate in
            LossCurve.Point(
                learningRate: exp2(Double(rate)),
                losses: errors.map { error in
                    let z = Double(rate) + 6 - slope * 2 * place - Double(error)
                    return 2 + 0.02 * z * z
                })
        }
        return .init(extent: 24 * width * width, curve: LossCurve(points))
    }
    return OptimumForecast(sizes, at: target, draws: 100, key: RandomKey(seed: seed))
}

@Suite("the learning rate of a target")
struct TargetLearningRateTests {
    private let near = 24.0 * 128 * 128
    private let far = 24.0 * 9600 * 9600

    @Test("is the fit's where that is validated, whatever the rule says")
    func fit() throws {
        let optima = forecast(slope: -0.5, target: near)
        for factor in [0.75, 1, nil] {
            let rate = TargetLearningRate(optima, factor: factor)
            #expect(rate.basis == .fit && rate.lack == nil && rate.bounds == nil)
            let value = try #require(rate.value)
            #expect((log2(value) + 6 + 3).magnitude < 0.2, "\(value)")
            #expect(try #require(rate.interval).contains(value))
        }
    }

    @Test("is the rule's beyond, where the fit's interval holds it, and without an interval")
    func rule() throws {
        let optima = forecast(slope: -0.5, target: far)
        let rate = TargetLearningRate(optima, factor: 96.0 / 9600)
        #expect(rate.basis == .rule && rate.interval == nil)
        let (value, largest) = (try #require(rate.value), try #require(rate.largest))
        #expect((value / (largest / 100) - 1).magnitude < 0.005)
        #expect(try #require(rate.fitted).interval.contains(value))
        #expect(try #require(rate.extrapolation).rounded() == 10_000)
        #expect(try #require(rate.validated) < 3)
    }

    @Test("is none where the fit excludes the rule, with what both span")
    func contradiction() throws {
        let optima = forecast(slope: 0, target: far)
        let rate = TargetLearningRate(optima, factor: 96.0 / 9600)
        #expect(rate.basis == .none && rate.value == nil && rate.lack == .contradiction)
        let bounds = try #require(rate.bounds)
        #expect(bounds.low == rate.ruled)
        #expect(try #require(bounds.high) > exp2(-6))
        // The broken twin: the same optima under the rule that they follow.
        #expect(TargetLearningRate(optima, factor: 1).basis == .rule)
    }

    @Test("is none without a rule, and bounded by the fit")
    func noRule() throws {
        let rate = TargetLearningRate(forecast(slope: -0.5, target: far), factor: nil)
        #expect(rate.basis == .none && rate.lack == .noRule && rate.ruled == nil)
        #expect(rate.bounds?.low == rate.fitted?.interval.lowerBound)
    }

    @Test("is none where the largest size has no optimum, with the side on which it lies")
    func oneSided() throws {
        // The optimum of the largest size lies below the grid.
        let optima = forecast(slope: -0.5, target: far, rates: -8...0)
        let rate = TargetLearningRate(optima, factor: 0.5)
        #expect(rate.basis == .none && rate.largest == nil)
        guard case .noOptimum(.beyond(down: true, to: _)?)? = rate.lack else {
            Issue.record("\(String(describing: rate.lack))")
            return
        }
        let bounds = try #require(rate.bounds)
        #expect(bounds.low == nil && bounds.high == 0.5 * exp2(-7))
    }

    @Test("is written in three digits, as it was decided")
    func rounding() throws {
        let value = try #require(
            TargetLearningRate(forecast(slope: -0.5, target: far), factor: 0.01).value)
        #expect(Double(String(format: "%.3g", value)) == value)
    }
}
