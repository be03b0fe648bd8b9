public import Modules
import Programs

/// Adam whose step on each tensor has a length proportional to the tensor's own norm.
///
/// ```
/// u = m̂ / (√v̂ + ε) + λ θ,   r = ‖θ‖ / ‖u‖,   r = 1 where either norm is zero
/// θ ← θ − η r u
/// ```
///
/// `m̂` and `v̂` are Adam's corrected means; norms are Frobenius norms of whole tensors. The decay
/// stands inside the ratio: it is decoupled from Adam's means and scaled by r with the rest.
///
/// Source: You et al., arXiv 1904.00962; Optax's `lamb`.
public struct LAMB: ConfigurableRule {
    public static let name = "lamb"

    /// The decay β₁ of the mean.
    public var beta1: Double
    /// The decay β₂ of the mean square.
    public var beta2: Double
    /// ε, added to the root.
    public var epsilon: Double
    /// The weight decay, none or decoupled: λθ is part of u.
    public var decay: Decay

    /// Creates the rule; the defaults are Optax's.
    public init(
        beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-6,
        decay: Decay = Decay(.none, rate: 0)
    ) {
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.decay = decay
    }

    public static let options = adamOptions(beta2: 0.999, epsilon: 1e-6)

    public static var decayForms: [Decay.Form] { [.none, .decoupled] }

    public init(_ options: RuleOptions, decay: Decay) {
        self.init(
            beta1: options.number("beta1"), beta2: options.number("beta2"),
            epsilon: options.number("epsilon"), decay: decay)
    }

    public func slots(for parameter: ParameterSpecification) -> [StateSlot] {
        parameter.slots("mean", "square")
    }

    public var stepScalars: [StepScalar] { [.learningRate] + AdamStep.stepScalars }

    public func scalars(at step: StepSize) -> [StepScalar: Double] {
        AdamStep.scalars(at: step, beta1: beta1, beta2: beta2)
            .merging([.learningRate: step.learningRate]) { $1 }
    }

    public func plan(for parameter: ParameterSpecification, among count: Int) -> UpdatePlan {
        let size = parameter.initialRootMeanSquare
        return UpdatePlan(
            self, "‖θ‖ u / ‖u‖, u of Adam", decay: decay.form, rootMeanSquare: size,
            spectralNorm: parameter.noiseSpectralNorm.map { $0 * size }, epsilon: epsilon)
    }

    public func update(_ operands: UpdateOperands) -> UpdateResults {
        let adam = AdamStep(operands.clippedGradient, operands, beta1: beta1, beta2: beta2)
        var update = adam.direction(epsilon: epsilon)
        if operands.isDecayed, decay.form == .decoupled {
            update = update + operands.parameter * decay.rate
        }
        let ratio = operands.parameter.trustRatio(to: update)
        return UpdateResults(
            adding: -(update * (ratio * operands.learningRate)), to: operands.parameter,
            state: [adam.mean, adam.square])
    }
}
