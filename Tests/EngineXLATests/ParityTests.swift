import Datasets
import EngineCPU
import EngineXLA
import Engines
import Foundation
import Modules
import Optimizers
import OrderedCollections
import Programs
import Telemetry
import Tensors
import Testing
import Training

/// Two hundred steps of a small proxy on words that do not repeat soon.
private struct Proxy {
    let configuration: RunConfiguration
    let batches: BatchSource
    private let folder: String

    init(_ change: (inout RunConfiguration) -> Void = { _ in }) throws {
        folder = NSTemporaryDirectory() + "ballast-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let words = ["the ", "ship ", "keeps ", "its ", "weight ", "low ", "and ", "rights\n"]
        let key = RandomKey(seed: 11)
        let text = (0..<20_000).map { words[Int(key.words(at: UInt64($0))[0] % 8)] }.joined()
        try text.write(toFile: folder + "/text.txt", atomically: true, encoding: .utf8)
        var configuration = RunConfiguration()
        configuration.model.width = 32
        configuration.model.context = 32
        configuration.data.batch = 8
        configuration.steps = 200
        configuration.optimizer.learningRate = 3e-3
        change(&configuration)
        self.configuration = configuration
        let cache = try TokenCache(
            TextSource([folder + "/text.txt"], home: folder), vocabulary: 256)
        batches = try BatchSource(cache, context: 32, batch: 8, dataSeed: 0)
    }

    func end() { try? FileManager.default.removeItem(atPath: folder) }

    /// The loss of each step.
    func losses(on engine: any Engine, stepsPerRun: Int, nudged: Bool = false) throws -> [Double] {
        let trainer = try Trainer(
            configuration, batches: batches, engine: engine, stepsPerRun: stepsPerRun)
        if nudged {
            var tensors = try trainer.tensors()
            for (index, name) in tensors.keys.enumerated() where name.hasPrefix("parameter/") {
                tensors[name] = tensors[name].map { nudge($0, RandomKey(seed: 5).split(index)) }
            }
            let start = Checkpoint(
                step: 0, initialLoss: 0, largestLogit: nil, configuration: "", tensors: tensors)
            try trainer.restore(start, from: "start")
        }
        var losses: [Double] = []
        while trainer.step < configuration.steps {
            for report in try trainer.takeSteps(stepsPerRun) {
                losses.append(try #require(report.values[.trainLoss]))
            }
        }
        return losses
    }

    /// Every number moved to the next one up or down.
    private func nudge(_ tensor: Tensor, _ key: RandomKey) -> Tensor {
        Tensor(
            tensor.floats.enumerated().map { index, value in
                key.words(at: UInt64(index))[0] & 1 == 0 ? value.nextUp : value.nextDown
            }, shape: tensor.shape)
    }
}

private func largest(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).map { ($0 - $1).magnitude }.max() ?? .infinity
}

@Suite("the engines train alike", .enabled(if: pluginPath != nil, noPlugin))
struct ParityTests {
    @Test("200 steps of the proxy stay together as two runs that start an ulp apart do")
    func curves() throws {
        let proxy = try Proxy()
        defer { proxy.end() }
        let cpu = try CPUEngine(instructionSet: chosenInstructionSet())
        let plain = try proxy.losses(on: cpu, stepsPerRun: 1)
        let nudged = try proxy.losses(on: cpu, stepsPerRun: 1, nudged: true)
        let xla = try proxy.losses(on: makeEngine(), stepsPerRun: 20)
        #expect(plain[199] < 0.75 * plain[0], "it learns: \(plain[0]) to \(plain[199])")
        // Training amplifies any rounding by the same factor. Weights that start half an ulp away on
        // average are one source of it; two engines that round every operation otherwise are some
        // tens of sources a step, whose errors add up as their roots.
        let noise = largest(plain, nudged)
        #expect(noise > 0)
        let distance = largest(plain, xla)
        #expect(distance < 32 * noise, "apart by \(distance), a nudge by \(noise)")
        #expect(distance < 2e-3)
        // The comparison can fail: another learning rate is another curve.
        var other = proxy.configuration
        other.optimizer.learningRate *= 1.05
        #expect(try largest(plain, curve(other, proxy, cpu)) > 32 * noise)
    }

