import Statistics
import Testing

private typealias Point = LearningRateSensitivity.Point

/// Points at 1, 2, 3 … times 1e-3, all with one loss at initialisation.
private func points(_ losses: [Double?], initial: Double = 10.4) -> [Point] {
    losses.enumerated().map { index, loss in
        Point(learningRate: 1e-3 * Double(index + 1), loss: loss, initialLoss: initial)
    }
}

/// Seven learning rates, of which one diverged.
///
/// ℓ* = 2, so the sensitivity is the mean of 0, 0, 0, 0, 3, 7 and 8.4.
private let oracleLosses: [Double?] = [2, 2, 2, 2, 5, 9, .nan]
private let oracle = 18.4 / 7

private func checkOracle(
    _ measure: ([Double?]) throws -> Double, sourceLocation: SourceLocation = #_sourceLocation
) rethrows {
    let value = try measure(oracleLosses)
    // Seven subtractions, six additions and a division of numbers below 10.4.
    #expect(abs(value - oracle) < 14 * 10.4.ulp, sourceLocation: sourceLocation)
}

@Suite("learning-rate sensitivity")
struct LearningRateSensitivityTests {
    @Test("the oracle number 2.629")
    func oracleNumber() throws {
        try checkOracle { try LearningRateSensitivity(points($0)).value }
        #expect(abs(oracle - 2.629) < 5e-4)
    }

    @Test("the check can fail: dropping the diverged run is caught, and so is forgetting the clamp")
    func negativeControl() {
        func unclamped(_ losses: [Double?], _ diverged: Double?) -> Double {
            let finite = losses.compactMap { loss in
                loss.flatMap { $0.isFinite ? $0 : diverged }
            }
            let best = finite.min() ?? .nan
            return finite.reduce(0) { $0 + $1 - best } / Double(finite.count)
        }
        withKnownIssue { checkOracle { unclamped($0, nil) } }
        withKnownIssue { checkOracle { unclamped($0, 1e6) } }
    }

    @Test(
        "a run that diverged counts as its initial loss, however it is written",
        arguments: [nil, .nan, .infinity, 11, 1e30] as [Double?])
    func divergence(loss: Double?) throws {
        let sensitivity = try LearningRateSensitivity(points([2, 2, 2, 2, 5, 9, loss]))
        #expect(abs(sensitivity.value - oracle) < 14 * 10.4.ulp)
        #expect(sensitivity.clamped == 1)
    }

    @Test("the grid is sorted and the best learning rate is the lowest of those that tie")
    func grid() throws {
        let sensitivity = try LearningRateSensitivity(points([3, 2, 2, 4]).reversed())
        #expect(sensitivity.grid == [1e-3, 2e-3, 3e-3, 4e-3])
        #expect(sensitivity.bestLearningRate == 2e-3)
        #expect(sensitivity.bestLoss == 2)
        #expect(sensitivity.value == 0.75)
    }

    @Test("a grid whose losses are equal has sensitivity zero")
    func flat() throws {
        #expect(try LearningRateSensitivity(points([1.5, 1.5, 1.5])).value == 0)
    }

    @Test("adding a constant to every loss changes nothing")
    func shift() throws {
        let value = try LearningRateSensitivity(points([1, 2, nil], initial: 4)).value
        #expect(try LearningRateSensitivity(points([2, 3, nil], initial: 5)).value == value)
    }

    @Test("seeds are clamped one by one, and a learning rate counts once")
    func seeds() throws {
        var runs = points([2, 4], initial: 10)
        runs.append(Point(learningRate: 2e-3, loss: nil, initialLoss: 10))
        runs.append(Point(learningRate: 1e-3, loss: 3, initialLoss: 10))
        let sensitivity = try LearningRateSensitivity(runs)
        // 1e-3: (2 + 3) / 2 = 2.5. 2e-3: (4 + 10) / 2 = 7.
        #expect(sensitivity.value == 2.25)
        #expect(sensitivity.bestLoss == 2.5)
        #expect(sensitivity.clamped == 1)
        #expect(sensitivity.grid.count == 2)
    }

    @Test("the six losses of the phenomenon check give 0.405 without qk-norm and 0.099 with it")
    func phenomenon() throws {
        let without = try LearningRateSensitivity(
            points([1.810, 1.648, 1.562, 1.624, 2.304, 2.857], initial: 5.55))
        let with = try LearningRateSensitivity(
            points([1.831, 1.633, 1.525, 1.543, 1.582, 1.633], initial: 5.55))
        #expect(abs(without.value - 0.405) < 1e-3)
        #expect(abs(with.value - 0.099) < 1e-3)
    }

    static let unsupportedKeys: [([Double?], Double, SensitivityError)] = [
        ([], 5, .tooFewLearningRates(0)), ([2], 5, .tooFewLearningRates(1)),
        ([nil, .nan], 5, .noFiniteLoss), ([6, nil], 5, .nothingLearned),
        ([1, 2], .infinity, .initialLoss(.infinity)),
    ]

    @Test("a grid that has no sensitivity says why", arguments: unsupportedKeys)
    func refusal(losses: [Double?], initial: Double, error: SensitivityError) {
        #expect(throws: error) { try LearningRateSensitivity(points(losses, initial: initial)) }
    }

    @Test("a refusal reads as a clause")
    func messages() {
        #expect(
            SensitivityError.tooFewLearningRates(1).description
                == "1 learning rate with a result; two are needed")
        #expect(throws: SensitivityError.learningRate(-1)) {
            try LearningRateSensitivity([Point(learningRate: -1, loss: 1, initialLoss: 2)])
        }
    }
}
