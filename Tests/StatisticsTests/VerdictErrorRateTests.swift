import Foundation
import Statistics
import Tensors
import Testing

/// How often studies come to each verdict.
private struct Rates {
    var pass = 0.0
    var fail = 0.0

    init(of studies: Int = 1000, _ verdict: (RandomKey) -> Verdict) {
        for index in 0..<studies {
            switch verdict(RandomKey(seed: 5).split(index)) {
            case .pass: pass += 1 / Double(studies)
            case .fail: fail += 1 / Double(studies)
            case .inconclusive: break
            }
        }
    }

    /// 5% and three standard errors of 1000 studies.
    static let most = 0.05 + 3 * (0.05 * 0.95 / 1000).squareRoot()
}

private func transfer(_ grid: SyntheticGrid, bound: Double = 1.4) -> Rates {
    Rates { key in
        let (known, fit) = grid.drift(key)
        guard known >= 3, let fit else { return .inconclusive }
        return fit.verdict(bound: bound, over: Double(grid.sizes - 1))
    }
}

@Suite("verdicts of transfer err as seldom as they say, on grids whose truth is known")
struct TransferErrorRateTests {
    private static let atBound = log2(1.4) / 3

    private static let grids: [(String, SyntheticGrid)] = [
        ("bowls", SyntheticGrid()),
        ("seeds that move the optimum", SyntheticGrid(spread: 0.1)),
        ("two seeds", SyntheticGrid(spread: 0.1, seeds: 2)),
        ("much noise", SyntheticGrid(noise: 0.05)),
        ("shallow bowls", SyntheticGrid(shape: .bowl(0.001), seeds: 2)),
        ("diverged ends", SyntheticGrid(divergence: 2.2)),
        ("divergence beside the optimum", SyntheticGrid(divergence: 1.3)),
        ("divergence beside the optimum, two seeds", SyntheticGrid(seeds: 2, divergence: 1.3)),
    ]

    @Test(
        "a drift that stands at the bound passes or fails in at most 5%", arguments: grids.indices)
    func atBound(index: Int) {
        var (name, grid) = Self.grids[index]
        grid.drift = Self.atBound
        let rates = transfer(grid)
        print("drift at the bound, \(name): PASS \(rates.pass), FAIL \(rates.fail)")
        #expect(rates.pass + rates.fail <= Rates.most, "\(name): \(rates)")
    }

    @Test("where there is no optimum, or two, there is no verdict", arguments: [2, 3, 5])
    func none(seeds: Int) {
        for shape in [SyntheticGrid.Shape.flat, .oneSided, .twoOptima(6), .twoOptima(4)] {
            let rates = transfer(SyntheticGrid(shape: shape, seeds: seeds))
            #expect(rates.pass + rates.fail <= 0.01, "\(shape), \(seeds) seeds: \(rates)")
        }
    }

    /// The share of curves that are taken to have an optimum.
    private func known(_ grid: SyntheticGrid) -> Double {
        let found = (0..<300).map { grid.drift(RandomKey(seed: 11).split($0)).known }
        return Double(found.reduce(0, +)) / Double(300 * grid.sizes)
    }

    @Test(
        "a curve that bends by less than three standard errors has no optimum, one that bends by more has",
        arguments: [2, 3, 5])
    func bends(seeds: Int) {
        // The error of the second difference over five points of noise 0.004.
        let error = 0.004 / Double(seeds).squareRoot() / 14.0.squareRoot()
        let flat = known(SyntheticGrid(shape: .flat, seeds: seeds))
        let deep = known(SyntheticGrid(shape: .bowl(8 * error), seeds: seeds))
        let moved = known(SyntheticGrid(shape: .bowl(0.03), spread: 0.3, seeds: seeds))
        print(
            "curves with an optimum, \(seeds) seeds: flat \(flat), 8 errors \(deep), moved \(moved)"
        )
        #expect(flat < 0.06)
        #expect(deep > 0.9)
        #expect(moved > 0.98, "seeds that move an optimum do not make its curve flat")
    }

    @Test("a signal above three standard errors is told: optima that stay pass, that move fail")
    func power() {
        for seeds in [2, 3] {
            #expect(transfer(SyntheticGrid(seeds: seeds)).pass > 0.99)
            #expect(transfer(SyntheticGrid(drift: -0.7, seeds: seeds)).fail > 0.99)
            #expect(transfer(SyntheticGrid(seeds: seeds, divergence: 2.2)).pass > 0.95)
        }
    }

