import Foundation
import Statistics
import Testing

/// A curve over `count` learning rates from `first` octaves on, in octaves.
private func curve(
    from first: Int, count: Int, seeds: Int = 1, _ loss: (Double) -> Double?
) -> LossCurve {
    LossCurve(
        (0..<count).map { index in
            let place = Double(first + index)
            return .init(
                learningRate: exp2(place),
                losses: (0..<seeds).map { seed in loss(place).map { $0 + 0.1 * Double(seed) } })
        })
}

@Suite("the optimum of a loss curve")
struct OptimumTests {
    @Test("a parabola's is found between the points, whatever the order of the points")
    func exact() throws {
        let curve = curve(from: -10, count: 9) { 2 + 0.03 * ($0 + 6.3) * ($0 + 6.3) }
        let optimum = try Optimum(LossCurve(curve.points.reversed()))
        #expect((optimum.log2 + 6.3).magnitude < 1e-12)
        #expect((optimum.loss - 2).magnitude < 1e-12)
        #expect((optimum.curvature - 0.03).magnitude < 1e-12)
        #expect(optimum.window == (-8 ... -4).map { exp2(Double($0)) })
    }

    @Test("a shift of all losses of a seed moves no optimum; a tilt moves it by the closed form")
    func deviations() throws {
        let same = try Optimum(
            curve(from: -9, count: 9, seeds: 3) { 2 + 0.05 * ($0 + 5) * ($0 + 5) })
        #expect(same.deviations.allSatisfy { $0.magnitude < 1e-12 })
        // 0.05 z² ± 0.01 z has its vertex at ∓0.1.
        let tilted = try Optimum(
            LossCurve(
                (-9 ... -1).map { place in
                    let z = Double(place) + 5
                    return .init(
                        learningRate: exp2(Double(place)),
                        losses: [0.01, -0.01].map { 2 + 0.05 * z * z + $0 * z })
                }))
        #expect((tilted.deviations[0] + 0.1).magnitude < 1e-12)
        #expect((tilted.deviations[1] - 0.1).magnitude < 1e-12)
    }

    @Test("where the curve jumps the parabola takes three points")
    func steep() throws {
        let optimum = try Optimum(
            curve(from: -10, count: 10) { place in
                2 + 0.02 * (place + 6) * (place + 6) + (place > -5 ? 3 : 0)
            })
        #expect(optimum.window.count == 3)
        #expect((optimum.log2 + 6).magnitude < 1e-12)
    }

    @Test("an optimum that cannot be told says what to run next")
    func refusals() {
        func error(_ curve: LossCurve) -> OptimumError? {
            do throws(OptimumError) {
                _ = try Optimum(curve)
                return nil
            } catch {
                return error
            }
        }
        let low = error(curve(from: -8, count: 9) { 2 + 0.03 * ($0 + 6) * ($0 + 6) })
        #expect(low == .beyond(down: true, to: exp2(-9)))
        #expect("\(low, default: "")".contains("extend the grid down to 0.00195"))
        let high = error(curve(from: -8, count: 9) { 2 + 0.03 * ($0 + 1) * ($0 + 1) })
        #expect(high == .beyond(down: false, to: exp2(2)))
        // A side of runs that diverged is a side, but no height.
        let edge = error(curve(from: -8, count: 9) { $0 > -4 ? nil : 3 - 0.1 * $0 })
        #expect(edge == .edgeOfDivergence(optimum: exp2(-4), diverged: exp2(-3)))
        #expect(error(curve(from: -8, count: 9) { _ in nil }) == .everyRunDiverged)
        #expect(error(curve(from: -8, count: 9) { _ in 2 }) != nil)
        // Some seeds diverged at the lowest mean of the others: the point has no height.
        let partly = LossCurve(
            (-8...1).map { place in
                let z = Double(place) + 4
                return .init(
                    learningRate: exp2(Double(place)),
                    losses: [2 + 0.03 * z * z, place == -4 ? nil : 2 + 0.03 * z * z])
            })
        #expect(error(partly) != nil)
    }

    @Test("one diverged run far from the optimum changes nothing")
    func farDivergence() throws {
        let whole = try Optimum(curve(from: -9, count: 10) { 2 + 0.03 * ($0 + 5) * ($0 + 5) })
        let cut = try Optimum(
            curve(from: -9, count: 10) { $0 > -1 ? nil : 2 + 0.03 * ($0 + 5) * ($0 + 5) })
        #expect(whole == cut)
    }
}

@Suite("what an interval says of a bound")
struct VerdictTests {
    @Test("inside, outside, across")
    func intervals() {
        let bound = -0.5...0.5
        #expect(Verdict(-0.4...0.5, within: bound) == .pass)
        #expect(Verdict(0.4...0.6, within: bound) == .inconclusive)
        #expect(Verdict(-2 ... -0.6, within: bound) == .fail)
        #expect(Verdict(-2...2, within: bound) == .inconclusive)
        #expect(Verdict([.pass, .inconclusive]) == .inconclusive)
        #expect(Verdict([.pass, .fail, .inconclusive]) == .fail)
        #expect(Verdict([.pass, .pass]) == .pass)
        #expect(Verdict([]) == .inconclusive)
    }
}
