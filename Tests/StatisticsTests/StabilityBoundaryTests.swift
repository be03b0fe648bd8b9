import Foundation
import Statistics
import Testing

@Suite("the largest stable learning rate of a grid")
struct StabilityBoundaryTests {
    private let rates = [1e-3, 1e-2, 1e-1, 1, 10]

    private func boundary(
        _ losses: [Double?], _ logits: [Double?] = [1, 1, 1, 1, 1]
    ) -> StabilityBoundary {
        StabilityBoundary(
            zip(rates, zip(losses, logits)).map {
                .init(learningRate: $0, loss: $1.0, logit: $1.1)
            })
    }

    private func expect(_ value: Double?, _ truth: Double, _ note: String = "") {
        #expect(value.map { (log($0 / truth)).magnitude < 1e-9 } ?? false, "\(note) \(value ?? 0)")
    }

    @Test("stands where the loss has risen by 0.2 nats above the best, on the side above it")
    func loss() {
        // 2.0 to 2.4 between 0.1 and 1: 0.2 of it half way.
        let found = boundary([2.9, 2.4, 2, 2.4, 3])
        expect(found.learningRate, pow(10, -0.5))
        #expect(found.limit == .loss && found.highestStable == 0.1)
        // The rise below the best is no boundary.
        #expect(boundary([5, 4, 3, 2.1, 2]).learningRate == nil)
    }

    @Test("stands half way, in logarithms, to a learning rate that diverged")
    func divergence() {
        let found = boundary([2.2, 2.1, 2, nil, nil])
        expect(found.learningRate, pow(10, -0.5))
        #expect(found.limit == .divergence)
    }

    @Test("stands where an attention logit passes its bound, if that comes first")
    func logits() {
        // 1e3 to 1e5 between 0.01 and 0.1: 1e4 half way.
        let found = boundary([2.1, 2, 2.05, 2.1, 2.2], [10, 1e3, 1e5, 1e6, 1e7])
        expect(found.learningRate, pow(10, -1.5))
        #expect(found.limit == .attentionLogit && found.highestStable == 0.01)
    }

    @Test("is none where all that ran is stable, or nothing is")
    func none() {
        let open = boundary([2.2, 2.1, 2, 2.05, 2.1])
        #expect(open.learningRate == nil && open.limit == nil && open.highestStable == 10)
        let lost = boundary([nil, nil, nil, nil, nil])
        #expect(lost.learningRate == nil && lost.highestStable == nil)
        let loud = boundary([2.1, 2, 2.1, 2.2, 2.3], [1e5, 1e5, 1e5, 1e5, 1e5])
        #expect(loud.learningRate == nil && loud.limit == .attentionLogit)
        #expect(loud.highestStable == nil)
        // The broken twin: a bound that nothing passes.
        var lenient = StabilityBoundary.Criteria()
        lenient.largestAttentionLogit = 1e9
        let quiet = StabilityBoundary(
            rates.map { .init(learningRate: $0, loss: 2 + $0 / 100, logit: 1e5) }, lenient)
        #expect(quiet.highestStable == 10)
    }
}
