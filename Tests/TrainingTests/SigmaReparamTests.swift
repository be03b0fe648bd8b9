import EngineCPU
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

/// A small model on the CPU engine.
private func model(_ change: (inout ModelConfiguration) -> Void = { _ in }) -> RunConfiguration {
    var configuration = RunConfiguration()
    configuration.model.width = 16
    configuration.model.depth = 2
    configuration.model.headDimension = 8
    configuration.model.context = 8
    configuration.model.vocabulary = 11
    configuration.data.batch = 2
    change(&configuration.model)
    return configuration
}

private let tokens = Tensor(integers: (0..<16).map { Int32(($0 * 7 + 3) % 11) }, shape: [2, 8])

/// The starting values by the names of inputs, as the parametrisation makes them.
private func start(_ configuration: RunConfiguration) throws -> OrderedDictionary<String, Tensor> {
    try TrainingProgram(configuration).start(seed: 4).filter { $0.key.hasPrefix("parameter/") }
}

private func logits(
    _ configuration: RunConfiguration, _ parameters: OrderedDictionary<String, Tensor>,
    on engine: any Engine
) throws -> Tensor {
    let builder = ProgramBuilder("logits")
    let scope = Scope(builder, productType: configuration.model.elementType)
    let input = builder.input("tokens", .i32, [2, 8])
    builder.output("logits", ProxyTransformer(configuration.resolvedModel).logits(input, scope))
    var inputs = ["tokens": tokens]
    for (name, tensor) in parameters { inputs[name] = tensor }
    return try #require(engine.run(try builder.build(), inputs)["logits"])
}

/// The parameters with every matrix of a role doubled.
private func doubled(
    _ parameters: OrderedDictionary<String, Tensor>, _ roles: Set<Role>,
    _ configuration: RunConfiguration
) throws -> OrderedDictionary<String, Tensor> {
    var copy = parameters
    for parameter in try ProxyTransformer(configuration.resolvedModel).parameters()
    where roles.contains(parameter.role) && parameter.shape.rank == 2 {
        let name = "parameter/" + parameter.path
        copy[name] = copy[name].map { Tensor($0.floats.map { 2 * $0 }, shape: $0.shape) }
    }
    return copy
}

