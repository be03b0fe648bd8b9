public import Modules
import Programs

/// AdamW whose decay follows the square of the schedule, so that gradients of normalised layers do
/// not rise when the learning rate falls.
///
/// ```
/// θ ← θ − η · m̂ / (√v̂ + ε) − η²/η_max · λ θ      weights that a normalisation follows
/// θ ← θ − η · m̂ / (√v̂ + ε) − η λ θ              the others
/// ```
///
/// A layer that a normalisation follows comes to rest where `‖g‖/‖θ‖ = √(2λ/η)` in the
/// preconditioner's norm under the ordinary decay, which rises as η falls; under the corrected one
/// the ratio stays `√(2λ/η_max)`. Hidden matrices are taken to be followed by a normalisation, the
/// embedding and the head are not.
///
/// Source: Defazio, arXiv 2506.02285, algorithm 1.
public struct AdamC: ConfigurableRule {
    public static let name = "adamc"
    public static let updateScale = UpdateScale.elementwise

    /// Adam, with the corrected decay.
    public var adam: AdamW

    /// Creates the rule.
    ///
    /// - Parameters:
    ///   - beta1: The decay β₁ of the mean.
    ///   - beta2: The decay β₂ of the mean square.
    ///   - epsilon: ε, added to the root.
    ///   - rate: λ.
    public init(
        beta1: Double = 0.9, beta2: Double = 0.95, epsilon: Double = 1e-8, rate: Double = 0
    ) {
        adam = AdamW(
            beta1: beta1, beta2: beta2, epsilon: epsilon, decay: Decay(.corrected, rate: rate))
    }

    public static let options = AdamW.options

    public static var decaysCautiously: Bool { true }

    public static var decayForms: [Decay.Form] { [.corrected, .none] }

    public init(_ options: RuleOptions, decay: Decay) {
        adam = AdamW(options, decay: decay)
    }

    public func slots(for parameter: ParameterSpecification) -> [StateSlot] {
        adam.slots(for: parameter)
    }

    public var stepScalars: [StepScalar] { adam.stepScalars + [.restDecay] }

    public func scalars(at step: StepSize) -> [StepScalar: Double] {
        adam.scalars(at: step).merging([.restDecay: adam.decay.ofTheRest.factor(at: step)]) { $1 }
    }

    public func plan(for parameter: ParameterSpecification, among count: Int) -> UpdatePlan {
        var plan = adam.plan(for: parameter, among: count)
        plan.rule = Self.name
        if parameter.role != .hidden { plan.decay = adam.decay.ofTheRest.form }
        return plan
    }

    public func update(_ operands: UpdateOperands) -> UpdateResults {
        adam.update(operands.correctingHiddenDecay())
    }
}

extension Decay {
    /// The decay of weights that no normalisation follows: decoupled where the others' is corrected.
    var ofTheRest: Decay { form == .corrected ? Decay(.decoupled, rate: rate) : self }
}

extension UpdateOperands {
    /// These operands with the scalar `rest_decay` as `decay`, unless a normalisation follows.
    func correctingHiddenDecay() -> UpdateOperands {
        var copy = self
        if specification.role != .hidden { copy.scalars[.decay] = scalar(.restDecay) }
        return copy
    }
}
