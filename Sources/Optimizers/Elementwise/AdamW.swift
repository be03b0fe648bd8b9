public import Modules
import Programs

/// Moves each element by its mean gradient over the root of its mean squared gradient.
///
/// ```
/// m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²
/// θ ← θ − η · m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε) − δ θ
/// ```
///
/// δ is the factor of ``decay``; when that is coupled, λθ is added to `g` instead, as Adam with L2
/// regularisation. A cautious step leaves out the elements in which it disagrees with the gradient.
///
/// Source: Loshchilov and Hutter, arXiv 1711.05101; Kingma and Ba, arXiv 1412.6980; Liang et al.,
/// arXiv 2411.16085, for cautious steps.
public struct AdamW: ConfigurableRule, Hashable {
    public static let name = "adamw"
    public static let updateScale = UpdateScale.elementwise

    /// The decay β₁ of the mean.
    public var beta1: Double
    /// The decay β₂ of the mean square.
    public var beta2: Double
    /// ε, added to the root.
    public var epsilon: Double
    /// The weight decay.
    public var decay: Decay
    /// Whether elements stay whose step disagrees with the gradient.
    public var isCautious: Bool

    /// Creates the rule; the defaults are those of arXiv 2309.14322.
    public init(
        beta1: Double = 0.9, beta2: Double = 0.95, epsilon: Double = 1e-8,
        decay: Decay = Decay(.none, rate: 0), isCautious: Bool = false
    ) {
        self.isCautious = isCautious
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.decay = decay
    }

    public static let options = adamOptions() + [cautiousOption]

    public static var decaysCautiously: Bool { true }

    public init(_ options: RuleOptions, decay: Decay) {
        self.init(
            beta1: options.number("beta1"), beta2: options.number("beta2"),
            epsilon: options.number("epsilon"), decay: decay,
            isCautious: options[cautiousOption.key] == .flag(true))
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
        let size = Self.noiseRootMeanSquare(beta1: beta1)
        if isCautious {
            return UpdatePlan(
                self, "φ n/(Σφ + 1) m̂ / (√v̂ + ε), φ = [m g > 0]", decay: decay.form,
                epsilon: epsilon)
        }
        return UpdatePlan(
            self, "m̂ / (√v̂ + ε)", decay: decay.form, rootMeanSquare: size,
            spectralNorm: parameter.noiseSpectralNorm.map { $0 * size },
            momentum: .adam(beta1: beta1), epsilon: epsilon)
    }

    public func update(_ operands: UpdateOperands) -> UpdateResults {
        isCautious || decay.isCautious ? cautiousUpdate(operands) : plainUpdate(operands)
    }

    private func cautiousUpdate(_ operands: UpdateOperands) -> UpdateResults {
        let gradient = operands.regularizedGradient(decay)
        let step = AdamStep(gradient, operands, beta1: beta1, beta2: beta2)
        let plain = step.direction(epsilon: epsilon * operands.epsilonFactor)
        let direction = isCautious ? plain.agreeing(with: gradient) : plain
        return UpdateResults(
            adding: operands.change(along: direction, decay), to: operands.parameter,
            state: [step.mean, step.square])
    }

    private func plainUpdate(_ operands: UpdateOperands) -> UpdateResults {
        let (gradient, scale) = operands.regularized(decay)
        let none = operands.gradientScale.filled(with: 0)
        let step = AdamWUpdate(
            beta1: beta1, beta2: beta2, epsilon: epsilon * operands.epsilonFactor)
        let read = AdamWUpdate.Operands(
            parameter: operands.parameter, gradient: gradient, mean: operands.state[0],
            square: operands.state[1], learningRate: operands.learningRate,
            decay: operands.isDecayed ? operands.scalar(.decay) : none,
            meanCorrection: operands.scalar(.meanCorrection),
            squareCorrection: operands.scalar(.squareCorrection), gradientScale: scale)
        let made = AdamWUpdate.Results(gradient.builder.apply(step, read.list))
        return UpdateResults(
            parameter: made.parameter, state: [made.mean, made.square],
            squaredUpdate: made.squaredUpdate)
    }
}

/// The keys of Adam's means.
///
/// - Parameters:
///   - beta1: β₁ where none is given.
///   - beta2: β₂ where none is given.
///   - epsilon: ε where none is given.
/// - Returns: The three keys.
func adamOptions(
    beta1: Double = 0.9, beta2: Double = 0.95, epsilon: Double = 1e-8
) -> [RuleOption] {
    [
        RuleOption("beta1", .fraction, default: .number(beta1)),
        RuleOption("beta2", .fraction, default: .number(beta2)),
        RuleOption("epsilon", .nonNegative, default: .number(epsilon)),
    ]
}

/// `1 − base^exponent` for a base from 0 to 1 and a positive exponent, to a few roundings however near one
/// the power is.
///
/// The complements are what is multiplied: `1 − (1 − a)(1 − b) = a + b(1 − a)` and `1 − (1 − a)² = a(2 − a)`
/// have no difference of near-equal numbers. By repeated squaring: the same bits everywhere.
func complementOfPower(_ base: Double, _ exponent: Int) -> Double {
    var (result, square, rest) = (0.0, 1 - base, exponent)
    while rest > 0 {
        if rest & 1 == 1 { result += square * (1 - result) }
        square *= 2 - square
        rest >>= 1
    }
    return result
}