@Suite("sigma-reparam")
struct SigmaReparamTests {
    private func spectralNorm(
        _ shape: Shape, gamma: Float, _ weight: (_ w: Value, _ gamma: Value) -> Value
    ) throws -> Double {
        let builder = ProgramBuilder("norm")
        let w = builder.input("w", .f32, shape)
        let result = weight(w, builder.input("gamma", .f32, [1]))
        builder.output("y", result)
        let matrix = Tensor(RandomKey(seed: 5).normals(shape.count, deviation: 0.3), shape: shape)
        let outputs = try makeCPUEngine().run(
            try builder.build(), ["w": matrix, "gamma": Tensor([gamma], shape: [1])])
        return SingularValues(try #require(outputs["y"])).values[0]
    }

    @Test(
        "‖Ŵ‖₂ is |γ|",
        arguments: [[16, 16], [64, 16], [16, 64], [1, 7], [7, 1]] as [Shape])
    func norm(shape: Shape) throws {
        for gamma: Float in [1, -1.75, 30] {
            let size = Double(gamma.magnitude)
            let actual = try spectralNorm(shape, gamma: gamma) { $0.reparametrized(by: $1) }
            // σ lacks 0.2% at most where values crowd; here sums of 64 products in single precision
            // are what is seen.
            #expect((actual / size - 1).magnitude < 64 * 0x1p-24, "\(actual) for \(size)")
        }
        if min(shape[0], shape[1]) > 1 {
            let wrong = try spectralNorm(shape, gamma: 1) { w, gamma in
                w * (gamma.reshaped([]) / (w * w).sum().squareRoot())
            }
            withKnownIssue { #expect((wrong - 1).magnitude < 64 * 0x1p-24) }
        }
    }

    @Test("values that crowd cost ln(r)/2048 of σ at most")
    func crowd() throws {
        let base = SingularValues(
            Tensor(RandomKey(seed: 2).normals(256, deviation: 1), shape: [16, 16]))
        var worst = 0.0
        for gap in [1e-6, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2] {
            var rest = ([1] + [Double](repeating: 1 - gap, count: 15))[...]
            let matrix = base.matrix { _ in rest.popFirst() ?? 0 }
            let builder = ProgramBuilder("crowd")
            let w = builder.input("w", .f64, [16, 16])
            builder.output("norm", builder.apply(LargestSingularValue(), [w])[0])
            let wide = Tensor(doubles: matrix.doubles, shape: [16, 16])
            let outputs = try ReferenceEngine().run(try builder.build(), ["w": wide])
            let norm = try #require(outputs["norm"]).doubles[0]
            // The numbers of the matrix are floats where it was made of floats.
            #expect(norm < 1 + 1e-6, "\(gap): \(norm)")
            #expect(norm > 1 - log(16.0) / 2048 - 1e-6, "\(gap): \(norm)")
            worst = max(worst, 1 - norm)
        }
        // The bound is of use: a tenth of it is too little.
        withKnownIssue { #expect(worst < log(16.0) / 20480) }
    }

    @Test("the host's σ is that of the exact decomposition")
    func host() {
        for (index, shape)
            in ([[16, 16], [40, 9], [9, 40], [1, 5], [5, 1], [3, 3]] as [Shape])
            .enumerated()
        {
            let key = RandomKey(seed: 8).split(index)
            let matrix = Tensor(key.normals(shape.count, deviation: 1), shape: shape)
            let expected = SingularValues(matrix).values[0]
            #expect((matrix.largestSingularValue() / expected - 1).magnitude < 1e-12, "\(shape)")
            // The second is another.
            if min(shape[0], shape[1]) > 1 {
                let second = SingularValues(matrix).values[1]
                withKnownIssue { #expect((matrix.largestSingularValue() / second - 1) < 1e-12) }
            }
        }
        #expect(Tensor.zeros([4, 3]).largestSingularValue() == 0)
        let ones = Tensor.orthogonal(rows: 12, columns: 5, scale: 3, RandomKey(seed: 1))
        #expect((ones.largestSingularValue() / 3 - 1).magnitude < 1e-6)
    }

    @Test("which matrices have a γ, and what it is", arguments: SigmaReparam.allCases)
    func parameters(part: SigmaReparam) throws {
        let parameters = try ProxyTransformer(model { $0.sigmaReparam = part }.model).parameters()
        let gammas = parameters.filter { $0.path.hasSuffix("_gamma") }
        let matrices = parameters.filter { parameter in
            let isAttention = parameter.path.contains(".attention.")
            return switch part {
            case .none: false
            case .attention: isAttention && parameter.role == .hidden
            case .hidden: parameter.role == .hidden
            case .all: parameter.role == .hidden || parameter.role == .head
            }
        }
        #expect(gammas.map(\.path) == matrices.map { $0.path + "_gamma" })
        #expect(gammas.allSatisfy { $0.role == .gain && $0.shape == [1] })
        #expect(gammas.allSatisfy { $0.initialization == .constant(1) })
        // The floating-point operations that they add: 2 layers of width 16, four times as wide between.
        let (square, wide) = (4 * 4096.0 + 20 * 4096, 4 * 16384.0 + 20 * 4096)
        let head = 4 * 16 * 121 + 20 * 1331.0
        let expected: Double =
            switch part {
            case .none: 0
            case .attention: 8 * square
            case .hidden: 8 * square + 4 * wide
            case .all: 8 * square + 4 * wide + head
            }
        #expect(model { $0.sigmaReparam = part }.model.sigmaReparamOperations == expected)
    }

    @Test("twice the matrix gives the same logits, bit for bit", arguments: [true, false])
    func scale(isBrainFloat: Bool) throws {
        let engine = try makeCPUEngine()
        for part in [SigmaReparam.hidden, .all, .none] {
            let configuration = model {
                $0.sigmaReparam = part
                $0.elementType = isBrainFloat ? .bf16 : .f32
            }
            let roles: Set<Role> = part == .all ? [.hidden, .head] : [.hidden]
            let parameters = try start(configuration)
            let once = try logits(configuration, parameters, on: engine)
            let twice = try logits(
                configuration, doubled(parameters, roles, configuration), on: engine)
            #expect(once.floats.allSatisfy { $0.isFinite })
            if part == .none {
                withKnownIssue { #expect(once == twice) }
            } else {
                #expect(once == twice)
            }
        }
    }

    @Test(
        "γ that start at σ(W) leave the network as it is",
        arguments: [Parametrization.Kind.standard, .muPSimple, .spectral, .unitScaledMuP])
    func startAtNorm(kind: Parametrization.Kind) throws {
        let part = kind == .standard || kind == .muPSimple ? SigmaReparam.all : .hidden
        func configuration(_ change: (inout ModelConfiguration) -> Void) throws -> RunConfiguration
        {
            var configuration = model(change)
            configuration.parametrization.kind = kind
            configuration.parametrization.baseWidth = 8
            try configuration.validate()
            return configuration
        }
        let plain = try configuration { _ in }
        let same = try configuration {
            $0.sigmaReparam = part
            $0.sigmaReparamGamma = .norm
        }
        let other = try configuration { $0.sigmaReparam = part }
        let parameters = try start(same)
        for (name, tensor) in try start(plain) { #expect(parameters[name] == tensor, "\(name)") }
        for (name, tensor) in parameters where name.hasSuffix("_gamma") {
            let matrix = try #require(parameters[String(name.dropLast("_gamma".count))])
            let expected = SingularValues(matrix).values[0]
            #expect((tensor.doubles[0] / expected - 1).magnitude < 0x1p-23, "\(name)")
        }
        func distance(_ a: RunConfiguration, _ b: RunConfiguration) throws -> Double {
            let engine = ReferenceEngine()
            let (x, y) = try (logits(a, start(a), on: engine), logits(b, start(b), on: engine))
            return zip(x.doubles, y.doubles).map { ($0 - $1).magnitude }.max() ?? .infinity
        }
        // γ is a float: half a unit in the last place at each of thirteen matrices, and logits of about
        // ten at most.
        let near = try distance(plain, same)
        #expect(near < 1e-5, "\(near)")
        let far = try distance(plain, other)
        withKnownIssue { #expect(far < 1e-5) }
    }

    @Test("none is the network as it was")
    func none() throws {
        let program = try TrainingProgram(model())
        #expect(!program.program.description.contains(LargestSingularValue.name))
        #expect(!program.parameters.contains { $0.path.hasSuffix("gamma") })
        let other = try TrainingProgram(model { $0.sigmaReparam = .attention })
        withKnownIssue {
            #expect(!other.program.description.contains(LargestSingularValue.name))
        }
        #expect(try Program(text: other.program.description) == other.program)
    }

    @Test("every optimizer moves it, and γ by the rule of gains", arguments: OptimizerCatalog.names)
    func optimizers(name: String) throws {
        var configuration = RunConfiguration(rule: name)
        configuration.model = model { $0.sigmaReparam = .all }.model
        configuration.data.batch = 2
        try configuration.validate()
        let program = try TrainingProgram(configuration)
        let rule = configuration.rule
        if rule is any MatrixRule {
            for parameter in program.parameters where parameter.path.hasSuffix("_gamma") {
                let plan = rule.plan(for: parameter, among: program.parameters.count)
                #expect(plan.rule == AdamW.name, "\(parameter.path)")
            }
        }
        let engine = try makeCPUEngine()
        let executable = try engine.compileSteps(
            program.program, donations: program.donations, feeding: program.fedNames, limit: 1)
        var state: [String: any Buffer] = [:]
        for (name, tensor) in program.start(seed: 4) { state[name] = try engine.buffer(tensor) }
        let operands = program.program.inputs.compactMap { state[$0.name] }
        for step in 1...3 {
            let scalars = rule.scalars(at: configuration.stepSize(step + 30)).tensors
            let feed = program.fedNames.map { scalars[$0] ?? tokens }
            _ = try executable.run(operands, feeding: [feed])
        }
        var moved = 0
        for (name, tensor) in program.start(seed: 4) where name.hasPrefix("parameter/") {
            let now = try #require(state[name]).tensor()
            #expect(now.floats.allSatisfy { $0.isFinite }, "\(name)")
            if name.hasSuffix("_gamma"), now != tensor { moved += 1 }
        }
        #expect(moved == 13)
    }

    @Test("training with every probe, cut and resumed, with other threads: the same bits")
    func resume() throws {
        let run = try SmallRun {
            $0.model.sigmaReparam = .all
            $0.model.width = 32
            $0.telemetry.attention = true
            $0.telemetry.ratios = true
            $0.telemetry.alignment = true
            $0.telemetry.spectralEvery = 3
        }
        defer { run.end() }
        let whole = try run.trainer { _ in }
        for _ in 1...6 {
            let report = try whole.takeStep()
            #expect(report.firstNonFinite == nil)
            let odd = report.byTag.first { !$0.value.isFinite }
            #expect(odd == nil)
        }
        let expected = try whole.tensors()
        #expect(expected.keys.contains("parameter/blocks.0.attention.query_gamma"))

        let first = try run.trainer { _ in }
        for _ in 1...2 { _ = try first.takeStep() }
        let checkpoint = Checkpoint(
            step: 2, initialLoss: 0, largestLogit: nil, configuration: "",
            tensors: try first.tensors())
        let isa = ProcessInfo.processInfo.environment["BALLAST_ISA"]
        let set = InstructionSet(rawValue: isa ?? "") ?? .best
        let second = try Trainer(
            run.configuration, batches: run.batches,
            engine: CPUEngine(threads: 3, instructionSet: set))
        try second.restore(checkpoint, from: "test")
        for _ in 3...6 { _ = try second.takeStep() }
        #expect(try second.tensors() == expected)
        // A γ that is an ulp apart would be seen.
        var other = checkpoint
        let name = "parameter/blocks.0.attention.value_gamma"
        other.tensors[name] = Tensor(
            [try #require(other.tensors[name]).floats[0].nextUp], shape: [1])
        let third = try run.trainer { _ in }
        try third.restore(other, from: "test")
        for _ in 3...6 { _ = try third.takeStep() }
        let apart = try third.tensors()
        withKnownIssue { #expect(apart == expected) }
    }

    @Test("alignment is that of the matrix as it multiplies")
    func alignment() throws {
        func weights(_ part: SigmaReparam, isDoubled: Bool) throws -> [String: Double] {
            var configuration = model { $0.sigmaReparam = part }
            configuration.telemetry.alignment = true
            let probes = try ProbeProgram(configuration)
            var inputs = ["tokens": tokens, "targets": tokens]
            for (name, tensor) in try TrainingProgram(configuration).start(seed: 4) {
                inputs[name] = tensor
            }
            if isDoubled {
                let parameters = try doubled(
                    start(configuration), [.hidden, .head], configuration)
                for (name, tensor) in parameters { inputs[name] = tensor }
            }
            let scalars = configuration.rule.scalars(at: configuration.stepSize(100))
            inputs.merge(scalars.tensors) { $1 }
            let outputs = try ReferenceEngine().run(probes.program, inputs)
            var table: [String: Double] = [:]
            for probe in probes.values(outputs, at: configuration.stepSize(1))
            where probe.metric.tag.hasSuffix("/weight") {
                table[probe.metric.tag] = probe.value
            }
            return table
        }
        let once = try weights(.all, isDoubled: false)
        #expect(once.count == 13)
        #expect(once.values.allSatisfy { 0...1 ~= $0 })
        #expect(try weights(.all, isDoubled: true) == once)
        // The logits of a plain network grow, and what values and outputs see is another.
        let (plain, twice) = try (weights(.none, isDoubled: false), weights(.none, isDoubled: true))
        withKnownIssue { #expect(plain == twice) }
    }

    @Test(
        "messages",
        arguments: [
            (
                "model: {sigma-reparam-gamma: norm}",
                "model.sigma-reparam-gamma: without model.sigma"
            ),
            (
                "{interventions: [sigma-reparam], model: {init-gain: {head: 0}}}",
                "model.init-gain.head: a matrix of zeros has no direction"
            ),
            (
                "{interventions: [sigma-reparam=attention], model: {init-gain: {hidden: 0}}}",
                "model.init-gain.hidden: a matrix of zeros"
            ),
            (
                "{interventions: [sigma-reparam=attention], parametrization: {kind: mup}}",
                "model.sigma-reparam: mup starts queries at zero"
            ),
            (
                "{interventions: [sigma-reparam=hidden], parametrization: {kind: completep}}",
                "completep starts queries at zero, which have no direction to keep; choose mup-simple"
            ),
            (
                "{interventions: [sigma-reparam], parametrization: {kind: spectral}}",
                "all gives the head one spectral norm at every width, which spectral scales; set it "
                    + "to hidden"
            ),
            (
                "{interventions: [sigma-reparam], model: {tied-head: true}}",
                "model.sigma-reparam: all takes in the head, which model.tied-head makes"
            ),
            (
                "interventions: [sigma-reparam, qk-clip]",
                "optimizer.qk-clip: logits do not depend on the size of query and key weights with "
                    + "model.sigma-reparam"
            ),
            (
                "{interventions: [sigma-reparam=hidden], parametrization: {kind: modular}, optimizer: "
                    + "{rule: dualized}}",
                "model.sigma-reparam: modular knows no sensitivity of a network with it"
            ),
            ("interventions: [sigma-reparam=most]", "sigma-reparam"),
        ])
    func messages(yaml: String, message: String) throws {
        let error = try #require(throws: ConfigurationError.self) {
            try ConfigurationFile.configuration(
                from: ConfigurationFile.yaml(of: yaml, source: "test"), source: "test")
        }
        #expect(error.description.contains(message), "\(error)")
    }
}
