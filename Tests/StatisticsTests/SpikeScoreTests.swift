import Statistics
import Tensors
import Testing

@Suite("spikes")
struct SpikeScoreTests {
    @Test("what leaps out of a noisy series is counted, and not the noise")
    func share() throws {
        var series = RandomKey(seed: 2).normals(500, deviation: 0.1).map { 3 + Double($0) }
        #expect(SpikeScore.share(of: series) == 0)
        series[100] = 5
        series[300] = 1
        series[301] = .nan
        #expect(SpikeScore.share(of: series) == 3.0 / 480)
        withKnownIssue { #expect(SpikeScore.share(of: series, deviations: 30) == 3.0 / 480) }
        #expect(SpikeScore.share(of: Array(series.prefix(20))) == nil)
        // A level that is new stays a leap only until the window knows it.
        let step = [Double](repeating: 1, count: 30) + [Double](repeating: 2, count: 30)
        let known = try #require(SpikeScore.share(of: step, window: 20))
        #expect(known == 1.0 / 40)
    }
}
