import Documents
import Foundation
import Modules
import RunTables
import Runs
import Statistics
import Studies
import Sweeps
import Testing
import Training

@Suite("factorial studies of mitigations")
struct InteractionTests {
    private static func study(
        _ settings: String = "{measure: lowest-loss, margin: 0.02}",
        factors: String = "{a: {model.qk-norm: true}, b: {loss.z-loss: 0}}",
        seeds: String = "[0, 1, 2]",
        rates: String = "[1e-3, 1e-2, 1e-1]", more: String = ""
    ) throws -> InteractionStudy {
        let file = NSTemporaryDirectory() + "ballast-interactions-\(UUID().uuidString).yaml"
        defer { try? FileManager.default.removeItem(atPath: file) }
        try """
        name: sample
        base: {steps: 100, loss: {z-loss: 1e-3}}
        factors: \(factors)
        grid: {model.width: [32, 64], optimizer.learning-rate: \(rates)}
        seeds: \(seeds)
        interactions: \(settings)
        \(more)
        """.write(toFile: file, atomically: true, encoding: .utf8)
        return try InteractionStudy(path: file)
    }

    /// Runs that ended at losses which are known; nil for one that diverged.
    private static func table(
        _ study: InteractionStudy, without open: (RunConfiguration) -> Bool = { _ in false },
        loss: (RunConfiguration) -> Double?
    ) -> RunTable {
        RunTable(
            name: "sample", axes: study.study.axes,
            rows: study.study.cells.map { cell in
                let c = cell.configuration
                let loss = loss(c)
                let result = RunResult(
                    width: c.model.width, depth: c.model.depth, heads: c.model.heads,
                    parameters: 1000, totalParameters: 2000, qkNorm: c.model.qkNorm,
                    learningRate: c.optimizer.learningRate, seed: c.seed, dataSeed: 0,
                    steps: c.steps, stepsDone: c.steps, initialLoss: 5.5, finalLoss: loss,
                    maxAttentionLogit: 4, diverged: loss == nil,
                    divergedStep: loss == nil ? 7 : nil,
                    divergedTensor: loss == nil ? "train/loss" : nil, tokensPerSecond: 1)
                return RunRow(
                    name: cell.name, settings: cell.settings, state: .finished,
                    result: open(c) ? nil : result, series: [:])
            }, wallSeconds: 1)
    }