    @Test("grouped heads and each MLP train alike", arguments: MLPKind.allCases)
    func dense(mlp: MLPKind) throws {
        let proxy = try Proxy {
            $0.steps = 20
            ($0.model.mlp, $0.model.mlpRatio, $0.model.initDeviation) = (mlp, 2.625, 0.15)
            ($0.model.attentionRatio, $0.model.queryGroupSize, $0.model.qkNorm) = (2, 4, true)
        }
        defer { proxy.end() }
        let cpu = try CPUEngine(instructionSet: chosenInstructionSet())
        let plain = try proxy.losses(on: cpu, stepsPerRun: 1)
        let nudged = try proxy.losses(on: cpu, stepsPerRun: 1, nudged: true)
        let distance = largest(plain, try proxy.losses(on: makeEngine(), stepsPerRun: 10))
        let noise = largest(plain, nudged)
        #expect(plain[19] < plain[0])
        #expect(distance < max(32 * noise, 1e-5), "apart by \(distance), a nudge by \(noise)")
        var other = proxy.configuration
        other.model.queryGroupSize = 2
        #expect(try largest(plain, curve(other, proxy, cpu)) > max(32 * noise, 1e-5))
    }

    /// What Gemma 2 has, and what other dense recipes have.
    static let features: [@Sendable (inout ModelConfiguration) -> Void] = [
        {
            ($0.attentionWindow, $0.globalEvery, $0.attentionSoftcap) = (5, 2, 3)
            ($0.normalization, $0.normUnitOffset, $0.embeddingScale) = (
                .rmsNorm, true, .squareRootOfWidth
            )
        },
        {
            ($0.biases, $0.attentionGate) = (.all, .head)
            ($0.rotaryScaling.kind, $0.rotaryScaling.factor) = (.yarn, 4)
            $0.rotaryScaling.originalContext = 16
        },
    ]

    @Test("windows, biases, gates and stretched wavelengths train alike", arguments: [0, 1])
    func features(index: Int) throws {
        let proxy = try Proxy {
            $0.steps = 20
            Self.features[index](&$0.model)
        }
        defer { proxy.end() }
        let cpu = try CPUEngine(instructionSet: chosenInstructionSet())
        let plain = try proxy.losses(on: cpu, stepsPerRun: 1)
        let nudged = try proxy.losses(on: cpu, stepsPerRun: 1, nudged: true)
        let distance = largest(plain, try proxy.losses(on: makeEngine(), stepsPerRun: 10))
        let noise = largest(plain, nudged)
        #expect(plain[19] < plain[0])
        #expect(distance < max(32 * noise, 1e-5), "apart by \(distance), a nudge by \(noise)")
        var other = proxy.configuration
        (other.model.attentionWindow, other.model.globalEvery) = (2, 0)
        #expect(try largest(plain, curve(other, proxy, cpu)) > max(32 * noise, 1e-5))
    }

    private func curve(
        _ configuration: RunConfiguration, _ proxy: Proxy, _ engine: any Engine
    ) throws -> [Double] {
        let trainer = try Trainer(configuration, batches: proxy.batches, engine: engine)
        return try (0..<configuration.steps).map { _ in
            try #require(try trainer.takeStep().values[.trainLoss])
        }
    }

    @Test("the same bits again")
    func rerun() throws {
        let proxy = try Proxy()
        defer { proxy.end() }
        let first = try proxy.losses(on: makeEngine(), stepsPerRun: 20)
        let second = try proxy.losses(on: makeEngine(), stepsPerRun: 20)
        let nudged = try proxy.losses(on: makeEngine(), stepsPerRun: 20, nudged: true)
        #expect(first == second)
        #expect(first != nudged)
    }

