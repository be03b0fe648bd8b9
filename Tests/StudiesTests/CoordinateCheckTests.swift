import EngineCPU
import Foundation
import Modules
import Statistics
import Studies
import Sweeps
import Testing
import Training

/// Points whose sizes follow powers of the extent that differ by seed.
private func points(_ check: CoordinateCheck, _ powers: [String: [Double]]) -> [CoordinateCheck
    .Point]
{
    var points: [CoordinateCheck.Point] = []
    for (activation, perSeed) in powers.sorted(by: { $0.key < $1.key }) {
        for (seed, power) in perSeed.enumerated() {
            for extent in check.extents {
                for step in check.steps {
                    points.append(
                        .init(
                            extent: extent, seed: UInt64(seed), step: step, activation: activation,
                            size: 3 * pow(Double(extent), power), change: 1))
                }
            }
        }
    }
    return points
}

@Suite("coordinate checks")
struct CoordinateCheckTests {
    private func check(
        _ extents: [Int] = [16, 32, 64], seeds: Int = 2, lastStep: Int = 4,
        configuration: RunConfiguration = RunConfiguration()
    ) throws -> CoordinateCheck {
        try CoordinateCheck(
            configuration, axis: .width, extents: extents, seeds: seeds, lastStep: lastStep,
            threshold: 0.15)
    }

    @Test("powers come out as slopes, and the band decides")
    func verdicts() throws {
        let check = try check()
        #expect(check.steps == [0, 1, 2, 4])
        let flat = check.result(points(check, ["a": [0.02, 0.03]]))
        #expect(flat.verdict == .pass)
        // Two seeds: the mean ± t(0.975, 1) s / √2, which is half the distance times 12.706.
        let slope = try #require(flat.slopes.first { $0.step == 1 })
        #expect(abs((slope.mean ?? 1) - 0.025) < 1e-12)
        #expect(abs((slope.high ?? 1) - (0.025 + 0.005 * 12.706_204_736)) < 1e-9)
        #expect(abs((slope.low ?? 1) - (0.025 - 0.005 * 12.706_204_736)) < 1e-9)
        let growing = check.result(points(check, ["a": [0, 0], "b": [0.55, 0.56]]))
        #expect(growing.verdict == .fail)
        let crossing = check.result(points(check, ["a": [0.1, 0.2]]))
        #expect(crossing.verdict == .inconclusive)
        // The same spread about the same mean: more seeds know it better.
        let five = try self.check(seeds: 5)
        let known = five.result(points(five, ["a": [0.02, 0.06, 0.0, 0.04, 0.03]]))
        #expect(known.verdict == .pass)
        let two = check.result(points(check, ["a": [0.0077, 0.0523]]))
        #expect(two.verdict == .inconclusive)
        let shrinking = check.result(points(check, ["a": [-0.5, -0.49]]))
        #expect(shrinking.verdict == .fail)
        #expect(check.result(points(check, ["logits": [-0.5, -0.49]])).verdict == .pass)
        #expect(check.result(points(check, ["logits": [0.5, 0.49]])).verdict == .fail)
    }

    @Test("a size at the start decides nothing; one that is not finite later fails")
    func ends() throws {
        let check = try check()
        var steep = points(check, ["a": [0.5, 0.5]])
        for index in steep.indices where steep[index].step > 0 { steep[index].size = 1 }
        #expect(check.result(steep).verdict == .pass)
        var lost = points(check, ["a": [0, 0]])
        lost[lost.count - 1].size = .infinity
        #expect(check.result(lost).verdict == .fail)
    }

    @Test("checks that cannot conclude are refused")
    func refusals() {
        #expect(throws: ConfigurationError.self) { try check([16, 32]) }
        #expect(throws: ConfigurationError.self) { try check([16, 16, 32]) }
        #expect(throws: ConfigurationError.self) { try check(seeds: 1) }
        #expect(throws: ConfigurationError.self) { try check(lastStep: 0) }
        #expect(throws: ConfigurationError.self) { try check([16, 32, 40]) }
    }
}
