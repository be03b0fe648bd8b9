public import Modules
import Programs

/// Turns matrices along Adam's direction by an angle that the learning rate sets, at a constant norm.
///
/// ```
/// d = m̂ / (√v̂ + ε)
/// θ ← R · N(θ − η R N(d)),   R = ‖θ‖_F,   N(x) = x / ‖x‖_F
/// ```
///
/// η is the relative size of the step: where `d` is orthogonal to θ, as behind a normalisation, the
/// matrix turns by atan(η). Its Frobenius norm stays what it was at the start, to rounding, so that
/// decay has nothing to do: it applies to the embedding, the head and the gains, which AdamW moves
/// with η times `auxiliary-rate`.
///
/// Source: arXiv 2606.16899 ("Hyperball"); R is read off the weight at each step, as in NVIDIA's
/// implementation.
public struct AdamH: MatrixRule {
    public static let name = "adamh"

    /// Adam's means and ε, for the matrices.
    public var adam: AdamW
    public var parameterSplit: ParameterSplit

    public init(adam: AdamW = AdamW(), parameterSplit: ParameterSplit = ParameterSplit()) {
        self.adam = adam
        self.parameterSplit = parameterSplit
    }

    public static let options = ParameterSplit.options()

    public static var decayForms: [Decay.Form] { auxiliaryDecayForms }

    public init(_ options: RuleOptions, decay: Decay) {
        parameterSplit = ParameterSplit(options, decay: decay)
        adam = AdamW(options, decay: Decay(.none, rate: 0))
    }

    public func matrixSlots(for matrix: ParameterSpecification) -> [StateSlot] {
        matrix.slots("mean", "square")
    }

    public var matrixStepScalars: [StepScalar] { [.learningRate] + AdamStep.stepScalars }

    public func matrixScalars(at step: StepSize) -> [StepScalar: Double] {
        AdamStep.scalars(at: step, beta1: adam.beta1, beta2: adam.beta2)
            .merging([.learningRate: step.learningRate]) { $1 }
    }

    public func matrixPlan(for matrix: ParameterSpecification) -> UpdatePlan {
        let size = matrix.initialRootMeanSquare
        return UpdatePlan(
            self, "R N(d), back to the norm R", decay: .none, rootMeanSquare: size,
            spectralNorm: matrix.noiseSpectralNorm.map { $0 * size }, epsilon: adam.epsilon)
    }

    public func matrixUpdate(_ operands: UpdateOperands) -> UpdateResults {
        let step = AdamStep(
            operands.clippedGradient, operands, beta1: adam.beta1, beta2: adam.beta2)
        return operands.hyperballStep(
            along: step.direction(epsilon: adam.epsilon), state: [step.mean, step.square])
    }

    public func constrains(_ parameter: ParameterSpecification) -> Bool {
        parameterSplit.includes(parameter)
    }
}
