public import Modules
import Programs

/// Moves every element by the sign of an interpolated momentum.
///
/// ```
/// θ ← θ − η · sign(β₁ m + (1 − β₁) g) − δ θ
/// m ← β₂ m + (1 − β₂) g
/// ```
///
/// Without decay no element moves by more than η. δ is the factor of ``decay``; when that is coupled,
/// λθ is added to `g` instead. A cautious step leaves out the elements in which it disagrees with the
/// gradient.
///
/// Source: Chen et al., arXiv 2302.06675, algorithm 2; the defaults are theirs. Liang et al.,
/// arXiv 2411.16085, for cautious steps.
public struct Lion: ConfigurableRule {
    public static let name = "lion"
    public static let updateScale = UpdateScale.elementwise

    /// The weight β₁ of the momentum in the direction taken.
    public var beta1: Double
    /// The weight β₂ of the momentum in the momentum kept.
    public var beta2: Double
    /// The weight decay.
    public var decay: Decay
    /// Whether elements stay whose step disagrees with the gradient.
    public var isCautious: Bool

    public init(
        beta1: Double = 0.9, beta2: Double = 0.99, decay: Decay = Decay(.none, rate: 0),
        isCautious: Bool = false
    ) {
        self.isCautious = isCautious
        self.beta1 = beta1
        self.beta2 = beta2
        self.decay = decay
    }

    public static let options = Array(adamOptions(beta2: 0.99).dropLast()) + [cautiousOption]

    public static var decaysCautiously: Bool { true }

    public init(_ options: RuleOptions, decay: Decay) {
        self.init(
            beta1: options.number("beta1"), beta2: options.number("beta2"), decay: decay,
            isCautious: options.flag(cautiousOption.key))
    }

    public func slots(for parameter: ParameterSpecification) -> [StateSlot] {
        parameter.slots("momentum")
    }

    public var stepScalars: [StepScalar] { Decay.stepScalars }

    public func scalars(at step: StepSize) -> [StepScalar: Double] { decay.scalars(at: step) }

    public func plan(for parameter: ParameterSpecification, among count: Int) -> UpdatePlan {
        isCautious
            ? UpdatePlan(self, "φ n/(Σφ + 1) sign(m), φ = [m g > 0]", decay: decay.form)
            : UpdatePlan(
                self, "sign(m)", decay: decay.form, rootMeanSquare: 1,
                spectralNorm: parameter.noiseSpectralNorm)
    }

    public func update(_ operands: UpdateOperands) -> UpdateResults {
        let gradient = operands.regularizedGradient(decay)
        let plain = gradient.averaged(into: operands.state[0], decay: beta1).sign()
        let direction = isCautious ? plain.agreeing(with: gradient) : plain
        return UpdateResults(
            adding: operands.change(along: direction, decay), to: operands.parameter,
            state: [gradient.averaged(into: operands.state[0], decay: beta2)])
    }
}
