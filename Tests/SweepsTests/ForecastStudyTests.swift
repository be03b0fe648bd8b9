import ForecastStudies
import Foundation
import Modules
import RunTables
import Runs
import Statistics
import Sweeps
import Telemetry
import Testing
import Training

/// Sweeps whose attention logits follow a law.
private struct ForecastSample {
    var widths = [16, 32, 48, 64, 96, 128, 192]
    var rates = [1e-2, 1e-1]
    var seeds: [UInt64] = [0, 1, 2]
    var steps = 400
    /// The first step that is recorded.
    var first = 2
    /// The logit of block 0, by width, learning rate and step.
    var logit: (Double, Double, Int) -> Double = { width, rate, _ in
        40 * rate * pow(width / 16, 1.5)
    }

    /// The final loss, by width, learning rate and seed; nil where the run diverged.
    var loss: (Double, Double, UInt64) -> Double? = { _, rate, _ in 2 + rate }

    func study() throws -> ForecastStudy {
        var cells: [RunRow] = []
        for width in widths {
            for rate in rates {
                for seed in seeds {
                    var configuration = RunConfiguration()
                    configuration.model.width = width
                    configuration.model.depth = 2
                    configuration.optimizer.learningRate = rate
                    configuration.seed = seed
                    configuration.steps = steps
                    let jitter = exp(0.05 * sin(Double(width) * 7 + Double(seed) * 3 + rate * 50))
                    let series = stride(from: first, through: steps, by: first).map { step in
                        Series.Point(
                            step: step, value: logit(Double(width), rate, step) * jitter)
                    }
                    let gradients = stride(from: first, through: steps, by: first).map { step in
                        Series.Point(step: step, value: 1e-3 * jitter / Double(width))
                    }
                    let result = TransferSamples.result(
                        configuration, loss: loss(Double(width), rate, seed))
                    let cell = RunRow(
                        name: "width=\(width),learning-rate=\(rate),seed=\(seed)",
                        settings: [
                            "model.width": .number(Double(width)),
                            "optimizer.learning-rate": .number(rate),
                            "seed": .number(Double(seed)),
                        ], configuration: configuration, state: .finished, result: result,
                        series: [
                            .maxAttentionLogit(0): Series(series),
                            .gradient("blocks.0.mlp.up"): Series(gradients),
                        ])
                    cells.append(cell)
                }
            }
        }
        let record = RunTable(
            name: "sample", axes: ["model.width", "optimizer.learning-rate", "seed"], rows: cells,
            wallSeconds: 1)
        return try ForecastStudy(record, folder: "out")
    }

    func result(
        _ target: String = "288x2", learningRate: Double? = nil
    ) throws -> ForecastResult {
        let study = try study()
        return study.result(
            for: try ForecastTarget(target, like: study.configuration), learningRate: learningRate,
            draws: 300)
    }

    func line(_ result: ForecastResult, _ name: String, _ rate: Double) throws
        -> ForecastResult.Line
    {
        let signal = try #require(result.signals.first { $0.name == name })
        return try #require(signal.lines.first { $0.learningRate == rate })
    }
}

@Suite("forecasts from runs")
struct ForecastStudyTests {
    @Test("the logit of a known law is met within the validated factor, and its alarm judged")
    func knownLaw() throws {
        let sample = ForecastSample()
        let result = try sample.result()
        let truth = 40 * 1e-2 * pow(288.0 / 16, 1.5)
        let line = try sample.line(result, "attention-logit", 1e-2)
        #expect(line.isValidated)
        #expect((result.extrapolationFactor - 2.25).magnitude < 1e-9)
        #expect(try #require(line.low) < truth && truth < (try #require(line.high)))
        #expect(try #require(line.value) > 0.8 * truth && (try #require(line.value)) < 1.25 * truth)
        #expect(line.verdict == .pass)
        #expect(line.heldOut.map(\.sizes) == [6, 5, 4])
        #expect(result.judged.map(\.learningRate) == [1e-2])
        // Gradients of 1e-3 / width stay far above an epsilon of 1e-8.
        #expect(try sample.line(result, "gradient-rms", 1e-2).verdict == .pass)

        // A law that passes 1e4 at the target, and nowhere before.
        var growing = sample
        growing.logit = { width, rate, _ in 40 * rate * pow(width / 16, 4.5) }
        let high = try growing.result(learningRate: 1e-1)
        let alarm = try growing.line(high, "attention-logit", 1e-1)
        #expect(alarm.points.flatMap(\.values).allSatisfy { $0 > 0 })
        #expect(alarm.verdict == .fail && high.verdict == .fail)
        #expect(alarm.crossings.contains { $0.level == .alarm && $0.isCertain })
    }

