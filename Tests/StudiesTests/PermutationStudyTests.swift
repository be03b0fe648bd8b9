import Foundation
import OrderedCollections
import Statistics
import Studies
import Sweeps
import Tensors
import Testing
import Training

@Suite("permutation studies")
struct PermutationStudyTests {
    private func study(
        orders: Int = 4, seeds: Int = 3, bound: Double = 0.01
    ) throws -> PermutationStudy {
        try PermutationStudy(
            [Recipe(name: "recipe", configuration: RunConfiguration())], orders: orders,
            seeds: seeds, bound: bound)
    }

    /// A table of losses: what an order, a seed and both add.
    private func table(order: Double, seed: Double, both: Double) -> [[Double?]] {
        let (a, b) = ([-1.0, 1, 0.5, -0.5], [1.0, -1, 0])
        return a.indices.map { row in
            b.indices.map { column in
                2 + order * a[row] + seed * b[column]
                    + both * ((row + column).isMultiple(of: 2) ? 1 : -1)
            }
        }
    }

    private func result(
        _ study: PermutationStudy, _ table: [[Double?]]
    ) -> PermutationResult.Entry {
        study.result(losses: [table], ends: [[]], groups: [[:]]).recipes[0]
    }

    @Test("each run visits its own order and starts from its own weights")
    func cells() throws {
        let study = try study()
        #expect(study.study.cells.count == 12)
        #expect(Set(study.study.cells.map { $0.configuration.digest }).count == 12)
        #expect(Set(study.study.cells.map { $0.configuration.data.dataSeed }) == [0])
    }

    @Test("each question about a configuration has a name of its own, and the same one the same")
    func questions() throws {
        func batches(_ count: Int) throws -> PermutationStudy {
            try PermutationStudy(
                [Recipe(name: "recipe", configuration: RunConfiguration())], orders: 4, seeds: 3,
                bound: 0.01, predictionBatches: count)
        }
        let names = [
            try study(), try study(orders: 5), try study(seeds: 2), try study(bound: 0.02),
            try batches(4),
        ].map(\.study.name)
        #expect(Set(names).count == names.count)
        #expect(try study().study.name == names[0] && batches(2).study.name == names[0])
    }

    @Test("the verdict is about the order and not about the seed")
    func verdicts() throws {
        let invariant = result(try study(), table(order: 0, seed: 0.5, both: 0.0001))
        #expect(invariant.verdict == .pass)
        #expect(try #require(invariant.overSeeds).deviation > 0.3)
        let fails = result(try study(), table(order: 0.5, seed: 0, both: 0.0001))
        #expect(fails.verdict == .fail)
        // What an order does under one seed alone is a spread over orders too.
        #expect(result(try study(), table(order: 0, seed: 0, both: 0.5)).verdict == .fail)
        let open = result(try study(bound: 0.03), table(order: 0.02, seed: 0.1, both: 0.002))
        #expect(open.verdict == .inconclusive)
        #expect(try #require(open.reason).contains("--orders"))
        var lost = table(order: 0, seed: 0.1, both: 0)
        lost[1][1] = nil
        let diverged = result(try study(), lost)
        #expect(diverged.verdict == .inconclusive)
        #expect(try #require(diverged.reason).contains("1 of 12 runs diverged"))
    }

    @Test("distances of end points, by what a pair differs in")
    func distances() throws {
        func point(_ order: Int, _ seed: Int, _ values: [Float]) -> EndPoint {
            EndPoint(
                order: order, seed: seed,
                parameters: ["parameter/w": .init(values, shape: [2])], losses: [2, 3],
                predictions: Predictions(logits: values, vocabulary: 2))
        }
        let points = [
            point(0, 0, [1, 0]), point(1, 0, [1, 0]), point(0, 1, [0, 1]), point(1, 1, [0, 2]),
        ]
        let all = EndPointDistances.all(points, groups: ["parameter/w": "hidden"])
        let byKind = Dictionary(uniqueKeysWithValues: all.map { ($0.differ, $0) })
        // Equal ends, and (0, 1) beside (0, 2): 1 over the root of 2.5.
        let order = try #require(byKind[.order])
        #expect(order.pairs == 2)
        #expect((try #require(order.weights["hidden"]) - 1 / 2.5.squareRoot() / 2).magnitude < 1e-6)
        // Unrelated directions are the root of two apart, whatever their lengths.
        let seed = try #require(byKind[.seed])
        #expect((try #require(seed.weights["hidden"]) - 2.0.squareRoot()).magnitude < 1e-6)
        // Logits (1, 0) against (0, 1): p = e/(1 + e), half of 2 (2p − 1).
        let p = exp(1.0) / (1 + exp(1.0))
        let divergence = points[0].predictions.divergence(from: points[2].predictions)
        #expect((divergence - (2 * p - 1)).magnitude < 1e-6)
    }

    @Test("one order, or one seed, is refused")
    func refusals() {
        #expect(throws: ConfigurationError.self) { try study(orders: 1) }
        #expect(throws: ConfigurationError.self) { try study(seeds: 1) }
        #expect(throws: ConfigurationError.self) { try study(bound: 0) }
    }
}
