import EngineCPU
import Engines
import Formats
import Foundation
import Modules
import Optimizers
import Programs
import Telemetry
import Tensors
import Testing
import Training

/// A case of `Oracle/make_interventions.py`.
private struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let change: @Sendable (inout ModelConfiguration) -> Void
    var testDescription: String { name }

    static let all = [
        Case(name: "rms") {
            $0.qkNorm = true; $0.qkNormKind = .rmsNorm
        },
        Case(name: "full") {
            $0.qkNorm = true; $0.qkNormSpan = .full
        },
        Case(name: "fixed") {
            $0.qkNorm = true; $0.qkNormGain = .fixed
        },
        Case(name: "forced") { $0.forcedLogits = 7 },
        Case(name: "attention-softcap") { $0.attentionSoftcap = 1.5 },
        Case(name: "output-softcap") { $0.outputSoftcap = 2 },
        Case(name: "output") { $0.blockNorm = .output },
        Case(name: "sandwich") { $0.blockNorm = .sandwich },
        Case(name: "embedding") { $0.embeddingNorm = true },
        Case(name: "residual") { $0.residualScale = .inverseSquareRoot },
        Case(name: "sigma-attention") { $0.sigmaReparam = .attention },
        Case(name: "sigma-hidden") { $0.sigmaReparam = .hidden },
        Case(name: "sigma-all") { $0.sigmaReparam = .all },
        Case(name: "grouped") {
            $0.attentionRatio = 2; $0.queryGroupSize = 2; $0.qkNorm = true
            $0.qkNormKind = .rmsNorm
        },
        Case(name: "grouped-full") {
            $0.attentionRatio = 2; $0.queryGroupSize = 4; $0.qkNorm = true; $0.qkNormSpan = .full
        },
        Case(name: "narrow") {
            $0.attentionRatio = 0.5; $0.mlpRatio = 1.3
        },
        Case(name: "geglu") {
            $0.mlp = .geglu; $0.mlpRatio = 2.625
        },
        Case(name: "swiglu") {
            $0.mlp = .swiglu; $0.mlpRatio = 2.6
        },
        Case(name: "relu-squared") { $0.mlp = .reluSquared },
    ]

    /// The worst relative error of loss, log² Z, largest logit and gradients, and where it is; nil when
    /// the parameters are not those of the file.
    func error(
        of model: ModelConfiguration, on engine: any Engine
    ) throws -> (where: String, error: Double)? {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Oracle/interventions.safetensors").path
        let file = try SafetensorsFile(path: path)
        var configuration = RunConfiguration()
        configuration.model = model
        let builder = ProgramBuilder("gradients")
        let scope = Scope(builder)
        let (tokens, targets) = (
            builder.input("tokens", .i32, [2, 6]), builder.input("targets", .i32, [2, 6])
        )
        let losses = ProxyTransformer(configuration.resolvedModel).losses(
            tokens: tokens, targets: targets, scope)
        let parameters = scope.model.parameters
        let paths = parameters.map(\.path)
        let gradients = builder.gradients(
            of: losses.crossEntropy + losses.squaredLogZ * 1e-4,
            withRespectTo: paths.compactMap { scope.model.values[$0] })
        builder.output("loss", losses.crossEntropy)
        builder.output("z", losses.squaredLogZ)
        for tap in scope.model.taps where tap.metric == .maxAttentionLogit(0) {
            builder.output("max_logit", tap.value)
        }
        for (path, gradient) in zip(paths, gradients) {
            builder.output("gradient." + path, gradient)
        }
        let all = try file.tensor(name + ".tokens").integers
        let rows = [all[0..<7], all[7..<14]]
        var inputs = [
            "tokens": Tensor(integers: rows.flatMap { $0.dropLast() }, shape: [2, 6]),
            "targets": Tensor(integers: rows.flatMap { $0.dropFirst() }, shape: [2, 6]),
        ]
        for parameter in parameters {
            let path = parameter.path
            guard let tensor = try? file.tensor("\(name).parameter.\(path)"),
                tensor.shape == parameter.shape
            else { return nil }
            inputs["parameter/" + path] = tensor
        }
        var worst = (where: "", error: 0.0)
        for (output, tensor) in try engine.run(builder.build(), inputs) {
            let expected = try file.tensor("\(name).\(output)").doubles
            let square = zip(tensor.doubles, expected).reduce(0) {
                $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
            }
            let error = (square / expected.reduce(0) { $0 + $1 * $1 }).squareRoot()
            if !(error <= worst.error) { worst = (output, error) }
        }
        return worst
    }

    /// The model of the script, without the intervention.
    static var plain: ModelConfiguration {
        var model = ModelConfiguration()
        (model.width, model.depth, model.headDimension) = (8, 1, 4)
        (model.context, model.vocabulary) = (6, 11)
        return model
    }

    var model: ModelConfiguration {
        var model = Self.plain
        change(&model)
        return model
    }
}

@Suite("interventions in the model against PyTorch")
struct InterventionOracleTests {
    /// In double the results are floats, 2⁻²⁴; single precision is given a hundred times that.
    @Test("loss, largest logit and every gradient", arguments: Case.all)
    private func agrees(_ intervention: Case) throws {
        let reference = try #require(
            try intervention.error(of: intervention.model, on: ReferenceEngine()))
        #expect(reference.error < 2e-7, "\(reference)")
        let cpu = try #require(
            try intervention.error(of: intervention.model, on: makeCPUEngine()))
        #expect(cpu.error < 1.2e-5, "\(cpu)")
    }

    @Test("the comparison can fail: the model without the intervention is another")
    func negativeControl() throws {
        for intervention in Case.all {
            let wrong = try intervention.error(of: Case.plain, on: ReferenceEngine())
            if let wrong { withKnownIssue { #expect(wrong.error < 1.2e-5) } }
        }
        // Neighbours of the same parameters.
        var model = Case.plain
        (model.attentionSoftcap, model.outputSoftcap) = (1.51, 0)
        let cap = try #require(try Case.all[4].error(of: model, on: ReferenceEngine()))
        withKnownIssue { #expect(cap.error < 1.2e-5) }
        model = try #require(Case.all.first { $0.name == "geglu" }).model
        model.mlp = .swiglu
        let gate = try #require(
            try Case.all.first { $0.name == "geglu" }?.error(of: model, on: ReferenceEngine()))
        withKnownIssue { #expect(gate.error < 1.2e-5) }
    }
}
