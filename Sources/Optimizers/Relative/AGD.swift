public import Modules
import Norms
public import Programs
import Tensors

/// Gradient descent that finds its own step: there is no learning rate.
///
/// ```
/// sₖ = √(fan-out / fan-in),   G = 1/L · Σₖ sₖ ‖gₖ‖_F
/// η = log((1 + √(1 + 4G)) / 2)
/// θₖ ← θₖ − gain · η/L · sₖ gₖ / ‖gₖ‖_F
/// ```
///
/// L is the number of tensors. η minimises a bound on the loss after the step that holds for networks
/// whose weights have spectral norm `sₖ` and whose inputs have root mean square one: start from such
/// weights. It is small when all gradients are, grows with the logarithm of large ones, and zero
/// where G is. Rows that are looked up have fan-in one, and so have gains, which the paper does not
/// treat.
///
/// The gradient's size decides the step, so clipping, a schedule and momentum have no place here.
///
/// Source: Bernstein et al., arXiv 2304.05187; `jxbz/agd`, `agd.py`, also for the gain.
public struct AGD: ConfigurableRule {
    public static let name = "agd"

    /// The factor on every step.
    public var gain: Double

    public init(gain: Double = 1) { self.gain = gain }

    public static let options = [RuleOption("gain", .positive, default: 1)]

    public static var decayForms: [Decay.Form] { [.none] }

    public static let unsupportedKeys = [
        "learning-rate":
            "agd finds its step from the gradients and takes no learning rate; remove the key, or "
            + "scale all steps with optimizer.gain",
        "clip":
            "agd reads its step off the size of the gradients, which clipping would hide; remove "
            + "the key",
        "weight-decay":
            "agd bounds the change of weights of a given norm, without decay; remove the key, or "
            + "use rule: sgd",
        "schedule":
            "agd finds its step from the gradients and takes no schedule; set schedule.shape to "
            + "constant and schedule.warmup to 0, or use rule: sgd",
    ]

    public init(_ options: RuleOptions, decay: Decay) {
        self.init(gain: options.number("gain"))
    }

    public func slots(for parameter: ParameterSpecification) -> [StateSlot] { [] }

    public var stepScalars: [StepScalar] { [.gain] }

    // Without a learning rate the peak is one.
    public func scalars(at step: StepSize) -> [StepScalar: Double] {
        [.gain: gain * step.learningRate]
    }

    /// `step`: gain · η / L.
    public func shared(_ model: ModelOperands) -> [String: Value] {
        let terms = model.elements.map {
            $0.squaredGradient.squareRoot() * $0.specification.spectralScale
        }
        let count = Double(terms.count)
        let summary = terms.dropFirst().reduce(terms[0], +) / count
        let step = Self.step(for: summary) / count
        guard let gain = model.scalars[.gain] else { preconditionFailure("no scalar gain") }
        return ["step": step * gain]
    }

    /// η for a summary G of the gradients.
    ///
    /// With `x = 2G / (1 + √(1 + 4G))` it is log(1 + x), which for small x keeps its digits as
    /// `x · log(u) / (u − 1)` where u is 1 + x after rounding (Higham, "Accuracy and Stability of
    /// Numerical Algorithms", section 1.14.1).
    static func step(for summary: Value) -> Value {
        let x = summary * 2 / ((summary * 4 + 1).squareRoot() + 1)
        let u = x + 1
        let isOne = u.compared(.equal, u.filled(with: 1))
        let divisor = isOne.select(u.filled(with: 1), u - 1)
        return isOne.select(x, x * u.logarithm() / divisor)
    }

    public func plan(for parameter: ParameterSpecification, among count: Int) -> UpdatePlan {
        UpdatePlan(self, "η(G)/L √(fan-out/fan-in) g / ‖g‖", decay: .none)
    }

    public func update(_ operands: UpdateOperands) -> UpdateResults {
        guard let step = operands.shared["step"] else { preconditionFailure("no shared step") }
        let direction = operands.gradient.scaledToUnitFrobeniusNorm()
        return UpdateResults(
            adding: -(direction * (step * operands.specification.spectralScale)),
            to: operands.parameter, state: [])
    }
}
