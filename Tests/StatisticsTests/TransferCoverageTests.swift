import Foundation
import Statistics
import Tensors
import Testing

/// Made-up studies: curves with a known optimum, noise of a known size.
private struct SyntheticStudy {
    /// Octaves of learning rate per doubling.
    var drift = 0.0
    /// Nats, the standard deviation of a run's loss.
    var noise = 0.004
    /// Nats per squared octave.
    var curvature = 0.03
    /// Whether curves rise faster to the right than to the left, as those near divergence do.
    var isSkewed = true
    /// Whether a seed lifts or lowers all its runs, as seeds do.
    var hasSeedEffect = true
    var seeds = 3
    var sizes = 4

    /// The loss at `z` octaves from the optimum.
    func height(_ z: Double) -> Double {
        // Lowest at zero: the slope of each term vanishes there.
        2 + curvature * z * z + (isSkewed && z > 0 ? 0.25 * curvature * z * z * z : 0)
    }

    func curves(_ key: RandomKey) -> [(extent: Double, curve: LossCurve)] {
        // Where the grid stands to the optimum differs from study to study.
        let phase = Double(key.split("phase").words(at: 0)[0]) / Double(UInt32.max)
        return (0..<sizes).map { size in
            let optimum = -6 + phase + drift * Double(size)
            let own = key.split(size)
            let lift = own.split("lift").normals(seeds, deviation: hasSeedEffect ? 0.02 : 0)
            return (
                Double(32 << size),
                LossCurve(
                    (-12...1).map { place in
                        let errors = own.split(place).normals(seeds, deviation: noise)
                        return .init(
                            learningRate: exp2(Double(place)),
                            losses: zip(errors, lift).map { error, lift in
                                height(Double(place) - optimum) + Double(error) + Double(lift)
                            })
                    })
            )
        }
    }

    func fit(_ key: RandomKey) -> DriftFit? {
        let sizes = curves(key).compactMap { extent, curve -> DriftFit.Size? in
            guard let optimum = try? Optimum(curve) else { return nil }
            return .init(extent: extent, optima: optimum.deviations.map { optimum.log2 + $0 })
        }
        return sizes.count == self.sizes ? DriftFit(sizes) : nil
    }

    /// The share of studies whose interval holds the true slope, and of those without an interval.
    func coverage(
        of studies: Int = 800, _ interval: (Self, RandomKey) -> ClosedRange<Double>?
    ) -> (held: Double, lost: Double) {
        var (held, known) = (0, 0)
        for index in 0..<studies {
            guard let range = interval(self, RandomKey(seed: 11).split(index)) else { continue }
            known += 1
            if range.contains(drift) { held += 1 }
        }
        return (Double(held) / Double(max(known, 1)), 1 - Double(known) / Double(studies))
    }
}

/// 95% intervals hold in 93 to 100 of a hundred studies: 0.95 less two and a half standard errors of 800.
private func expectCoverage(
    _ share: Double, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(share >= 0.93, "\(name): \(share)", sourceLocation: sourceLocation)
}

@Suite("coverage of the drift's interval on curves whose optimum is known")
struct TransferCoverageTests {
    private static let cases: [(String, SyntheticStudy)] = [
        ("two seeds", SyntheticStudy(seeds: 2)),
        ("three seeds", SyntheticStudy(seeds: 3)),
        ("five seeds", SyntheticStudy(seeds: 5)),
        ("two seeds, no drift, no skew", SyntheticStudy(isSkewed: false, seeds: 2)),
        ("two seeds, drift", SyntheticStudy(drift: -0.35, seeds: 2)),
        ("three seeds, drift", SyntheticStudy(drift: -0.35, seeds: 3)),
        ("three seeds, much noise", SyntheticStudy(noise: 0.012, seeds: 3)),
        ("two seeds, much noise", SyntheticStudy(drift: 0.2, noise: 0.012, seeds: 2)),
        ("two seeds, three sizes", SyntheticStudy(seeds: 2, sizes: 3)),
    ]

    @Test("holds at two and three seeds", arguments: cases.indices)
    func coverage(index: Int) {
        let (name, study) = Self.cases[index]
        let result = study.coverage { $0.fit($1)?.slopeInterval }
        print(
            "coverage of 95% intervals, \(name): \(result.held) of 800 studies, "
                + "\(result.lost) without an optimum")
        expectCoverage(result.held, name)
        #expect(result.lost < 0.1, "\(name)")
    }

