public import Modules
public import Norms
import Programs
public import Tensors

/// Turns matrices along their orthogonalised momentum by an angle that the learning rate sets, at a
/// constant norm.
///
/// ```
/// d = orthogonalize(n),   n Muon's momentum
/// θ ← R · N(θ − η R N(d)),   R = ‖θ‖_F,   N(x) = x / ‖x‖_F
/// ```
///
/// η is the relative size of the step, so that Muon's scale by the extents has no effect. Decay
/// applies to the embedding, the head and the gains alone, which AdamW moves with η times
/// `auxiliary-rate`.
///
/// Source: arXiv 2606.16899 ("Hyperball"); R is read off the weight at each step, as in NVIDIA's
/// implementation.
public struct MuonH: MatrixRule {
    public static let name = "muonh"

    public static let orthogonalizes = true

    /// μ.
    public var momentum: Double
    /// Whether the direction looks ahead.
    public var nesterov: Bool
    /// What orthogonalises.
    public var orthogonalization: NewtonSchulz
    /// What the factors of its products are rounded to: `f32` not at all, or `bf16`.
    public var productType: ElementType
    public var parameterSplit: ParameterSplit

    public init(
        momentum: Double = 0.95, nesterov: Bool = true, orthogonalization: NewtonSchulz = .muon,
        productType: ElementType = .f32, parameterSplit: ParameterSplit = ParameterSplit()
    ) {
        self.momentum = momentum
        self.nesterov = nesterov
        self.orthogonalization = orthogonalization
        self.productType = productType
        self.parameterSplit = parameterSplit
    }

    public static let options =
        [
            RuleOption("momentum", .fraction, default: 0.95),
            RuleOption("nesterov", .flag, default: true),
            orthogonalizationOption(.muon), productTypeOption,
        ] + ParameterSplit.options()

    public static var decayForms: [Decay.Form] { auxiliaryDecayForms }

    public init(_ options: RuleOptions, decay: Decay) {
        self.init(
            momentum: options.number("momentum"), nesterov: options.flag("nesterov"),
            orthogonalization: options.choice("orthogonalization"),
            productType: options.choice(productTypeOption.key),
            parameterSplit: ParameterSplit(options, decay: decay))
    }

    public func matrixSlots(for matrix: ParameterSpecification) -> [StateSlot] {
        matrix.slots("momentum")
    }

    public var matrixStepScalars: [StepScalar] { [.learningRate] }

    public func matrixScalars(at step: StepSize) -> [StepScalar: Double] {
        [.learningRate: step.learningRate]
    }

    public func matrixPlan(for matrix: ParameterSpecification) -> UpdatePlan {
        let size = matrix.initialRootMeanSquare
        return UpdatePlan(
            self, "R N(U Vᵀ), back to the norm R", decay: .none, rootMeanSquare: size,
            spectralNorm: size / matrix.orthogonalRootMeanSquare)
    }

    public func matrixUpdate(_ operands: UpdateOperands) -> UpdateResults {
        let momentum = MomentumStep(
            operands.clippedGradient, mean: operands.state[0], momentum: momentum,
            nesterov: nesterov)
        return operands.hyperballStep(
            along: orthogonalization.orthogonalized(momentum.direction, products: productType),
            state: [momentum.mean])
    }

    public func constrains(_ parameter: ParameterSpecification) -> Bool {
        parameterSplit.includes(parameter)
    }
}
