public import Modules
import Norms
import Programs

/// Moves each matrix, as one long vector, over the sphere of its own norm.
///
/// ```
/// m ← μ m + (1 − μ) g,   t = m − θ ⟨m, θ⟩ / ‖θ‖²
/// θ ← (θ − η ‖θ‖ t / ‖t‖) / √(1 + η²)
/// ```
///
/// The step is tangent and of relative size η, so that the division brings it back to the sphere
/// exactly, and the matrix turns by atan(η). Where `t` is zero nothing moves. Decay applies to the
/// embedding, the head and the gains alone, which AdamW moves with η times `auxiliary-rate`.
///
/// Source: `modula-systems/modula`, the documentation's page on manifolds; the momentum, kept as it
/// is when the sphere's tangent turns, is ours: zero gives the formula of the source.
public struct Hypersphere: MatrixRule {
    public static let name = "hypersphere"

    /// μ.
    public var momentum: Double
    public var parameterSplit: ParameterSplit

    public init(momentum: Double = 0.9, parameterSplit: ParameterSplit = ParameterSplit()) {
        self.momentum = momentum
        self.parameterSplit = parameterSplit
    }

    public static let options =
        [RuleOption("momentum", .fraction, default: 0.9)] + ParameterSplit.options()

    public static var decayForms: [Decay.Form] { auxiliaryDecayForms }

    public init(_ options: RuleOptions, decay: Decay) {
        self.init(
            momentum: options.number("momentum"),
            parameterSplit: ParameterSplit(options, decay: decay))
    }

    public func matrixSlots(for matrix: ParameterSpecification) -> [StateSlot] {
        matrix.slots("momentum")
    }

    public var matrixStepScalars: [StepScalar] { [.learningRate, .shrinkage] }

    public func matrixScalars(at step: StepSize) -> [StepScalar: Double] {
        let rate = step.learningRate
        return [.learningRate: rate, .shrinkage: 1 / (1 + rate * rate).squareRoot()]
    }

    public func matrixPlan(for matrix: ParameterSpecification) -> UpdatePlan {
        UpdatePlan(
            self, "‖θ‖ t / ‖t‖ on the sphere", decay: .none,
            rootMeanSquare: matrix.initialRootMeanSquare)
    }

    public func matrixUpdate(_ operands: UpdateOperands) -> UpdateResults {
        let parameter = operands.parameter
        let mean = operands.clippedGradient.averaged(into: operands.state[0], decay: momentum)
        let tangent = mean.tangent(to: parameter)
        let norm = tangent.frobeniusNorm()
        let step =
            tangent.scaled(toUnit: norm) * (parameter.frobeniusNorm() * operands.learningRate)
        let rests = norm.compared(.lessOrEqual, norm.filled(with: Value.smallestNorm))
        let shrinkage = rests.select(norm.filled(with: 1), operands.scalar(.shrinkage))
        return UpdateResults(
            replacing: parameter, with: (parameter - step) * shrinkage, state: [mean])
    }

    public func constrains(_ parameter: ParameterSpecification) -> Bool {
        parameterSplit.includes(parameter)
    }
}