    @Test(
        "the check can fail: seeds drawn anew, at three seeds, give intervals that are too narrow")
    func negativeControl() {
        let result = SyntheticStudy(seeds: 3).coverage(of: 200) { study, key in
            SeedBootstrap(study.curves(key), draws: 60, key: key.split("draws")).interval()
        }
        print("coverage of bootstrap intervals at three seeds: \(result.held)")
        withKnownIssue { expectCoverage(result.held, "bootstrap of three seeds") }
    }

    @Test("the drift that a design can see is seen in four of five studies")
    func power() throws {
        var study = SyntheticStudy(isSkewed: false, hasSeedEffect: false, seeds: 3)
        // A pilot: what such studies measure of the spread from seed to seed.
        let pilots = try (0..<200).map { index in
            try #require(study.fit(RandomKey(seed: 4).split(index))).spread
        }
        let spread = (pilots.reduce(0) { $0 + $1 * $1 } / 200).squareRoot()
        // The closed form: five points with the optimum up to half a step off their middle,
        // σ/c √(1/40 + δ²/14), to which windows of three points add.
        let closed = study.noise / study.curvature * (1.0 / 40 + 1.0 / 12 / 14).squareRoot()
        #expect(spread > 0.95 * closed && spread < 1.3 * closed, "\(spread), \(closed)")
        let seen = try #require(
            SmallestDrift(extents: [32, 64, 128, 256], seeds: 3, spread: spread))
        study.drift = seen.detectable / 3
        var found = 0
        for index in 0..<600 {
            let fit = try #require(study.fit(RandomKey(seed: 3).split(index)))
            if !fit.slopeInterval.contains(0) { found += 1 }
        }
        // Four standard errors of 600 studies.
        #expect(((Double(found) / 600) - 0.8).magnitude < 0.06, "\(found) of 600")
        #expect(SmallestDrift(extents: [32, 64], seeds: 3, spread: 0.1) == nil)
        #expect(SmallestDrift(extents: [32, 64, 128], seeds: 1, spread: 0.1) == nil)
    }

    @Test("equal keys draw equal seeds, and other keys others")
    func determinism() {
        let curves = SyntheticStudy(seeds: 5).curves(RandomKey(seed: 2))
        let first = SeedBootstrap(curves, draws: 40, key: RandomKey(seed: 0))
        #expect(first == SeedBootstrap(curves, draws: 40, key: RandomKey(seed: 0)))
        #expect(first != SeedBootstrap(curves, draws: 40, key: RandomKey(seed: 1)))
        #expect(first.slopes.count == 40)
    }
}

@Suite("a line through optima")
struct DriftFitTests {
    @Test("needs three sizes and a replicate")
    func refusals() {
        let sizes = [32.0, 64, 128].map { DriftFit.Size(extent: $0, optima: [-6, -6.1]) }
        #expect(DriftFit(sizes) != nil)
        #expect(DriftFit(Array(sizes.prefix(2))) == nil)
        #expect(DriftFit(sizes.map { .init(extent: $0.extent, optima: [-6]) }) == nil)
    }

    @Test("a bound is judged by the whole interval of the total drift")
    func verdicts() throws {
        func verdict(slope: Double, spread: Double) throws -> Verdict {
            let sizes = (0..<4).map { index in
                DriftFit.Size(
                    extent: Double(32 << index),
                    optima: [-spread, spread].map { -6 + slope * Double(index) + $0 })
            }
            return try #require(DriftFit(sizes)).verdict(bound: 1.4)
        }
        #expect(try verdict(slope: 0, spread: 0.05) == .pass)
        #expect(try verdict(slope: -1, spread: 0.05) == .fail)
        #expect(try verdict(slope: 1, spread: 0.05) == .fail)
        #expect(try verdict(slope: 0.16, spread: 0.05) == .inconclusive)
        #expect(try verdict(slope: 0, spread: 1) == .inconclusive)
        // No spread at all, as of a deterministic miracle: the interval is a point.
        #expect(try verdict(slope: 0.1, spread: 0) == .pass)
    }
}
