import Foundation
import Modules
import Optimizers
import RunTables
import Runs
import Statistics
import Sweeps
import Telemetry
import Testing
import Training
import TransferStudies

/// A size series over width whose runs recorded given numbers.
private struct Telemetry {
    var axis = TransferAxis.width
    var base = RunConfiguration()
    /// The largest attention logit by width.
    var logit: (Double) -> Double = { _ in 4 }
    /// Series by extent: tag -> values, at the steps 1, 2, ...
    var series: (Double) -> [String: [Double]] = { _ in [:] }
    /// The losses of the largest size by place in the grid; nil diverged.
    var lastLosses: [Double?] = [3, 2.5, 2.2, 2, 2.2, 2.5, 3]
    var check: ActivationSlopes?

    private let rates = (0..<7).map { 1e-3 * exp2(Double($0)) }

    func evidence() -> TransferEvidence {
        let extents = axis == .steps ? [50, 100, 200, 400] : [32, 64, 128, 256]
        let curves = extents.map { extent in
            let losses = extent == extents.last ? lastLosses : [3, 2.5, 2.2, 2, 2.2, 2.5, 3]
            return TransferResult.Curve(
                extent: extent,
                points: zip(rates, losses).map { rate, loss in
                    TransferResult.Point(
                        learningRate: rate, losses: [loss], mean: loss,
                        diverged: loss == nil ? 1 : 0, missing: 0)
                }, optimum: nil, reason: nil)
        }
        let cells = extents.map { extent -> RunRow in
            var configuration = base
            configuration.optimizer.learningRate = rates[3]
            switch axis {
            case .width: configuration.model.width = extent
            case .depth: configuration.model.depth = extent
            case .steps: configuration.steps = extent
            }
            let points = series(Double(extent)).mapValues { values in
                values.enumerated().map { Series.Point(step: $0.offset + 1, value: $0.element) }
            }
            return RunRow(
                name: "\(extent)", settings: [:], configuration: configuration, state: .finished,
                result: TransferSamples.result(
                    configuration, loss: 2, logit: logit(Double(extent))),
                series: .init(tags: points))
        }
        return TransferEvidence(axis: axis, curves: curves, rows: cells, coordinateCheck: check)
    }

    func finding(_ cause: some Cause) -> CauseFinding { cause.finding(in: evidence()) }
}

@Suite("causes of a learning rate that does not transfer")
struct CauseTests {
    /// A cause, telemetry that points to it, telemetry that does not, and words of the evidence.
    private static var cases: [(cause: any Cause, bad: Telemetry, good: Telemetry, words: String)] {
        var independent = RunConfiguration()
        independent.optimizer.weightDecay.referenceSteps = 0
        independent.optimizer.weightDecay.rate = 1e-2
        var scaled = independent
        scaled.optimizer.weightDecay.referenceSteps = 100
        return [
            (
                AttentionLogitGrowth(), Telemetry(logit: { 0.1 * $0 * $0 }),
                Telemetry(logit: { _ in 900 }), "102 at width 32 to 6.55e3 at 256, as width^2"
            ),
            (
                OutputLogitGrowth(),
                Telemetry(series: {
                    ["out/logz": [5.5, 5.5 + $0 / 10], "out/logit_mean": [0, -1]]
                }),
                Telemetry(series: { _ in ["out/logz": [5.5, 5], "out/logit_mean": [0, -3]] }),
                "as width^1"
            ),
            (
                UpdateGrowth(),
                Telemetry(series: { _ in ["norm/update/blocks.0.mlp.up/rms": [1e-3, 1e-3]] }),
                Telemetry(series: { ["norm/update/blocks.0.mlp.up/rms": [1e-1 / $0]] }),
                "0.032 at width 32 to 0.256 at 256, as width^1"
            ),
            (
                EdgeOfDivergence(), Telemetry(lastLosses: [3, 2.5, 2.2, 2, nil, nil, nil]),
                Telemetry(), "1 octaves above the lowest loss"
            ),
            (
                GradientNearEpsilon(),
                Telemetry(series: { ["norm/gradient/head/rms": [1e-3, 1e-7 / $0]] }),
                Telemetry(series: { _ in ["norm/gradient/head/rms": [1e-3, 1e-4]] }),
                "0.312 at width 32 to 0.0391 at 256"
            ),
            (
                WeightDecayShift(), Telemetry(axis: .steps, base: independent),
                Telemetry(axis: .steps, base: scaled), "decay of form independent adds up to"
            ),
            (
                ShortWarmup(),
                Telemetry(series: { ["train/loss": [5, 4, 4 + $0 / 100] + [3, 2]] }),
                Telemetry(series: { _ in ["train/loss": [5, 4, 4.2, 3, 2]] }), "2.56 at 256 nats"
            ),
            (
                ActivationGrowth(), Telemetry(check: check(slope: 0.9)),
                Telemetry(check: check(slope: 0.02)), "at step 4 the steepest activation is a"
            ),
        ]
    }