    private static func effect(
        _ result: InteractionResult, _ kind: String, _ factor: String, _ beside: String? = nil
    ) throws -> InteractionResult.Effect {
        try #require(
            result.effects.first {
                $0.kind == kind && $0.factor == factor && $0.beside == beside
            })
    }

    /// `a` lowers the loss by 0.3 alone, `b` by 0.2 alone and by nothing where `a` is in.
    private static func loss(_ c: RunConfiguration) -> Double {
        let (a, b) = (c.model.qkNorm, c.loss.zLoss == 0)
        let bowl = 0.1 * pow(log10(c.optimizer.learningRate) + 2, 2)
        let noise = 0.001 * Double(c.seed) * (a ? 1 : -1) * (b ? 1 : 2)
        return 2 + bowl - (a ? 0.3 : 0) - (b && !a ? 0.2 : 0) + noise
            + (c.model.width == 64 ? 0.01 : 0)
    }

    @Test("effects, what is left of them beside another, and interactions are the contrasts")
    func contrasts() throws {
        let study = try Self.study()
        let result = study.result(Self.table(study) { Self.loss($0) })
        #expect(result.combinations.map(\.name) == ["none", "a", "b", "a+b"])
        // Means over seeds 0, 1, 2 of what the noise adds: ±0.001 and ±0.002.
        func close(_ value: Double?, _ expected: Double) -> Bool {
            ((value ?? .nan) - expected).magnitude < 1e-12
        }
        let noise = [false: [false: -0.002, true: -0.001], true: [false: 0.002, true: 0.001]]
        func mean(_ a: Bool, _ b: Bool) -> Double {
            2 - (a ? 0.3 : 0) - (b && !a ? 0.2 : 0) + (noise[a]?[b] ?? 0)
        }
        let a = try Self.effect(result, "main", "a")
        let aAlone = mean(true, false) - mean(false, false)
        let aBeside = mean(true, true) - mean(false, true)
        #expect(close(a.value, (aAlone + aBeside) / 2) && a.finding == .lower)
        #expect(a.bySize.count == 2 && close(a.bySize[0], a.bySize[1]))
        let aGiven = try Self.effect(result, "given", "a", "b")
        #expect(close(aGiven.value, aBeside) && aGiven.finding == .lower)
        // b does nothing that matters where a is in.
        let bGiven = try Self.effect(result, "given", "b", "a")
        #expect(close(bGiven.value, mean(true, true) - mean(true, false)))
        #expect(bGiven.finding == .same)
        #expect(try Self.effect(result, "main", "b").finding == .lower)
        let both = try Self.effect(result, "interaction", "a", "b")
        #expect(close(both.value, aBeside - aAlone) && both.finding == .higher)
        let text = result.document.text(columns: 120)
        #expect(text.contains("b lowers the lowest loss, and is not needed once a is in"))
        #expect(!text.contains("a lowers the lowest loss, and is not needed"))
        // The broken twin: effects that add up leave each needed.
        let additive = study.result(
            Self.table(study) { c in
                Self.loss(c) - (c.loss.zLoss == 0 && c.model.qkNorm ? 0.2 : 0)
            })
        #expect(try Self.effect(additive, "given", "b", "a").finding == .lower)
        #expect(
            additive.document.text(columns: 120).contains("none is shown to become unnecessary"))
    }

    @Test("the sensitivity of each set is that of its runs, diverged ones counted as their start")
    func sensitivity() throws {
        let study = try Self.study("{margin: 0.02}")
        #expect(study.measure == .sensitivity)
        let result = study.result(
            Self.table(study) { c in
                c.optimizer.learningRate > 0.05 && !c.model.qkNorm ? nil : Self.loss(c)
            })
        // Without a: 0.1 at 1e-3, 0 at 1e-2 and the start, 5.5, at 1e-1, above the lowest.
        let none = try #require(result.combinations[0].sizes[0].bySeed)
        #expect((none[0] - (0.1 + 0 + 5.5 - 2) / 3).magnitude < 1e-12)
        let a = try #require(result.combinations[1].sizes[0].bySeed)
        #expect((a[0] - 0.2 / 3).magnitude < 1e-12)
        #expect(try Self.effect(result, "main", "a").finding == .lower)
    }

    @Test("a set without a number leaves the effects that need it unknown, and says which")
    func missing() throws {
        let study = try Self.study()
        let result = study.result(
            Self.table(
                study,
                without: { $0.model.qkNorm && $0.loss.zLoss > 0 && $0.model.width == 64 },
                loss: { Self.loss($0) }))
        #expect(result.missing == 9 && result.lost == ["a at 64 x 3"], "\(result.lost)")
        #expect(try Self.effect(result, "main", "a").value == nil)
        // Where b is in, both sets are there.
        #expect(try Self.effect(result, "given", "a", "b").value != nil)
        #expect(result.document.text(columns: 100).contains("9 runs without a result"))
    }

    @Test(
        "studies that cannot conclude are refused with the next step",
        arguments: [
            (
                "{measure: speed}", "{a: {model.qk-norm: true}, b: {loss.z-loss: 0}}", "[0, 1]",
                "none of sensitivity"
            ),
            (
                "{margin: -1}", "{a: {model.qk-norm: true}, b: {loss.z-loss: 0}}", "[0, 1]",
                "is not a number from"
            ),
            ("{}", "{a: {model.qk-norm: true}, b: {loss.z-loss: 0}}", "[0]", "without a replicate"),
            ("{}", "{a: {model.qk-norm: true}}", "[0, 1]", "two to six"),
            (
                "{}", "{a+b: {model.qk-norm: true}, b: {loss.z-loss: 0}}", "[0, 1]",
                "is not a name for a factor"
            ),
            ("{}", "{a: {loss.z-loss: 1}, b: {loss.z-loss: 0}}", "[0, 1]", "stands in two of them"),
            (
                "{marginn: 1}", "{a: {model.qk-norm: true}, b: {loss.z-loss: 0}}", "[0, 1]",
                "marginn"
            ),
        ])
    func refusals(settings: String, factors: String, seeds: String, reason: String) throws {
        let error = try #require(throws: ConfigurationError.self) {
            try Self.study(settings, factors: factors, seeds: seeds)
        }
        #expect(error.description.contains(reason), "\(error)")
    }

    @Test("the study that ships reads, and holds each run to 1M tokens")
    func shipped() throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Studies/interactions/mitigations.yaml").standardized.path
        let study = try InteractionStudy(path: path)
        #expect(study.factors.count == 4 && study.study.cells.count == 16 * 2 * 5 * 2)
        #expect(study.study.cells.allSatisfy { $0.configuration.trainingTokens <= 1_000_000 })
    }
}