    @Test("the check can fail: verdicts over the sizes that have an optimum alone err too often")
    func negativeControl() {
        let grid = SyntheticGrid(drift: Self.atBound, divergence: 1.3)
        let rates = Rates { key in
            let (known, fit) = grid.drift(key)
            return known >= 3 ? fit?.verdict(bound: 1.4) ?? .inconclusive : .inconclusive
        }
        withKnownIssue { #expect(rates.pass + rates.fail <= Rates.most) }
    }
}

@Suite("verdicts of sensitivity err as seldom as they say")
struct SensitivityErrorRateTests {
    /// S of each seed of each size under a bowl of this curvature.
    private func sensitivities(
        _ grid: SyntheticGrid, _ key: RandomKey
    ) -> [[Double]] {
        grid.curves(key).map { _, curve in
            (0..<grid.seeds).compactMap { seed in
                try? LearningRateSensitivity(
                    curve.points.map {
                        .init(
                            learningRate: $0.learningRate, loss: $0.losses[seed], initialLoss: 5.5)
                    }
                ).value
            }
        }
    }

    private func findings(
        _ own: SyntheticGrid, _ other: SyntheticGrid, margin: Double = 0.02
    ) -> [DifferenceFinding: Double] {
        var counts: [DifferenceFinding: Double] = [:]
        for index in 0..<1000 {
            let key = RandomKey(seed: 6).split(index)
            let strata = zip(
                sensitivities(own, key.split("own")), sensitivities(other, key.split("other"))
            ).map { zip($0, $1).map { $0 - $1 } }
            let finding = PairedDifference(strata)?.finding(margin: margin) ?? .undecided
            counts[finding, default: 0] += 0.001
        }
        return counts
    }

    private func bowl(_ curvature: Double, noise: Double = 0.02, seeds: Int = 3) -> SyntheticGrid {
        SyntheticGrid(
            shape: .bowl(curvature), noise: noise, spread: 0.05, seeds: seeds, sizes: 2, rates: 7)
    }

    @Test("equal recipes are told apart in at most 5%", arguments: [2, 3, 5])
    func equal(seeds: Int) {
        let found = findings(
            bowl(0.03, noise: 0.05, seeds: seeds), bowl(0.03, noise: 0.05, seeds: seeds),
            margin: 1e-4)
        let wrong = found[.lower, default: 0] + found[.higher, default: 0]
        #expect(wrong <= Rates.most, "\(found)")
    }

    @Test("a difference that stands at the margin is called the same in at most 5%")
    func atMargin() {
        // S of a bowl over seven octaves about its optimum is 4 c and what its phase adds.
        let near = findings(bowl(0.03), bowl(0.025), margin: 0.02)
        #expect(near[.same, default: 0] + near[.lower, default: 0] <= Rates.most, "\(near)")
        // Far from it, it is told.
        let far = findings(bowl(0.03), bowl(0.01), margin: 0.02)
        #expect(far[.higher, default: 0] > 0.95, "\(far)")
    }

    @Test("both questions about seeds have one answer each, whoever asks")
    func seeds() throws {
        let strata = [[0.003, -0.04, 0.05], [0.01, 0.03, -0.035]]
        let found = try #require(PairedDifference(strata))
        let margin = SeedsNeeded(.detectMargin, difference: 0.05, after: found, strata: 2)
        let limit = SeedsNeeded(.excludeLimit, difference: found.mean, after: found, strata: 2)
        let (few, many) = (try #require(margin.seeds), try #require(limit.seeds))
        #expect(few < many)
        #expect(margin.words.contains("--seeds \(few) detects a difference of 0.05"))
        #expect(limit.words.contains("the difference observed"))
        // That many seeds detect it with the power that is said, and one fewer do not.
        for (seeds, isEnough) in [(few, true), (few - 1, false)] {
            let seen = try #require(
                DetectableDifference(strata: 2, seeds: seeds, spread: found.spread))
            #expect((seen.value <= 0.05) == isEnough)
        }
        // A study of another confidence asks for other numbers.
        let strict = try #require(PairedDifference(strata, confidence: 0.99))
        let more = SeedsNeeded(.detectMargin, difference: 0.05, after: strict, strata: 2)
        #expect(try #require(more.seeds) > few)
    }
}

@Suite("learning rates of a target err as seldom as they say")
struct PrescriptionErrorRateTests {
    private func rates(
        _ grid: SyntheticGrid, extrapolation: Double, factor: Double?, studies: Int = 250
    ) -> [TargetLearningRate] {
        (0..<studies).map { index in
            let key = RandomKey(seed: 8).split(index)
            let sizes = grid.curves(key).map {
                OptimumForecast.Size(extent: $0.extent, curve: $0.curve)
            }
            let target = extrapolation * grid.extent(grid.sizes - 1)
            return TargetLearningRate(
                OptimumForecast(sizes, at: target, draws: 100, key: key.split("draws")),
                factor: factor)
        }
    }

