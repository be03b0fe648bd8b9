import Engines
import Modules
import Norms
import Optimizers
import Tensors
import Testing

@Suite("plans of updates")
struct PlanTests {
    private static let deviation = 0.2
    private static let steps = 160
    private static let rate = 1e-3

    private static let parameters: [ParameterSpecification] = [
        ("embedding", [40, 24], .embedding), ("blocks.0.attention.query", [32, 32], .hidden),
        ("head", [64, 32], .head), ("norm", [256], .gain),
    ].map { path, shape, role in
        ParameterSpecification(
            path: path, shape: shape, role: role, initialization: .normal(deviation: deviation))
    }

    /// How far from its plan an update may be.
    ///
    /// Adam's mean square wanders by its own noise, which takes one to two hundredths off the size;
    /// the largest singular value of a matrix of noise is within n^(−2/3), a tenth for n = 32, of its
    /// limit. Orthogonalised updates end in the band of Muon's coefficients, or below it where the
    /// gradient's singular values are small.
    private func bounds(_ rule: any UpdateRule) -> (
        size: ClosedRange<Double>, norm: ClosedRange<Double>
    ) {
        switch rule {
        case is Muon, is NorMuon, is Scion: (0.68...1.135, 0.9...1.203)
        // At a size that is given, the largest value over the smallest mean of the band.
        case is MuonH: (0.95...1.05, 0.9...1.203 / 0.68)
        // One power iteration a step on noise that Adam's mean carries over some ten steps stays
        // below the norm, by a fifth at most, and the step comes out larger by that.
        case is Normalized: (0.95...1.25, 0.9...1.1 * 1.25)
        default: (0.95...1.05, 0.9...1.1)
        }
    }

    @Test(
        "under gradients of noise, steps have the size and the spectral norm that the plan says",
        arguments: OptimizerCatalog.all.map { EngineTests.Named(rule: $0) })
    func noiseSteps(named: EngineTests.Named) throws {
        let rule = named.rule
        let parameters = Self.parameters
        let start = parameters.enumerated().map { index, parameter in
            (parameter, noise(parameter.shape.count, UInt64(index)).map { $0 * Self.deviation })
        }
        let gradients = (0..<Self.steps).map { step in
            var gradients: [String: [Double]] = [:]
            for (index, parameter) in parameters.enumerated() {
                gradients[parameter.path] = noise(
                    parameter.shape.count, UInt64(1000 + step * parameters.count + index))
            }
            return gradients
        }
        let walk = try Walk(
            rule, from: start, along: gradients, try .single, isDecayed: false
        ) { StepSize(step: $0, peak: Self.rate, schedule: 1) }
        let (sizes, norms) = bounds(rule)
        for parameter in parameters {
            let plan = rule.plan(for: parameter, among: parameters.count)
            #expect(plan.convention != "unknown")
            let late = walk.steps.suffix(80)
            if let expected = plan.rootMeanSquare {
                let squares = late.compactMap { $0.squaredUpdates[parameter.path] }.reduce(0, +)
                let size = (squares / Double(80 * parameter.shape.count)).squareRoot() / Self.rate
                #expect(sizes.contains(size / expected), "\(parameter.path): \(size / expected)")
            }
            if let expected = plan.spectralNorm {
                let (before, after) = (walk.steps[Self.steps - 2], walk.steps[Self.steps - 1])
                let change = zip(
                    try #require(after.parameters[parameter.path]),
                    try #require(before.parameters[parameter.path])
                ).map { ($0 - $1) / Self.rate }
                let norm = SingularValues(Tensor(doubles: change, shape: parameter.shape)).values[0]
                #expect(norms.contains(norm / expected), "\(parameter.path): \(norm / expected)")
            }
        }
    }

    @Test(
        "Adam's step under noise, by β₁", arguments: [(0.9, 0.2294), (0.95, 0.1601), (0.8, 0.3333)])
    func adam(beta1: Double, expected: Double) throws {
        let plan = AdamW(beta1: beta1).plan(for: query([4, 4]), among: 1)
        #expect((try #require(plan.rootMeanSquare) - expected).magnitude < 5e-5)
    }
}
