public import Modules
import Programs

/// Moves each tensor by a fraction of its own norm against the gradient, with momentum.
///
/// ```
/// u = g + λ θ,   r = c ‖θ‖ / (‖u‖ + ε),   r = 1 where either norm is zero
/// m ← μ m − η r u,   θ ← θ + m
/// ```
///
/// Norms are Frobenius norms of whole tensors. The momentum comes after the learning rate, as in
/// Optax. Neither ‖θ‖ nor the effect on the outputs of a layer stays the same when the width grows,
/// so that the best η does not transfer over widths.
///
/// Source: You, Gitman and Ginsburg, arXiv 1708.03888; Optax's `lars`.
public struct LARS: ConfigurableRule {
    public static let name = "lars"

    /// μ.
    public var momentum: Double
    /// c.
    public var trustCoefficient: Double
    /// ε, added to the norm of the gradient.
    public var epsilon: Double
    /// The weight decay, none or coupled: it is part of u.
    public var decay: Decay

    /// Creates the rule; the defaults are Optax's.
    public init(
        momentum: Double = 0.9, trustCoefficient: Double = 0.001, epsilon: Double = 0,
        decay: Decay = Decay(.none, rate: 0)
    ) {
        self.momentum = momentum
        self.trustCoefficient = trustCoefficient
        self.epsilon = epsilon
        self.decay = decay
    }

    public static let options = [
        RuleOption("momentum", .fraction, default: 0.9),
        RuleOption("trust-coefficient", .positive, default: 0.001),
        RuleOption("epsilon", .nonNegative, default: 0),
    ]

    public static var decayForms: [Decay.Form] { [.none, .coupled] }

    public init(_ options: RuleOptions, decay: Decay) {
        self.init(
            momentum: options.number("momentum"),
            trustCoefficient: options.number("trust-coefficient"),
            epsilon: options.number("epsilon"), decay: decay)
    }

    public func slots(for parameter: ParameterSpecification) -> [StateSlot] {
        parameter.slots("momentum")
    }

    public var stepScalars: [StepScalar] { [.learningRate] }

    public func scalars(at step: StepSize) -> [StepScalar: Double] {
        [.learningRate: step.learningRate]
    }

    public func plan(for parameter: ParameterSpecification, among count: Int) -> UpdatePlan {
        // Independent steps of size c ‖θ‖ add up to 1 / √(1 − μ²) times that in the momentum.
        let size =
            trustCoefficient * parameter.initialRootMeanSquare
            / ((1 - momentum) * (1 + momentum)).squareRoot()
        return UpdatePlan(
            self, "momentum of c ‖θ‖ g / ‖g‖", decay: decay.form, rootMeanSquare: size)
    }

    public func update(_ operands: UpdateOperands) -> UpdateResults {
        let update = operands.regularizedGradient(decay)
        let ratio = operands.parameter.trustRatio(
            to: update, epsilon: epsilon, coefficient: trustCoefficient)
        let step = update * (ratio * operands.learningRate)
        let momentum = (-step).accumulated(into: operands.state[0], momentum: momentum)
        return UpdateResults(adding: momentum, to: operands.parameter, state: [momentum])
    }
}
