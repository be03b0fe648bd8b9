public import Modules
import Programs
import Tensors

/// AdamW whose weights are evaluated at an average of all steps, in place of a descent of the learning rate.
///
/// ```
/// v ← β₂ v + (1 − β₂) g²,   u = η g / (√(v / (1 − β₂ᵗ)) + ε) + δ y
/// z ← z − u,   x ← (1 − c) x + c z,   c = η² / Σ η²,   y = (1 − β₁) z + β₁ x
/// ```
///
/// Gradients are those at y, which is what trains; x is what is evaluated, saved with transformers' names and
/// compared. The state keeps o = z − y, which starts at zero: with it
/// `o ← (1 − c) (o − β₁ u)`, `y ← y + c o − (1 − β₁ (1 − c)) u` and `x = y − o (1 − β₁) / β₁`.
/// δ is the factor of ``decay``, at y. The learning rate climbs and stays: a descent is refused.
///
/// Source: Defazio et al., arXiv 2405.15682, algorithm 1; `facebookresearch/schedule_free`,
/// `adamw_schedulefree_reference.py`, whose defaults these are, with `r = 0` and `weight_lr_power = 2`.
public struct ScheduleFree: ConfigurableRule {
    public static let name = "schedule-free-adamw"
    public static let updateScale = UpdateScale.elementwise

    /// The part β₁ of the average in where gradients are taken, above zero.
    public var beta1: Double
    /// The decay β₂ of the mean square.
    public var beta2: Double
    /// ε, added to the root.
    public var epsilon: Double
    /// The weight decay.
    public var decay: Decay

    public init(
        beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
        decay: Decay = Decay(.none, rate: 0)
    ) {
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.decay = decay
    }

    public static let options = adamOptions(beta2: 0.999)

    public static var decayForms: [Decay.Form] { .beside }

    public static let unsupportedKeys = [
        "schedule.shape":
            "schedule-free-adamw averages its steps in place of a descent of the learning rate; "
            + "set schedule.shape to constant",
        "optimizer.average":
            "schedule-free-adamw evaluates an average of its own; set it to 0",
    ]

    public init(_ options: RuleOptions, decay: Decay) {
        self.init(
            beta1: options.number("beta1"), beta2: options.number("beta2"),
            epsilon: options.number("epsilon"), decay: decay)
    }

    public func check(_ parameters: [ParameterSpecification]) throws(RuleError) {
        guard beta1 > 0 else {
            throw RuleError(
                key: "beta1",
                reason: "0 takes gradients where there is nothing of the average; set it to 0.9")
        }
    }

    public func slots(for parameter: ParameterSpecification) -> [StateSlot] {
        parameter.slots("offset", "square") + [StateSlot("weight_sum", [1])]
    }

    public func evaluationOffset(
        of parameter: ParameterSpecification
    ) -> (slot: String, factor: Double)? {
        ("offset", -(1 - beta1) / beta1)
    }

    public var stepScalars: [StepScalar] { Decay.stepScalars + [.squareCorrection] }

    public func scalars(at step: StepSize) -> [StepScalar: Double] {
        decay.scalars(at: step).merging([
            .squareCorrection: 1 / complementOfPower(beta2, step.step)
        ]) { $1 }
    }

    public func plan(for parameter: ParameterSpecification, among count: Int) -> UpdatePlan {
        UpdatePlan(
            self, "y of z − g / (√v̂ + ε) and its average", decay: decay.form, epsilon: epsilon)
    }

    public func update(_ operands: UpdateOperands) -> UpdateResults {
        let gradient = operands.clippedGradient
        let square = (gradient * gradient).averaged(into: operands.state[1], decay: beta2)
        let root = (square * operands.scalar(.squareCorrection)).squareRoot()
        let direction = gradient / (root + epsilon * operands.epsilonFactor)
        let step = -operands.change(along: direction, decay)
        let weight = operands.learningRate * operands.learningRate
        let sum = operands.state[2] + weight.reshaped([1])
        let part = weight / sum.reshaped([])
        let rest = 1 - part
        let change = operands.state[0] * part - step * (1 - rest * beta1)
        return UpdateResults(
            adding: change, to: operands.parameter,
            state: [(operands.state[0] - step * beta1) * rest, square, sum])
    }
}
