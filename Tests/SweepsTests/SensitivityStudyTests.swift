import Foundation
import Modules
import Optimizers
import RunTables
import Runs
import Statistics
import Studies
import Sweeps
import Testing
import Training

@Suite("sensitivity studies")
struct SensitivityStudyTests {
    private func path(
        _ folder: StudyFolder, variants: String = "{none: {model.qk-norm: false}, qk: {}}",
        widths: String = "[32, 64]", rates: String = "[1e-3, 1e-2, 1e-1]",
        seeds: String = "[0, 1, 2]", settings: String = "{baseline: none, claims: {qk: lower}}"
    ) throws -> String {
        let file = folder.path + "/\(UUID().uuidString).yaml"
        try """
        name: sample
        base: {steps: 100, model: {qk-norm: true}}
        variants: \(variants)
        grid:
          model.width: \(widths)
          optimizer.learning-rate: \(rates)
        seeds: \(seeds)
        sensitivity: \(settings)
        """.write(toFile: file, atomically: true, encoding: .utf8)
        return file
    }

    /// A study in which each run ended at a loss.
    private func result(
        _ study: SensitivityStudy, loss: (RunConfiguration) -> Double?
    ) -> SensitivityResult {
        study.result(
            RunTable(
                name: "sample", axes: study.study.axes,
                rows: study.study.cells.map { cell in
                    let loss = loss(cell.configuration)
                    return RunRow(
                        name: cell.name, settings: cell.settings, state: .finished,
                        result: TransferSamples.result(cell.configuration, loss: loss),
                        series: [:])
                }, wallSeconds: 1))
    }

    /// Losses with S of 0.2 without normalisation and 0.1 with it; a seed tilts both alike, and a
    /// little apart.
    private func loss(
        _ configuration: RunConfiguration, effect: Double = 0.1, noise: Double = 0.004
    )
        -> Double?
    {
        let distance = abs(log10(configuration.optimizer.learningRate) + 2)
        let seed = Double(configuration.seed) - 1
        let own = configuration.model.qkNorm ? noise * seed : 0
        // S over three rates is two thirds of the rise.
        let rise = 1.5 * (0.2 - (configuration.model.qkNorm ? effect : 0)) + 0.05 * seed + own
        return 2 + rise * distance
    }

