public import Modules
import Norms
import Programs
import Tensors

/// AdamW, with the largest singular value of each matrix cut off at a bound after every step.
///
/// ```
/// θ ← θ − η m̂ / (√v̂ + ε) − δ θ
/// θ ← θ − max(0, σ − β) u vᵀ,   β = bound · √(rows/columns)
/// ```
///
/// σ, u and v come from one power iteration a step with a vector that is kept. When several singular
/// values are above β the iteration turns to the next after it has cut one, so that they come down
/// over some steps, and what is cut while it turns mixes their vectors; a matrix that stays below β
/// is not touched. `bound` is that of the RMS-to-RMS
/// norm, the same for all widths.
///
/// Source: arXiv 2507.13338, "spectral hammer".
public struct SpectralClip: MatrixRule {
    public static let name = "spectral-clip"
    public static let updateScale = UpdateScale.elementwise

    /// The bound on the RMS-to-RMS norm.
    public var bound: Double
    /// Adam for the matrices, with their decay.
    public var adam: AdamW
    public var parameterSplit: ParameterSplit

    /// Creates the rule; the bound is that of the source's image classifier.
    public init(
        bound: Double = 2, adam: AdamW = AdamW(), parameterSplit: ParameterSplit = ParameterSplit()
    ) {
        self.bound = bound
        self.adam = adam
        self.parameterSplit = parameterSplit
    }

    public static let options =
        [RuleOption("bound", .positive, default: 2)] + ParameterSplit.options()

    public init(_ options: RuleOptions, decay: Decay) {
        self.init(
            bound: options.number("bound"), adam: AdamW(options, decay: decay),
            parameterSplit: ParameterSplit(options, decay: decay))
    }

    public func matrixSlots(for matrix: ParameterSpecification) -> [StateSlot] {
        matrix.slots("mean", "square") + [StateSlot("singular_vector", [matrix.shape[1]])]
    }

    public var matrixStepScalars: [StepScalar] { adam.stepScalars }

    public func matrixScalars(at step: StepSize) -> [StepScalar: Double] { adam.scalars(at: step) }

    public func matrixPlan(for matrix: ParameterSpecification) -> UpdatePlan {
        var plan = adam.plan(for: matrix, among: 1)
        plan.rule = Self.name
        // The cut takes the noise that the weight would rest in.
        plan.momentum = nil
        plan.convention += ", σ₁ cut at its bound"
        return plan
    }

    public func matrixUpdate(_ operands: UpdateOperands) -> UpdateResults {
        let moved = adam.update(operands)
        let shape = operands.parameter.shape
        let largest = bound * (Double(shape[0]) / Double(shape[1])).squareRoot()
        let estimate = PowerIteration(moved.parameter, startingFrom: operands.state[2])
        let excess = (estimate.norm - largest).maximum(estimate.norm.filled(with: 0))
        let left = (estimate.left * excess).broadcast(to: shape, axes: [0])
        let cut = moved.parameter - left * estimate.right.broadcast(to: shape, axes: [1])
        return UpdateResults(
            replacing: operands.parameter, with: cut, state: moved.state + [estimate.right])
    }

    public func constrains(_ parameter: ParameterSpecification) -> Bool {
        parameterSplit.includes(parameter)
    }
}