    @Test("beyond the validated factor there is a direction, no interval and no verdict")
    func reach() throws {
        let sample = ForecastSample()
        let result = try sample.result("1.3B")
        let line = try sample.line(result, "attention-logit", 1e-2)
        #expect(line.value == nil && line.low == nil && line.high == nil)
        #expect(!line.isValidated && line.direction == "rises")
        #expect(line.verdict == .inconclusive && result.verdict == .inconclusive)
        #expect(line.reason?.contains("not validated: the target is 1.47e3 times") ?? false)
        #expect(line.reason?.contains("train a size of at least") ?? false)

        // A law that breaks at the largest size is validated nowhere.
        var kinked = sample
        kinked.logit = { width, rate, _ in
            40 * rate * pow(width / 16, 1.5) * (width > 150 ? 9 : 1)
        }
        let broken = try kinked.result()
        let missed = try kinked.line(broken, "attention-logit", 1e-2)
        #expect(missed.validatedFactor == nil && missed.low == nil)
        #expect(missed.heldOut.first?.covered == 0)
        #expect(missed.reason?.contains("held-out largest size missed") ?? false)
    }

    @Test("it is read by the scaled protocol, and elsewhere only where that predicts much better")
    func reading() throws {
        let sample = ForecastSample()
        let plain = try #require(try sample.result().signals.first)
        #expect(plain.reading == "step 8 of 400, 2.0% of the steps")
        #expect(plain.readingReason == nil)
        #expect(plain.publishedProtocol == "step 2000; these runs have 400")

        // Noise until a twentieth of the steps, the law from there on.
        var late = sample
        late.logit = { width, rate, step in
            step < 20
                ? exp(sin(width * 12.9 + rate * 78)) : 40 * rate * pow(width / 16, 1.5)
        }
        let moved = try #require(try late.result().signals.first)
        #expect(moved.reading != plain.reading && moved.readingReason != nil, "\(moved.reading)")
    }

    @Test("a step at which every learning rate has the same logits is not read, and says nothing")
    func silence() throws {
        // 2% of 60 steps is the first, before any update.
        var early = ForecastSample()
        early.steps = 60
        early.first = 1
        early.logit = { width, rate, step in
            step < 6 ? 4.69 : 40 * rate * pow(width / 16, 1.5) + 4.69
        }
        let moved = try #require(try early.result().signals.first)
        #expect(moved.readingStep >= 6 && !moved.isSilent, "\(moved.reading)")
        #expect(
            moved.readingReason?.hasPrefix(
                "at step 1 of 60, that of the scaled protocol, it is the same at every learning rate"
            )
                ?? false, "\(moved.readingReason ?? "")")
        let line = try early.line(try early.result(), "attention-logit", 1e-1)
        #expect(Set(line.points.map { $0.values[0] }).count == line.points.count)