    @Test("S, its paired difference and the verdict on a claim")
    func claim() throws {
        let folder = try StudyFolder()
        let study = try SensitivityStudy(path: path(folder))
        let outcome = result(study) { loss($0) }
        #expect(outcome.verdict == .pass)
        #expect(outcome.lines.count == 4)
        for line in outcome.lines {
            let expected = line.variant == "none" ? 0.2 : 0.1
            #expect((try #require(line.sensitivity) - expected).magnitude < 1e-12)
            #expect(line.bestLearningRate == 1e-2)
            let (low, high) = (try #require(line.low), try #require(line.high))
            // A seed tilts S by 0.05 x 2/3; a bootstrap draws means of three.
            #expect(low < expected && expected < high && high - low < 0.08)
        }
        let difference = try #require(outcome.comparisons.first?.sensitivity)
        #expect((difference.mean + 0.1).magnitude < 1e-12)
        // The common tilt has gone; two thirds of 0.004 from seed to seed are left.
        #expect((difference.spread - 0.004 * 2 / 3).magnitude < 1e-9)
        #expect(difference.finding == .lower)
        // The broken twin: claimed the other way round, the same runs fail.
        let denied = try SensitivityStudy(
            path: path(folder, settings: "{baseline: none, claims: {qk: higher}}"))
        #expect(result(denied) { loss($0) }.verdict == .fail)
    }

    @Test("noise that hides the difference is inconclusive and says how many seeds settle it")
    func undecided() throws {
        let folder = try StudyFolder()
        let study = try SensitivityStudy(path: path(folder))
        let outcome = result(study) { loss($0, effect: 0.03, noise: 0.1) }
        #expect(outcome.verdict == .inconclusive)
        let reason = try #require(outcome.comparisons.first?.reason)
        #expect(reason.contains("--seeds"))
        // Equal recipes with little noise are the same, which is a finding.
        let same = try SensitivityStudy(
            path: path(folder, settings: "{baseline: none, claims: {qk: same}}"))
        #expect(result(same) { loss($0, effect: 0) }.verdict == .pass)
    }

    @Test("S that grows with size has an exponent, and an optimum at the end of the grid a caveat")
    func slopeAndCaveat() throws {
        let folder = try StudyFolder()
        let study = try SensitivityStudy(path: path(folder, widths: "[32, 64, 128]"))
        // N grows as the square of the width, S as the width: exponent one half.
        let outcome = result(study) { configuration in
            let distance = abs(log10(configuration.optimizer.learningRate) + 2)
            return 2 + 0.01 * Double(configuration.model.width) * distance
                * (1 + 0.01 * Double(configuration.seed))
        }
        for slope in outcome.slopes { #expect((slope.exponent - 0.5).magnitude < 1e-9) }
        #expect(outcome.slopes.count == 2)
        #expect(!outcome.caveats.contains { $0.contains("its window") })
        let edge = result(study) { 2 + log10($0.optimizer.learningRate) / 10 }
        #expect(edge.caveats.contains { $0.contains("its window") && $0.contains("lower end") })
        #expect(edge.caveats.contains { $0.hasPrefix("S says nothing about the level") })
    }

    @Test("S about the optimum does not follow the ends of the grid, and needs it on both sides")
    func aroundOptimum() throws {
        let folder = try StudyFolder()
        func lines(_ rates: String) throws -> [SensitivityResult.Line] {
            try result(SensitivityStudy(path: path(folder, rates: rates))) { loss($0) }.lines
        }
        let narrow = try lines("[1e-3, 1e-2, 1e-1]")
        let wide = try lines("[1e-5, 1e-4, 1e-3, 1e-2, 1e-1]")
        for (own, other) in zip(narrow, wide) {
            #expect(own.aroundOptimum == own.sensitivity && own.aroundOptimum != nil)
            #expect(own.seedsAroundOptimum == own.seedSensitivities)
            #expect(other.aroundOptimum == own.aroundOptimum)
            // The broken twin: S over the whole grid is another.
            #expect(other.sensitivity != own.sensitivity)
        }
        // A factor of three on one side is not ten.
        let short = try lines("[3e-3, 1e-2, 1e-1]")
        #expect(short.allSatisfy { $0.aroundOptimum == nil && $0.sensitivity != nil })
    }

    @Test("runs of few tokens for each parameter say that S is of the start of training")
    func length() throws {
        let folder = try StudyFolder()
        let study = try SensitivityStudy(path: path(folder))
        let outcome = result(study) { loss($0) }
        let each = try outcome.lines.map { try #require($0.tokensPerParameter) }
        let row = try #require(study.study.cells.first).configuration
        let first = try #require(outcome.lines.first?.parameters)
        #expect(each.first == Double(100 * row.data.batch * row.model.context) / Double(first))
        let isShort = each.contains { $0 < SensitivityResult.leastTokensPerParameter }
        #expect(outcome.caveats.contains { $0.hasPrefix("too short") } == isShort)
        let long = try SensitivityStudy(path: path(folder), overrides: ["steps=100000"])
        let other = result(long) { loss($0) }
        #expect(other.lines.allSatisfy { $0.tokensPerParameter ?? 0 > 5 })
        #expect(!other.caveats.contains { $0.hasPrefix("too short") })
        let brief = try SensitivityStudy(path: path(folder), overrides: ["steps=2"])
        #expect(result(brief) { loss($0) }.caveats.contains { $0.hasPrefix("too short") })
    }

    @Test("rules that mean different things by a learning rate are not compared by S")
    func notComparable() throws {
        let folder = try StudyFolder()
        let study = try SensitivityStudy(
            path: path(
                folder,
                variants:
                    "{adamw: {}, sgd: {optimizer.rule: sgd, optimizer.weight-decay.form: none}}",
                settings: "{}"))
        let outcome = result(study) { loss($0) }
        #expect(outcome.verdict == .inconclusive)
        #expect(outcome.comparisons[0].sensitivity == nil)
        #expect(outcome.comparisons[0].bestLoss != nil)
        #expect(outcome.caveats.contains { $0.hasPrefix("sgd against ") })
    }

    @Test("a rate that counts beside the size of matrices is compared with a caveat")
    func comparableWithCare() throws {
        let folder = try StudyFolder()
        func caveats(_ variant: String) throws -> [String] {
            let study = try SensitivityStudy(
                path: path(folder, variants: "{none: {}, other: {\(variant)}}", settings: "{}"))
            let outcome = result(study) { loss($0) }
            #expect(outcome.comparisons[0].sensitivity != nil)
            return outcome.caveats
        }
        let sigma = try caveats("model.sigma-reparam: hidden")
        #expect(sigma.contains { $0.hasPrefix("other against none: with model.sigma-reparam") })
        let plain = try caveats("model.qk-norm: false")
        #expect(!plain.contains { $0.hasPrefix("other against") })
    }

    @Test("studies that cannot conclude are refused, with the key and the next step")
    func refusals() throws {
        let folder = try StudyFolder()
        func refusal(_ path: String) -> String {
            do {
                _ = try SensitivityStudy(path: path)
                return ""
            } catch {
                return "\(error)"
            }
        }
        #expect(
            refusal(try path(folder, rates: "[1e-2]")).contains(
                "grid.optimizer.learning-rate: one learning rate"))
        #expect(refusal(try path(folder, widths: "[32]")).contains("has one size"))
        #expect(refusal(try path(folder, seeds: "[0]")).contains("seeds: 1: without a replicate"))
        #expect(
            refusal(try path(folder, variants: "{none: {}, again: {}}")).contains(
                "are the same run"))
        #expect(
            refusal(try path(folder, settings: "{baseline: nobody}")).contains(
                "there is no variant nobody"))
        #expect(refusal(try path(folder)) == "")
    }

