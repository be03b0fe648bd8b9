public import Modules
import Programs

/// Moves against the gradient, with heavy-ball momentum.
///
/// ```
/// m ← μ m + g,   θ ← θ − η m − δ θ
/// ```
///
/// The momentum is PyTorch's, without dampening. δ is the factor of ``decay``; when that is coupled,
/// λθ is added to `g` instead.
///
/// Source: Polyak, 1964; PyTorch's `torch.optim.SGD`.
public struct SGD: ConfigurableRule {
    public static let name = "sgd"
    public static let updateScale = UpdateScale.gradient

    /// μ.
    public var momentum: Double
    /// The weight decay.
    public var decay: Decay

    public init(momentum: Double = 0.9, decay: Decay = Decay(.none, rate: 0)) {
        self.momentum = momentum
        self.decay = decay
    }

    public static let options = [RuleOption("momentum", .fraction, default: 0.9)]

    public static var decaysCautiously: Bool { true }

    public init(_ options: RuleOptions, decay: Decay) {
        self.init(momentum: options.number("momentum"), decay: decay)
    }

    public func slots(for parameter: ParameterSpecification) -> [StateSlot] {
        parameter.slots("momentum")
    }

    public var stepScalars: [StepScalar] { Decay.stepScalars }

    public func scalars(at step: StepSize) -> [StepScalar: Double] { decay.scalars(at: step) }

    public func plan(for parameter: ParameterSpecification, among count: Int) -> UpdatePlan {
        UpdatePlan(self, "m", decay: decay.form, momentum: .heavyBall(momentum))
    }

    public func update(_ operands: UpdateOperands) -> UpdateResults {
        let (gradient, scale) = operands.regularized(decay)
        let buffer = operands.state[0] * momentum + gradient * scale
        var change = buffer * operands.scalar(.learningRate)
        if operands.isDecayed, decay.form != .coupled, decay.form != .none {
            change = change + operands.decayed(along: buffer, decay)
        }
        return UpdateResults(
            parameter: operands.parameter - change, state: [buffer],
            squaredUpdate: (change * change).sum())
    }
}