    private static func check(slope: Double) -> ActivationSlopes {
        ActivationSlopes(
            recipe: RunConfiguration().recipeDigest, axis: "width", threshold: 0.25,
            slopes: [0, 1, 2, 4].map { step in
                let mean = step == 0 ? 0 : slope
                return .init(
                    activation: "a", step: step, mean: mean, verdict: mean > 0.25 ? .fail : .pass)
            })
    }

    @Test("the cases are those of the catalog")
    func catalog() {
        #expect(Set(Self.cases.map(\.cause.name)) == Set(CauseCatalog.all.map(\.name)))
        #expect(Set(CauseCatalog.all.map(\.name)).count == CauseCatalog.all.count)
    }

    @Test("telemetry that points to a cause is found, with its numbers", arguments: cases.indices)
    func found(index: Int) {
        let (cause, bad, _, words) = Self.cases[index]
        let finding = bad.finding(cause)
        #expect(finding.isEvident, "\(finding)")
        #expect(finding.evidence.contains(words), "\(finding.evidence)")
        #expect(!finding.remedy.isEmpty)
    }

    @Test("telemetry without it is no evidence, and says so", arguments: cases.indices)
    func notFound(index: Int) {
        let (cause, _, good, _) = Self.cases[index]
        let finding = good.finding(cause)
        #expect(!finding.isEvident, "\(finding)")
        #expect(finding.strength != nil && finding.remedy.isEmpty, "\(finding)")
    }

    @Test("the check can fail: each cause is not found in what points to it elsewhere")
    func negativeControl() {
        withKnownIssue {
            let finding = Telemetry().finding(AttentionLogitGrowth())
            #expect(finding.isEvident)
        }
    }

    @Test("what was not recorded is neither found nor cleared")
    func notRecorded() {
        let silent = Telemetry()
        let causes: [any Cause] = [
            OutputLogitGrowth(), UpdateGrowth(), GradientNearEpsilon(), ShortWarmup(),
            ActivationGrowth(),
        ]
        for cause in causes {
            let finding = silent.finding(cause)
            #expect(finding.strength == nil, "\(finding)")
            #expect(!finding.evidence.isEmpty)
        }
    }

    @Test(
        "updates that are orthogonal may shrink as the root of the width, others have to as the width",
        arguments: [("muon", true), ("dualized", true), ("adamw", false), ("adamh", false)])
    func orthogonalUpdates(rule: String, isSpread: Bool) {
        var telemetry = Telemetry(series: {
            ["norm/update/blocks.0.mlp.up/rms": [1e-2 / $0.squareRoot()]]
        })
        telemetry.base.optimizer = OptimizerConfiguration(rule: rule)
        let finding = telemetry.finding(UpdateGrowth())
        #expect(finding.isEvident == !isSpread, "\(finding)")
        let exponent = finding.strength ?? .nan
        #expect((exponent - (isSpread ? 0 : 0.5)).magnitude < 1e-6, "\(finding)")
        // Nobody is told to take the rule that the recipe has.
        telemetry.series = { _ in ["norm/update/blocks.0.mlp.up/rms": [1e-2]] }
        let grown = telemetry.finding(UpdateGrowth())
        #expect(grown.isEvident && grown.remedy.contains("scale: spectral"), "\(grown)")
        #expect(grown.remedy.contains("parametrization.kind: mup") == !isSpread)
    }

    @Test("a coordinate check of another recipe is no evidence")
    func otherRecipe() {
        var telemetry = Telemetry(check: Self.check(slope: 0.9))
        #expect(telemetry.finding(ActivationGrowth()).isEvident)
        telemetry.base.model.qkNorm = true
        let finding = telemetry.finding(ActivationGrowth())
        #expect(finding.strength == nil && finding.evidence.contains("of another recipe"))
        // Another size, learning rate, length or text is the same recipe.
        telemetry.base = RunConfiguration()
        telemetry.base.model.depth += 1
        telemetry.base.steps = 7
        telemetry.base.data.batch = 3
        #expect(telemetry.finding(ActivationGrowth()).isEvident)
    }

    @Test("the strongest is named first, and what was not recorded last")
    func ranking() {
        var both = Telemetry(
            logit: { $0 / 4 },
            series: { _ in ["norm/update/blocks.0.mlp.up/rms": [1e-3]] })
        both.lastLosses = [3, 2.5, 2.2, 2, 2.2, nil, nil]
        let ranked = CauseCatalog.ranked(both.evidence())
        #expect(
            ranked.prefix(3).map(\.name) == [
                "updates-grow", "attention-logits-grow", "edge-of-divergence",
            ])
        let strengths = ranked.map { $0.strength ?? -1 }
        #expect(strengths == strengths.sorted(by: >))
    }
}
