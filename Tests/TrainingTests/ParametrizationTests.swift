import Engines
import Foundation
import Modules
import Optimizers
import OrderedCollections
import Programs
import Tensors
import Testing
import Training

private func configuration(
    _ kind: Parametrization.Kind, width: Int = 64, depth: Int = 3, rule: String = "adamw"
) -> RunConfiguration {
    var configuration = RunConfiguration()
    configuration.model.width = width
    configuration.model.depth = depth
    configuration.model.headDimension = 16
    configuration.model.context = 8
    configuration.data.batch = 2
    configuration.optimizer = OptimizerConfiguration(rule: rule)
    configuration.parametrization.kind = kind
    configuration.parametrization.baseWidth = 16
    return configuration
}

@Suite("parametrisations")
struct ParametrizationTests {
    /// Factors at four times the base width, for AdamW: initial deviation and learning rate of the
    /// embedding, a query, the MLP's down matrix, a gain and the head.
    static let atFourTimes: [(Parametrization.Kind, [Double], [Double])] = [
        (.standard, [1, 1, 1, 1, 1], [1, 1, 1, 1, 1]),
        (.muPSimple, [1, 1, 1, 1, 1], [1, 0.25, 0.25, 1, 1]),
        (.muP, [2, 0, 1, 1, 0.5], [1, 0.25, 0.25, 1, 0.25]),
        // √width for the embedding; √(64/256) for down, of fan-in 256 and fan-out 64.
        (.spectral, [8, 1, 0.5, 1, 1], [1, 0.25, 0.25, 1, 0.25]),
        (.completeP, [2, 0, 1, 1, 0.5], [1, 0.25, 0.25, 1, 0.25]),
        // √64 for the embedding, 1/√64 for the head; the embedding's rate by 1/√(64/16).
        (.unitScaledMuP, [8, 1, 1, 1, 0.125], [0.5, 0.25, 0.25, 1, 0.25]),
    ]
    private static let paths = [
        "embedding", "blocks.1.attention.query", "blocks.1.mlp.down", "blocks.1.mlp_norm", "head",
    ]

    @Test("factors at four times the base width are those of the table", arguments: atFourTimes)
    func table(kind: Parametrization.Kind, initialization: [Double], rates: [Double]) throws {
        let table = try configuration(kind).multipliers()
        #expect(Self.paths.map { table[$0]?.initialization } == initialization)
        #expect(Self.paths.map { table[$0]?.learningRate } == rates)
    }

    @Test(
        "at the base width every learning rate is the configured one",
        arguments: Parametrization.Kind.allCases)
    func base(kind: Parametrization.Kind) throws {
        for rule in ["adamw", "sgd", "muon"] {
            let table = try configuration(kind, width: 16, rule: rule).multipliers()
            #expect(table.values.allSatisfy { $0.learningRate == 1 }, "\(rule)")
        }
    }

    @Test("gradients and normalised updates have rules of their own")
    func scales() throws {
        let sgd = try configuration(.muP, rule: "sgd").multipliers()
        #expect(Self.paths.map { sgd[$0]?.learningRate } == [4, 1, 1, 4, 0.25])
        let spectral = try configuration(.spectral, rule: "sgd").multipliers()
        // Down's fans grow together; the head's fan-out is the vocabulary's.
        #expect(Self.paths.map { spectral[$0]?.learningRate } == [4, 1, 1, 1, 0.25])
        // Muon scales its matrices itself, and leaves the head to AdamW.
        let muon = try configuration(.muP, rule: "muon").multipliers()
        #expect(Self.paths.map { muon[$0]?.learningRate } == [1, 1, 1, 1, 0.25])
    }

    @Test("the head starts at √base/fan-in, as published")
    func head() throws {
        let configuration = configuration(.muP)
        let program = try TrainingProgram(configuration)
        let head = try #require(program.parameters.first { $0.path == "head" })
        guard case .truncatedNormal(let deviation) = head.initialization else {
            Issue.record("the head starts as \(head.initialization)")
            return
        }
        #expect(abs(deviation - 4 / 64.0) < 1e-15)
    }

