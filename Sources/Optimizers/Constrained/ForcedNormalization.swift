public import Modules
import Norms
import Programs
import Tensors

/// Adam on matrices whose rows are brought back to one length after every step.
///
/// ```
/// gᵢ ← gᵢ − θᵢ ⟨gᵢ, θᵢ⟩ / ‖θᵢ‖²                     for each row i, one output
/// θ ← θ − η m̂ / (√v̂ + ε),   then  θᵢ ← radius · θᵢ / ‖θᵢ‖
/// ```
///
/// A row of length one sends inputs of unit variance to an output of unit variance. Without this the
/// steps of Adam, about orthogonal to rows whose length does not matter, make them longer and
/// longer, which lowers the learning rate of each layer by another factor.
///
/// The gradient that the source computes through the normalised rows is the tangent one, which is why
/// its radial part is removed first. The source keeps rows of length √columns and divides by that in
/// the forward computation; here the rows themselves have ``radius``. The first step carries rows
/// there. Decay applies to the embedding, the head and the gains alone, which AdamW moves with η
/// times `auxiliary-rate`.
///
/// Source: Karras et al., arXiv 2312.02696 (EDM2), section 2.3, "forced weight normalization".
public struct ForcedNormalization: MatrixRule {
    public static let name = "forced-normalization"
    public static let updateScale = UpdateScale.elementwise

    /// The length of a row.
    public var radius: Double
    /// Adam's means and ε, for the matrices.
    public var adam: AdamW
    public var parameterSplit: ParameterSplit

    public init(
        radius: Double = 1, adam: AdamW = AdamW(), parameterSplit: ParameterSplit = ParameterSplit()
    ) {
        self.radius = radius
        self.adam = adam
        self.parameterSplit = parameterSplit
    }

    public static let options =
        [RuleOption("radius", .positive, default: 1)] + ParameterSplit.options()

    public static var decayForms: [Decay.Form] { auxiliaryDecayForms }

    public init(_ options: RuleOptions, decay: Decay) {
        self.init(
            radius: options.number("radius"),
            adam: AdamW(options, decay: Decay(.none, rate: 0)),
            parameterSplit: ParameterSplit(options, decay: decay))
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
        let size = AdamW.noiseRootMeanSquare(beta1: adam.beta1)
        return UpdatePlan(
            self, "m̂ / (√v̂ + ε), rows to one length", decay: .none, rootMeanSquare: size,
            spectralNorm: matrix.noiseSpectralNorm.map { $0 * size }, epsilon: adam.epsilon)
    }

    public func matrixUpdate(_ operands: UpdateOperands) -> UpdateResults {
        let parameter = operands.parameter
        let step = AdamStep(
            operands.clippedGradient.tangentRows(to: parameter), operands, beta1: adam.beta1,
            beta2: adam.beta2)
        let moved = parameter - step.direction(epsilon: adam.epsilon) * operands.learningRate
        return UpdateResults(
            replacing: parameter, with: moved.withUnitRows() * radius,
            state: [step.mean, step.square])
    }

    public func constrains(_ parameter: ParameterSpecification) -> Bool {
        parameterSplit.includes(parameter)
    }
}