        // Logits that no learning rate moves are no forecast of any.
        early.logit = { width, _, _ in 4.69 * pow(width / 16, 0.1) }
        let result = try early.result()
        let silent = try #require(result.signals.first)
        #expect(silent.isSilent && silent.readingStep == 1)
        for line in silent.lines {
            #expect(line.verdict == .inconclusive && line.value == nil)
            #expect(line.reason?.hasPrefix("cannot say: learning rates do not change it") ?? false)
        }
        #expect(result.verdict == .inconclusive)
    }

    @Test("the largest stable learning rate of a known law is met, with its interval")
    func stable() throws {
        var sample = ForecastSample()
        sample.rates = (0..<9).map { 1e-3 * exp2(Double($0)) }
        sample.logit = { width, rate, _ in 40 * rate * pow(width / 16, 0.5) }
        /// Where the loss has risen by 0.2 nats.
        func limit(_ width: Double) -> Double { 0.08 * pow(width / 16, -0.5) }
        sample.loss = { width, rate, seed in
            let own = limit(width) * exp(0.05 * sin(width * 5 + Double(seed) * 9))
            return 2 + 0.2 * pow(rate / own, 1.5)
        }
        let own = try #require(try sample.result(learningRate: 1e-3).atTarget?.first)
        let stable = own.largestStableLearningRate
        #expect(own.stability.allSatisfy { $0.open == 0 && $0.limits.allSatisfy { $0 == .loss } })
        let (low, high) = (try #require(stable.low), try #require(stable.high))
        #expect(low < limit(288) && limit(288) < high && high < 2 * low, "\(low) \(high)")
        #expect(stable.status.hasPrefix("validated (extrapolation 2.25x; validated "))
        #expect(stable.direction == .falls)
        // Far below the boundary a run is stable, far above it is not.
        let probability = try #require(own.probabilities.first)
        #expect(probability.learningRate == 1e-3 && probability.probability ?? 0 > 0.99)
        let above = try #require(try sample.result(learningRate: 0.256).atTarget?.first)
        #expect(above.probabilities.first?.probability ?? 1 < 0.01)
        // Losses that rise over the whole grid have no optimum, and nothing there costs anything.
        #expect(own.bestLearningRate.value == nil && own.costOfTwice.value == nil)
        #expect(own.costOfTwice.reason?.hasPrefix("cannot say: 0 of 7 sizes") ?? false)
        // Far away there is no number.
        let far = try #require(try sample.result("1.3B").atTarget?.first)
        #expect(far.largestStableLearningRate.value == nil)
        #expect(far.largestStableLearningRate.status.hasPrefix("unvalidated (extrapolation 1,500x"))
        #expect(far.largestStableLearningRate.reason?.contains("would validate it") ?? false)
        // A grid that ends before the boundary has none, and says how far it is stable.
        var short = sample
        short.rates = Array(sample.rates.prefix(4))
        let open = try #require(try short.result().atTarget?.first).largestStableLearningRate
        #expect(open.value == nil)
        #expect(open.reason?.contains("runs are stable up to 8e-3, the highest") ?? false)
    }

    @Test("the best learning rate, the loss there and what missing it costs meet a known law")
    func atTarget() throws {
        var sample = ForecastSample()
        sample.rates = (0..<9).map { 1e-3 * exp2(Double($0)) }
        func optimum(_ width: Double) -> Double { 0.03 * pow(width / 16, -0.25) }
        func lowest(_ width: Double) -> Double { 3 * pow(width / 16, -0.1) }
        func curvature(_ width: Double) -> Double { 0.05 * pow(width / 16, 0.2) }
        sample.loss = { width, rate, seed in
            let jitter = exp(0.01 * sin(width * 5 + Double(seed) * 9))
            let octaves = log2(rate / (optimum(width) * jitter))
            return lowest(width) * jitter + curvature(width) * octaves * octaves
        }
        let own = try #require(try sample.result().atTarget?.first)
        for (quantity, truth) in [
            (own.bestLearningRate, optimum(288)), (own.loss, lowest(288)),
            (own.costOfHalf, curvature(288)), (own.costOfTwice, curvature(288)),
        ] {
            let (low, high) = (try #require(quantity.low), try #require(quantity.high))
            #expect(low < truth && truth < high && high < 1.5 * low, "\(low) \(truth) \(high)")
            #expect(quantity.value.map { (log($0 / truth)).magnitude < 0.1 } ?? false)
            #expect(quantity.sizes.map(\.values.count) == [3, 3, 3, 3, 3, 3, 3])
        }
        #expect(own.basis == .fit)
        #expect(own.probabilities.first?.learningRate == own.bestLearningRate.value)
        // A seed that diverges at twice the best learning rate leaves that cost unknown, and no other.
        var lost = sample
        lost.loss = { width, rate, seed in
            width == 192 && seed == 1 && rate > 0.05 ? nil : sample.loss(width, rate, seed)
        }
        let cut = try #require(try lost.result().atTarget?.first)
        #expect(cut.costOfTwice.value == nil && cut.costOfTwice.sizes.last?.values == [])
        #expect(cut.loss.value != nil && cut.costOfHalf.value != nil)
    }

    @Test("with one learning rate a reading must differ from the first record")
    func oneRate() throws {
        var sample = ForecastSample()
        sample.rates = [1e-2]
        sample.steps = 60
        sample.first = 1
        sample.logit = { width, _, step in step < 6 ? 4.69 : pow(width / 16, 1.5) + 4.69 }
        #expect(try #require(try sample.result().signals.first).readingStep >= 6)
    }

    @Test("a sweep that cannot carry a forecast is refused with what it lacks")
    func refusals() throws {
        func message(_ change: (inout ForecastSample) -> Void) -> String {
            var sample = ForecastSample()
            change(&sample)
            do {
                _ = try sample.study()
                return "none"
            } catch {
                return "\(error)"
            }
        }
        #expect(
            message { $0.widths = [16, 32, 64, 128] }.hasPrefix(
                "out: grid.model.width: 4 sizes with a result: a forecast needs at least 5"))
        #expect(message { $0.seeds = [0] }.hasPrefix("out: seeds: 1: without a replicate"))
        #expect(message { $0.widths = [16, 32, 48, 64, 96] } == "none")
    }

    @Test("targets are parameters, or a width and a depth")
    func targets() throws {
        func parameters(_ text: String) -> Double? {
            try? ForecastTarget(text, like: RunConfiguration()).parameters
        }
        #expect(parameters("1.3B") == 1.3e9)
        #expect(parameters("350m") == 3.5e8)
        #expect(parameters("20000") == 20000)
        // 12 L d².
        #expect(parameters("2048x24") == Double(12 * 24 * 2048 * 2048))
        for text in ["", "x", "12x", "-3M", "big", "0x4"] {
            #expect(parameters(text) == nil, "\(text)")
        }
    }
}