    @Test("blocks in loops inside a loop over steps, evaluated and restored on the way")
    func deep() throws {
        let proxy = try Proxy()
        defer { proxy.end() }
        var configuration = proxy.configuration
        configuration.model.width = 16
        configuration.model.depth = StableHLOModule.leastRepetitions
        configuration.steps = 20
        func trainer(_ stepsPerRun: Int) throws -> Trainer {
            try Trainer(
                configuration, batches: proxy.batches, engine: makeEngine(),
                stepsPerRun: stepsPerRun)
        }
        func losses(_ trainer: Trainer, _ count: Int) throws -> [Double] {
            try trainer.takeSteps(count).map { try #require($0.values[.trainLoss]) }
        }
        // One run of the engine for all steps, and runs of two cut by an evaluation.
        let whole = try trainer(10)
        let expected = try losses(whole, 10) + losses(whole, 10)
        let parts = try trainer(10)
        var found: [Double] = []
        for count in [4, 6] {
            found += try losses(parts, count)
            #expect(try parts.validationLoss().isFinite)
        }
        let state = Checkpoint(
            step: parts.step, initialLoss: 0, largestLogit: nil, configuration: "",
            tensors: try parts.tensors())
        let resumed = try trainer(10)
        try resumed.restore(state, from: "state")
        found += try losses(resumed, 10)
        #expect(found == expected)
        #expect(try resumed.tensors() == whole.tensors())
        // The reference is the CPU engine, which has neither stacks nor loops.
        let plain = try curve(
            configuration, proxy, CPUEngine(instructionSet: chosenInstructionSet()))
        // Twenty steps in single precision; ParityTests.curves says how two engines part.
        #expect(largest(expected, plain) < 1e-3)
    }

    @Test("buffers and programs outlive the engine that made them, and no other takes them")
    func lifetimes() throws {
        let proxy = try Proxy()
        defer { proxy.end() }
        func orphan() throws -> (Trainer, any Buffer) {
            let engine = try XLAEngine(plugin: try #require(pluginPath), threads: 2)
            let buffer = try engine.buffer(.zeros([2]))
            return (
                try Trainer(proxy.configuration, batches: proxy.batches, engine: engine), buffer
            )
        }
        let (trainer, buffer) = try orphan()
        #expect(try trainer.takeStep().values[.trainLoss] != nil)
        let builder = ProgramBuilder("other")
        builder.output("y", builder.input("x", .f32, [2]) + 1)
        let executable = try makeEngine().compile(try builder.build())
        #expect(throws: EngineError.self) { try executable.run([buffer]) }
    }

    @Test("mixed precision learns as single precision does, to the rounding of its products")
    func mixedPrecision() throws {
        let proxy = try Proxy()
        defer { proxy.end() }
        let engine = try makeEngine()
        let single = try curve(proxy.configuration, proxy, engine)
        var mixed = proxy.configuration
        mixed.model.elementType = .bf16
        let losses = try curve(mixed, proxy, engine)
        #expect(losses != single)
        // Products carry errors of half a unit of bf16, 2^-9 each, which average out: the loss of the
        // first step, before training amplifies them, is within one of them, and the last within 5%.
        #expect((losses[0] - single[0]).magnitude < 0x1p-9 * single[0])
        #expect((losses[199] - single[199]).magnitude < 0.05 * single[199])
        // The CPU engine keeps the same numbers as floats.
        let cpu = try CPUEngine(instructionSet: chosenInstructionSet())
        let other = try curve(mixed, proxy, cpu)
        #expect((other[0] - single[0]).magnitude < 0x1p-9 * single[0])
        #expect((other[199] - losses[199]).magnitude < 0.05 * single[199])
        let plain = try curve(proxy.configuration, proxy, cpu)
        withKnownIssue { #expect(plain == other) }
    }

    @Test("every rule of the catalog", arguments: OptimizerCatalog.all.map { type(of: $0).name })
    func rules(name: String) throws {
        var configuration = RunConfiguration()
        configuration.model.width = 16
        configuration.model.headDimension = 8
        configuration.model.context = 8
        configuration.model.vocabulary = 23
        configuration.data.batch = 3
        configuration.optimizer.rule = name
        let step = try TrainingProgram(configuration)
        let start = step.parameters.initialized(seed: 1)
        let scalars = configuration.rule.scalars(at: configuration.stepSize(30)).tensors
        var inputs: [String: Tensor] = [:]
        for input in step.program.inputs {
            let type = step.program.types[input.value]
            let tail = input.name.split(separator: "/", maxSplits: 1).last.map(String.init) ?? ""
            if let scalar = scalars[input.name] {
                inputs[input.name] = scalar
            } else if type.elementType == .i32 {
                let tokens = (0..<24).map { Int32($0 * 5 % 23) }
                inputs[input.name] = Tensor(integers: tokens, shape: type.shape)
            } else {
                let isParameter = input.name.hasPrefix("parameter/")
                inputs[input.name] =
                    isParameter
                    ? start[tail]
                    : Tensor([Float](repeating: 0.25, count: type.shape.count), shape: type.shape)
            }
        }
        let results = try makeEngine().run(step.program, inputs)
        let expected = try ReferenceEngine().run(step.program, inputs)
        for name in step.donations.keys.sorted() {
            let wanted = try #require(expected[name]).doubles
            let actual = try #require(results[name]).doubles
            let size = wanted.map { $0 * $0 }.reduce(0, +).squareRoot()
            let off = zip(actual, wanted).map { ($0 - $1) * ($0 - $1) }.reduce(0, +).squareRoot()
            // As the oracle tests of training bound gradients, relative to the tensor's norm.
            #expect(off <= 1e-5 * size, "\(name): \(off) of \(size)")
        }
    }
}

/// The instruction set that `BALLAST_ISA` names, or else the widest.
private func chosenInstructionSet() -> InstructionSet {
    let name = ProcessInfo.processInfo.environment["BALLAST_ISA"] ?? ""
    return InstructionSet(rawValue: name) ?? .best
}
