import Datasets
import Engines
import Foundation
import Modules
import Optimizers
import OrderedCollections
import Programs
import Statistics
import Telemetry
import Tensors
import Testing
import Training

private func rootMeanSquare(_ values: [Double]) -> Double {
    (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
}

@Suite("probes")
struct ProbeTests {
    @Test("every group together changes no bit of training, and each records its own")
    func bits() throws {
        let run = try SmallRun()
        defer { run.end() }
        let plain = try run.trainer { $0.telemetry.norms = false }
        let probed = try run.trainer {
            $0.telemetry.attention = true
            $0.telemetry.ratios = true
            $0.telemetry.alignment = true
            $0.telemetry.spectrum = true
            $0.telemetry.spectralEvery = 4
            $0.telemetry.formats = NumberFormat.allCases
        }
        for step in 1...6 {
            let report = try probed.takeStep()
            let loss = try #require(report.byTag["train/loss"])
            #expect(loss == (try plain.takeStep().byTag["train/loss"]))
            for group in ["attn/0/head/1/", "ratio/", "align/", "range/"] {
                let isThere = report.byTag.keys.contains { $0.hasPrefix(group) }
                #expect(isThere == (step == 1 || step % 3 == 0), "\(group) at \(step)")
            }
            #expect(report.byTag.keys.contains { $0.hasPrefix("spectrum/") } == (step == 4))
            let odd = report.byTag.first { !$0.value.isFinite }
            #expect(odd == nil)
        }
        let (a, b) = (try plain.tensors(), try probed.tensors())
        for (name, tensor) in a { #expect(b[name] == tensor, "\(name)") }
        // Another learning rate would be seen.
        let other = try run.trainer { $0.optimizer.learningRate *= 1.001 }
        for _ in 1...6 { _ = try other.takeStep() }
        let tensors = try other.tensors()
        withKnownIssue { #expect(a.allSatisfy { tensors[$0.key] == $0.value }) }
    }

    @Test("runs of several steps stop where a step is measured")
    func runs() throws {
        let run = try SmallRun()
        defer { run.end() }
        let trainer = try run.trainer(stepsPerRun: 5) { $0.telemetry.ratios = true }
        var measured: [Int] = []
        while trainer.step < 12 {
            let count = min(try #require(trainer.stepsUntilProbed), 12 - trainer.step)
            for report in try trainer.takeSteps(count)
            where report.byTag.keys.contains(where: { $0.hasPrefix("ratio/") }) {
                measured.append(report.step)
            }
        }
        #expect(measured == [1, 3, 6, 9, 12])
        let unprobed = try run.trainer { _ in }
        #expect(unprobed.stepsUntilProbed == nil)
    }

    @Test("the largest logit of heads is that of the layer, and what makes it multiplies to it")
    func attention() throws {
        let run = try SmallRun()
        defer { run.end() }
        let trainer = try run.trainer { $0.telemetry.attention = true }
        let report = try trainer.takeStep()
        for layer in 0..<2 {
            func heads(_ quantity: String) throws -> [Double] {
                try (0..<2).map {
                    try #require(report.byTag["attn/\(layer)/head/\($0)/\(quantity)"])
                }
            }
            let logits = try heads("logit")
            let whole = try #require(report.byTag["attn/\(layer)/max_logit"])
            #expect((try #require(logits.max()) - whole).magnitude < 1e-5 * whole)
            for cosine in try heads("cosine") { #expect(cosine > 0 && cosine <= 1.00001) }
            for entropy in try heads("entropy") {
                #expect(entropy > 0 && entropy < log(16.0))
            }
        }
        let logit = try #require(report.byTag["out/logit_max"])
        let mean = try #require(report.byTag["out/logit_mean"])
        #expect(logit > mean)
    }

    @Test("heads without logits look at all that they see, and fixed norms have known sizes")
    func closedForms() throws {
        let run = try SmallRun()
        defer { run.end() }
        // Logits of zero: −log of the number of keys, a mean over queries.
        let blind = try run.trainer {
            $0.model.initGain.hidden = 0
            $0.telemetry.attention = true
        }
        let report = try blind.takeStep()
        let expected = (1...16).reduce(0) { $0 + log(Double($1)) } / 16
        let entropy = try #require(report.byTag["attn/1/head/0/entropy"])
        // A thousand exponentials, logarithms and additions in single precision.
        #expect((entropy - expected).magnitude < 1e-5)
        withKnownIssue { #expect((entropy - log(16)).magnitude < 1e-5) }

        let normed = try run.trainer {
            $0.model.qkNorm = true
            $0.model.qkNormKind = .rmsNorm
            $0.model.qkNormGain = .fixed
            $0.telemetry.attention = true
        }
        let values = try normed.takeStep().byTag
        let size = try #require(values["attn/0/head/1/query_norm"])
        #expect((size - 8.0.squareRoot()).magnitude < 1e-4)
        let forced = try run.trainer {
            $0.model.forcedLogits = 9
            $0.telemetry.attention = true
        }
        let key = try #require(try forced.takeStep().byTag["attn/1/head/0/key_norm"])
        #expect((key - 3 * 8.0.squareRoot()).magnitude < 3e-4)
        // A cap spreads the weights and leaves the logit that it is put on.
        func capped(_ cap: Double) throws -> (logit: Double, entropy: Double) {
            let values = try run.trainer {
                $0.model.initGain.hidden = 6
                $0.model.attentionSoftcap = cap
                $0.telemetry.attention = true
            }.takeStep().byTag
            return (
                try #require(values["attn/0/head/0/logit"]),
                try #require(values["attn/0/head/0/entropy"])
            )
        }
        let (free, tight) = try (capped(0), capped(0.01))
        #expect((free.logit - tight.logit).magnitude < 1e-4 * free.logit)
        #expect((tight.entropy - expected).magnitude < 1e-3 && free.entropy < 0.9 * expected)
    }

    @Test("ratios are those of the tensors before and after the step")
    func ratios() throws {
        let run = try SmallRun()
        defer { run.end() }
        let trainer = try run.trainer {
            $0.telemetry.ratios = true
            $0.optimizer["epsilon"] = 1e-3
        }
        for _ in 1...2 { _ = try trainer.takeStep() }
        let before = try trainer.tensors()
        let report = try trainer.takeStep()
        let after = try trainer.tensors()
        let configuration = trainer.configuration
        let size = configuration.stepSize(3)
        let clip = min(1, 1 / (try #require(report.byTag["optim/grad_norm"]) + 1e-6))
        for parameter in trainer.parameters {
            let path = parameter.path
            let a = try #require(before["parameter/" + path]).doubles
            let b = try #require(after["parameter/" + path]).doubles
            func value(_ name: String) throws -> Double {
                try #require(report.byTag["ratio/\(path)/\(name)"], "\(path) \(name)")
            }
            let isDecayed = parameter.role != .gain
            let decay = isDecayed ? configuration.decay.factor(at: size) : 0
            let step = zip(a, b).map { $1 - $0 * (1 - decay) }
            let inner = zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
            let (sizeA, sizeB) = (rootMeanSquare(a), rootMeanSquare(b))
            let cosine = inner / (Double(a.count) * sizeA * sizeB)
            let expected: [(String, Double)] = [
                ("weight_rms", sizeA), ("angle", acos(min(cosine, 1))),
                ("update_over_weight", rootMeanSquare(step) / sizeA),
                ("update_rms", rootMeanSquare(step) / size.learningRate),
                (
                    "gradient_over_epsilon",
                    try #require(report.byTag["norm/gradient/\(path)/rms"]) * clip / 1e-3
                ),
                (
                    "gradient_over_weight",
                    try #require(report.byTag["norm/gradient/\(path)/rms"]) / sizeA
                ),
            ]
            for (name, number) in expected {
                // Steps are differences of floats a hundred times their size.
                #expect((try value(name) / number - 1).magnitude < 2e-3, "\(path) \(name)")
            }
            let along = zip(a, step).reduce(0) { $0 + $1.0 * $1.1 } / Double(a.count)
            let direction = -along / (sizeA * rootMeanSquare(step))
            #expect((try value("cosine") - direction).magnitude < 1e-3, "\(path)")
            let line = Equilibrium(rate: size.learningRate, decay: decay, beta1: 0.9)
            #expect(report.byTag["ratio/\(path)/angle_line"] == line?.angle)
            #expect((line != nil) == isDecayed)
        }
        let sgd = try run.trainer {
            $0.optimizer.rule = SGD.name
            $0.telemetry.ratios = true
            $0.optimizer.weightDecay.form = .coupled
            $0.optimizer.weightDecay.rate = 0.01
            $0.optimizer.weightDecay.referenceSteps = 0
            $0.schedule.shape = .constant
            $0.schedule.warmup = 0
            $0.optimizer.learningRate = 0.1
        }
        let values = try sgd.takeStep().byTag
        let ratio = try #require(values["ratio/head/gradient_over_weight_line"])
        #expect((ratio - 0.02.squareRoot()).magnitude < 1e-9)
        #expect(values["ratio/head/gradient_over_epsilon"] == nil)
    }

    @Test("constant matrices and inputs align fully, random ones by half; gains are of the stream")
    func alignment() throws {
        let run = try SmallRun()
        defer { run.end() }
        let trainer = try run.trainer {
            $0.model.normalization = .rmsNorm
            $0.telemetry.alignment = true
        }
        let random = try trainer.takeStep().byTag
        for (tag, value) in random where tag.hasPrefix("align/") && tag.hasSuffix("/weight") {
            // Sixteen inputs and more: the size of sums of random signs is known to some tens of percent.
            #expect((value - 0.5).magnitude < 0.15, "\(tag): \(value)")
        }
        for layer in [1] {
            let sizes = try (0...layer).map { try #require(random["act/\($0)/rms"]) }
            let gain = try #require(random["act/\(layer)/gain"])
            #expect((gain - sizes[layer] / sizes[layer - 1]).magnitude < 1e-5)
        }
        var tensors = try trainer.tensors()
        for (name, tensor) in tensors where name.hasPrefix("parameter/") {
            tensors[name] = Tensor(
                [Float](repeating: 0.25, count: tensor.shape.count), shape: tensor.shape)
        }
        try trainer.restore(
            Checkpoint(
                step: 2, initialLoss: 0, largestLogit: nil, configuration: "", tensors: tensors),
            from: "constants")
        let constant = try trainer.takeStep().byTag
        for name in ["blocks.0.attention.query", "blocks.1.mlp.up", "head"] {
            let value = try #require(constant["align/\(name)/weight"])
            #expect((value - 1).magnitude < 1e-5, "\(name)")
        }
        let half = random["align/blocks.0.attention.query/weight"] ?? 1
        withKnownIssue { #expect((half - 1).magnitude < 1e-5) }
    }

    @Test("outliers of the stream are those of the embedded tokens where blocks add nothing")
    func outliers() throws {
        let run = try SmallRun()
        defer { run.end() }
        let trainer = try run.trainer { $0.telemetry.alignment = true }
        _ = try trainer.takeStep()
        var tensors = try trainer.tensors()
        for (name, tensor) in tensors where name.hasPrefix("parameter/blocks.") {
            tensors[name] = .zeros(tensor.shape)
        }
        var embedding = try #require(tensors["parameter/embedding"]).floats
        // A channel a hundred times the others.
        for row in 0..<256 { embedding[16 * row + 3] *= 100 }
        tensors["parameter/embedding"] = Tensor(embedding, shape: [256, 16])
        try trainer.restore(
            Checkpoint(
                step: 2, initialLoss: 0, largestLogit: nil, configuration: "", tensors: tensors),
            from: "outliers")
        let values = try trainer.takeStep().byTag
        let tokens = run.batches.batch(2).inputs.map(Int.init)
        let channels = (0..<16).map { channel in
            rootMeanSquare(tokens.map { Double(embedding[16 * $0 + channel]) })
        }
        let largest = tokens.flatMap { embedding[16 * $0..<16 * $0 + 16] }.map(\.magnitude).max()
        let middle = try #require(Descriptive.median(of: channels))
        let ratio = try #require(channels.max()) / middle
        #expect(ratio > 30)
        for layer in 0..<2 {
            let maximum = try #require(values["act/\(layer)/max"])
            #expect(Float(maximum) == largest, "no sum, so no rounding")
            let hot = try #require(values["act/\(layer)/hot_channel_ratio"])
            #expect((hot / ratio - 1).magnitude < 1e-5)
        }
        let size = try #require(values["act/0/rms"])
        withKnownIssue { #expect((size / ratio - 1).magnitude < 1e-5) }
    }

    @Test("stable rank and entropy of matrices whose singular values are known")
    func spectrum() throws {
        func values(_ tensor: Tensor) -> [String: Double] {
            Dictionary(
                uniqueKeysWithValues: SpectrumProbe.measure(tensor, "w").map {
                    ($0.metric.tag, $0.value)
                })
        }
        let diagonal = values(Tensor([3, 0, 0, 0, 4, 0], shape: [2, 3]))
        #expect(((diagonal["spectrum/w/stable_rank"] ?? 0) - 25.0 / 16).magnitude < 1e-12)
        let (p, q) = (9.0 / 25, 16.0 / 25)
        let entropy = -(p * log(p) + q * log(q)) / log(2)
        #expect(((diagonal["spectrum/w/entropy"] ?? 0) - entropy).magnitude < 1e-12)
        let orthogonal = values(.orthogonal(rows: 8, columns: 5, scale: 3, RandomKey(seed: 1)))
        #expect(((orthogonal["spectrum/w/stable_rank"] ?? 0) - 5).magnitude < 1e-5)
        #expect(((orthogonal["spectrum/w/entropy"] ?? 0) - 1).magnitude < 1e-6)
        #expect(values(.zeros([3, 3])).isEmpty)
        let one = values(Tensor([1, 1, 1, 1], shape: [2, 2]))
        #expect(((one["spectrum/w/stable_rank"] ?? 0) - 1).magnitude < 1e-12)
        withKnownIssue { #expect((one["spectrum/w/entropy"] ?? 0) > 0.5) }
    }

    @Test("ranges are those of the run's tensors")
    func formats() throws {
        let run = try SmallRun()
        defer { run.end() }
        let trainer = try run.trainer { $0.telemetry.formats = [.e4m3, .bf16] }
        _ = try trainer.takeStep()
        _ = try trainer.takeStep()
        let before = try trainer.tensors()
        let values = try trainer.takeStep().byTag
        let after = try trainer.tensors()
        for parameter in trainer.parameters {
            let name = "parameter/" + parameter.path
            let (a, b) = (try #require(before[name]).floats, try #require(after[name]).floats)
            let range = FormatRange(a, in: .e4m3)
            let tag = "range/weight/\(parameter.path)/"
            #expect(values[tag + "underflow_e4m3"] == range.underflow)
            #expect(
                values[tag + "snr_e4m3"]
                    == (range.signalToNoise.isFinite ? range.signalToNoise : nil))
            #expect(values[tag + "headroom_e4m3"] == range.headroom)
            let lost = FormatRange.lost(zip(a, b).map { $1 - $0 }, to: a, in: .bf16)
            #expect(values["range/update/\(parameter.path)/lost_bf16"] == lost)
        }
        #expect(values["range/activation/blocks.1.mlp/overflow_e4m3"] == 0)
        #expect(values["range/gradient/head/subnormal_bf16"] == 0)
        #expect(values["range/gradient/head/subnormal_fp16"] == nil)
    }
}
