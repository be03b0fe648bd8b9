public import Modules
import Programs

/// Adam with the arc tangent of mean and root in place of their quotient: no epsilon, and nothing
/// changes when all gradients are scaled.
///
/// ```
/// m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²
/// θ ← θ − η · a · atan2(m / (1 − β₁ᵗ), b √(v / (1 − β₂ᵗ))) − δ θ
/// ```
///
/// No element moves by more than `η a π/2`. δ is the factor of ``decay``; when that is coupled, λθ is
/// added to `g` instead.
///
/// Source: Everett et al., arXiv 2407.05872, section on epsilon, with a = 1.27 and b = 1.
public struct AdamAtan2: ConfigurableRule {
    public static let name = "adam-atan2"
    public static let updateScale = UpdateScale.elementwise

    /// The decay β₁ of the mean.
    public var beta1: Double
    /// The decay β₂ of the mean square.
    public var beta2: Double
    /// a, near 4/π so that equal numbers move by one.
    public var scale: Double
    /// b.
    public var damping: Double
    /// The weight decay.
    public var decay: Decay

    public init(
        beta1: Double = 0.9, beta2: Double = 0.95, scale: Double = 1.27, damping: Double = 1,
        decay: Decay = Decay(.none, rate: 0)
    ) {
        self.beta1 = beta1
        self.beta2 = beta2
        self.scale = scale
        self.damping = damping
        self.decay = decay
    }

    public static let options =
        Array(adamOptions().dropLast()) + [
            RuleOption("scale", .positive, default: 1.27),
            RuleOption("damping", .positive, default: 1),
        ]

    public static var decaysCautiously: Bool { true }

    public init(_ options: RuleOptions, decay: Decay) {
        self.init(
            beta1: options.number("beta1"), beta2: options.number("beta2"),
            scale: options.number("scale"), damping: options.number("damping"), decay: decay)
    }

    public func slots(for parameter: ParameterSpecification) -> [StateSlot] {
        parameter.slots("mean", "square")
    }

    public var stepScalars: [StepScalar] { Decay.stepScalars + AdamStep.stepScalars }

    public func scalars(at step: StepSize) -> [StepScalar: Double] {
        decay.scalars(at: step).merging(
            AdamStep.scalars(at: step, beta1: beta1, beta2: beta2)
        ) { $1 }
    }

    public func plan(for parameter: ParameterSpecification, among count: Int) -> UpdatePlan {
        // The size depends on how the quotients are distributed and not on their mean square alone.
        UpdatePlan(self, "a atan2(m̂, b √v̂)", decay: decay.form)
    }

    public func update(_ operands: UpdateOperands) -> UpdateResults {
        let adam = AdamStep(
            operands.regularizedGradient(decay), operands, beta1: beta1, beta2: beta2)
        let angle = adam.correctedMean.arcTangent(over: adam.correctedRoot * damping)
        return UpdateResults(
            adding: operands.change(along: angle * scale, decay), to: operands.parameter,
            state: [adam.mean, adam.square])
    }
}