    @Test("the step of each parameter is multiplied, and its first step of Adam is that long")
    func step() throws {
        var configuration = configuration(.muP)
        configuration.optimizer.learningRate = 0.01
        configuration.optimizer.clip = 0
        configuration.optimizer.weightDecay.form = .none
        configuration.schedule.warmup = 0
        configuration.schedule.shape = .constant
        let (start, results) = try firstStep(configuration)
        for (path, factor) in zip(Self.paths.dropFirst(2), [0.25, 1, 0.25]) {
            let before = try #require(start[path]).doubles
            let after = try #require(results["parameter/" + path]).doubles
            // Adam's first step is the sign of the gradient, where there is one.
            let moved = zip(before, after).map { abs($0 - $1) }.filter { $0 > 0 }
            let median = try #require(moved.sorted().dropFirst(moved.count / 2).first)
            #expect(abs(median - 0.01 * factor) < 1e-4 * factor, "\(path): \(median)")
        }
    }

    @Test(
        "branches shrink with depth in three rows alone", arguments: Parametrization.Kind.allCases)
    func branches(kind: Parametrization.Kind) {
        let scale = configuration(kind, depth: 12).resolvedModel.branchScale
        #expect(
            scale
                == (kind == .completeP
                    ? 0.25 : kind == .unitScaledMuP ? 0.5 : kind == .modular ? 1 / 24 : 1))
    }

    @Test(
        "CompleteP at twice the width and four times the depth: branch 1/4, rate 1/2, epsilon 1/8")
    func completeP() throws {
        let configuration = configuration(.completeP, width: 32, depth: 12)
        #expect(configuration.resolvedModel.branchScale == 0.25)
        let table = try configuration.multipliers()
        #expect(table["blocks.1.mlp.down"]?.learningRate == 0.5)
        // The head holds the published multiplier 1/m, and so its epsilon is m times as large.
        #expect(table.allSatisfy { $0.value.epsilon == ($0.key == "head" ? 0.25 : 0.125) })
        // The decay of a step is not multiplied by the rate's factor: rate times decay, which the table
        // keeps by doubling the decay, stays anyway.
        let program = try TrainingProgram(configuration)
        let epsilons = Set(
            program.program.description.split(separator: "\n").filter { $0.contains("adamw") }
                .compactMap {
                    $0.firstMatch(of: /epsilon:? ?=? ?([0-9.e-]+)/).map { String($0.1) }
                })
        #expect(epsilons == ["1.25e-09", "2.5e-09"], "\(epsilons)")
        let standard = try TrainingProgram(self.standard(like: configuration))
        #expect(!standard.program.description.contains("1.25e-09"))
    }

    private func standard(like configuration: RunConfiguration) -> RunConfiguration {
        var copy = configuration
        copy.parametrization.kind = .standard
        return copy
    }

    @Test(
        "unit-scaled muP: rates in blocks fall with the root of the depth, and the head starts at 1/n"
    )
    func unitScaled() throws {
        let configuration = configuration(.unitScaledMuP, width: 32, depth: 12)
        let table = try configuration.multipliers()
        #expect(
            Self.paths.map { table[$0]?.learningRate } == [
                1 / Double(2).squareRoot(), 0.25, 0.25, 0.5, 0.5,
            ])
        #expect(table["norm"]?.learningRate == 1)
        let program = try TrainingProgram(configuration)
        for (path, expected) in [("embedding", 1.0), ("head", 1 / 32.0)] {
            let parameter = try #require(program.parameters.first { $0.path == path })
            switch parameter.initialization {
            case .normal(let deviation), .truncatedNormal(let deviation):
                #expect((deviation - expected).magnitude < 1e-12, "\(path): \(deviation)")
            default: Issue.record("\(path) starts as \(parameter.initialization)")
            }
        }
    }

    @Test("a base width that heads do not fit is refused")
    func refusal() {
        var configuration = configuration(.muP)
        configuration.parametrization.baseWidth = 24
        #expect(throws: ConfigurationError.self) { try configuration.validate() }
    }
}