    @Test(
        "every study of the library reads, keeps to 1M tokens a run or says more, and shares its baseline"
    )
    func library() throws {
        let library = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Studies/sensitivity")
        let files = try FileManager.default.contentsOfDirectory(atPath: library.path)
            .filter { $0.hasSuffix(".yaml") }
        #expect(files.count >= 20)
        var runs = 0
        var different: Set<String> = []
        for file in files {
            let study = try SensitivityStudy(path: library.path + "/" + file)
            #expect(study.study.name + ".yaml" == file)
            for cell in study.study.cells {
                let most = file == "f01-tokens.yaml" ? 4_096_000 : 1_000_000
                #expect(cell.configuration.trainingTokens <= most, "\(file)")
                runs += 1
                different.insert(try #require(cell.folder))
            }
        }
        #expect(different.count < runs * 3 / 4, "\(different.count) of \(runs)")
    }

    @Test("the protocol says what is scaled and the paper's value")
    func scaling() {
        var configuration = RunConfiguration()
        configuration.steps = 400
        configuration.optimizer.weightDecay.referenceSteps = 100_000
        let lines = ScaledProtocol.lines(configuration)
        #expect(lines.contains { $0.contains("warm-up over 20 steps, 5% (published: 5000") })
        #expect(

            lines.contains { $0.contains("0.025 per step") && $0.contains("rate x steps = 10 ") })
        configuration.optimizer.weightDecay.referenceSteps = 0
        #expect(ScaledProtocol.lines(configuration).contains { $0.contains("rate x steps = 0.04") })
    }

    @Test(
        "where decay follows the learning rate S is the smallest over the windows, else over the first"
    )
    func windows() throws {
        let folder = try StudyFolder()
        let variants =
            "{decoupled: {optimizer.weight-decay.form: decoupled}, independent: "
            + "{optimizer.weight-decay.form: independent}}"
        func study(_ windows: String) throws -> SensitivityStudy {
            try SensitivityStudy(
                path: path(
                    folder, variants: variants, rates: "[1e-4, 1e-3, 1e-2, 1e-1]",
                    settings: "{windows: \(windows)}"))
        }
        // |log₁₀ η + 3|: over 1e-4 to 1e-2 the mean rise is 2/3, over 1e-3 to 1e-1 it is 1.
        func loss(_ configuration: RunConfiguration) -> Double? {
            2 + abs(log10(configuration.optimizer.learningRate) + 3)
                + 1e-3 * Double(configuration.seed)
        }
        let found = result(try study("[[1e-3, 1e-1], [1e-4, 1e-2]]"), loss: loss)
        for line in found.lines {
            let value = try #require(line.sensitivity)
            let isShifted = line.variant == "decoupled"
            #expect(abs(value - (isShifted ? 2.0 / 3 : 1)) < 1e-9, "\(line.variant)")
            #expect(line.window == (isShifted ? [1e-4, 1e-2] : [1e-3, 1e-1]))
            #expect(line.seedSensitivities.allSatisfy { abs($0 - value) < 1e-9 })
        }
        #expect(found.caveats.contains { $0.contains("are over 0.0001 to 0.01") })
        // Without windows both are over the whole grid: (1 + 0 + 1 + 2) / 4.
        let whole = result(
            try SensitivityStudy(
                path: path(
                    folder, variants: variants, rates: "[1e-4, 1e-3, 1e-2, 1e-1]", settings: "{}")),
            loss: loss)
        #expect(whole.lines.allSatisfy { abs(($0.sensitivity ?? 0) - 1) < 1e-9 })
        for (windows, reason) in [
            ("[[1e-3, 1e-2]]", "0.001 to 0.01 has 2 of the learning rates"),
            ("[[1e-1, 1e-3]]", "is not a list of windows"), ("1e-3", "is not a list of windows"),
        ] {
            do {
                _ = try study(windows)
                Issue.record("\(windows) was taken")
            } catch {
                #expect("\(error)".contains(reason), "\(error)")
            }
        }
    }
}