    private func grid(_ drift: Double, seeds: Int = 2) -> SyntheticGrid {
        SyntheticGrid(drift: drift, spread: 0.15, seeds: seeds, sizes: 6)
    }

    /// 5% and three standard errors of 250 studies.
    private let most = 0.05 + 3 * (0.05 * 0.95 / 250).squareRoot()

    @Test("a rule that the optima follow is refused in at most 5%", arguments: [2, 3])
    func rule(seeds: Int) {
        let found = rates(grid(-0.5, seeds: seeds), extrapolation: 1000, factor: pow(1000, -0.5))
        let refused = found.count { $0.lack == .contradiction }
        print("a rule that holds is refused in \(refused) of 250 studies at \(seeds) seeds")
        #expect(Double(refused) / 250 <= most)
        #expect(found.allSatisfy { $0.basis != .fit })
        // What is given is the rule's, and within what the fit allows.
        for rate in found where rate.basis == .rule {
            let (value, fitted) = (rate.value ?? .nan, rate.fitted?.interval)
            #expect(fitted?.contains(value) ?? true)
        }
    }

    @Test("a rule that the optima do not follow is not prescribed")
    func wrongRule() {
        let found = rates(grid(0, seeds: 3), extrapolation: 1000, factor: pow(1000, -0.5))
        let given = found.count { $0.basis == .rule }
        print("a rule that does not hold is prescribed in \(given) of 250 studies")
        #expect(Double(given) / 250 <= most)
    }

    @Test("within what is validated the interval holds the truth of one run in 95%")
    func fit() {
        let sample = grid(-0.5)
        var (held, known) = (0, 0)
        for (index, rate) in rates(sample, extrapolation: 2, factor: nil).enumerated() {
            guard let interval = rate.interval else { continue }
            known += 1
            let key = RandomKey(seed: 8).split(index)
            let own = key.split("truth").normals(1, deviation: sample.spread)
            let truth = exp2(sample.optimum(6, phase: sample.phase(key)) + Double(own[0]))
            held += interval.contains(truth) ? 1 : 0
        }
        print("the interval of the prescribed rate held \(held) of \(known) truths")
        #expect(known > 150)
        #expect(Double(held) >= (1 - most) * Double(known), "\(held) of \(known)")
    }

    @Test("without an optimum of the largest size nothing is prescribed")
    func none() {
        for shape in [SyntheticGrid.Shape.flat, .oneSided, .twoOptima(6)] {
            var sample = grid(0)
            sample.shape = shape
            let found = rates(sample, extrapolation: 1000, factor: 1, studies: 60)
            let given = found.count { $0.value != nil }
            print("without an optimum, \(shape): \(given) of 60 studies are given a rate")
            // Level curves bend by more than three standard errors somewhere in a few of a hundred.
            var most = 1.0
            if case .flat = shape { most = 60 * (0.05 + 3 * (0.05 * 0.95 / 60).squareRoot()) }
            #expect(Double(given) <= most, "\(shape)")
        }
    }
}

@Suite("verdicts of forecasts err as seldom as they say")
struct ForecastErrorRateTests {
    @Test("a signal that stands at its alarm passes or fails in at most 5%", arguments: [2, 3])
    func atAlarm(seeds: Int) {
        // One run at the target measures what stands about the law: half lie on each side.
        var wrong = 0.0
        for index in 0..<300 {
            let key = RandomKey(seed: 9).split(index)
            let extents = (0..<7).map { 1000 * exp2(Double($0)) }
            let values = extents.enumerated().map { place, extent in
                let lift = key.split("lift").split(place).normals(1, deviation: 0.05)[0]
                let errors = key.split(place).normals(seeds, deviation: 0.1)
                return errors.map { exp(0.4 * log(extent) + Double(lift) + Double($0)) }
            }
            let truth = values[6][0]
            let sizes = zip(extents, values).prefix(6).map {
                GrowthForecast.Size(extent: $0, values: $1)
            }
            guard
                let forecast = GrowthForecast(
                    Array(sizes), at: extents[6], draws: 100, key: key.split("draws"))
            else { continue }
            let alarm = exp(0.4 * log(extents[6]))
            let (low, high) = (forecast.interval.lowerBound, forecast.interval.upperBound)
            // PASS where the run lies beyond, FAIL where it does not.
            if high < alarm, truth > alarm { wrong += 1.0 / 300 }
            if low > alarm, truth < alarm { wrong += 1.0 / 300 }
        }
        print("verdicts at an alarm that were wrong, \(seeds) seeds: \(wrong)")
        #expect(wrong <= 0.05 + 3 * (0.05 * 0.95 / 300).squareRoot())
    }
}
