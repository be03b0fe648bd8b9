public import Modules
import Programs

/// SGD whose decay follows the square of the schedule, so that gradients of normalised layers do not
/// rise when the learning rate falls.
///
/// ```
/// m ← μ m + g
/// θ ← θ − η m − η²/η_max · λ θ      weights that a normalisation follows
/// θ ← θ − η m − η λ θ              the others
/// ```
///
/// A layer that a normalisation follows comes to rest where `‖g‖/‖θ‖ = (1 − μ) √(2λ/η_max)`, whatever
/// the schedule. Hidden matrices are taken to be followed by a normalisation, the embedding and the
/// head are not.
///
/// Source: Defazio, arXiv 2506.02285.
public struct SGDC: ConfigurableRule {
    public static let name = "sgdc"
    public static let updateScale = UpdateScale.gradient

    /// SGD, with the corrected decay.
    public var sgd: SGD

    /// Creates the rule.
    ///
    /// - Parameters:
    ///   - momentum: μ.
    ///   - rate: λ.
    public init(momentum: Double = 0.9, rate: Double = 0) {
        sgd = SGD(momentum: momentum, decay: Decay(.corrected, rate: rate))
    }

    public static let options = SGD.options

    public static var decaysCautiously: Bool { true }

    public static var decayForms: [Decay.Form] { [.corrected, .none] }

    public init(_ options: RuleOptions, decay: Decay) { sgd = SGD(options, decay: decay) }

    public func slots(for parameter: ParameterSpecification) -> [StateSlot] {
        sgd.slots(for: parameter)
    }

    public var stepScalars: [StepScalar] { sgd.stepScalars + [.restDecay] }

    public func scalars(at step: StepSize) -> [StepScalar: Double] {
        sgd.scalars(at: step).merging([.restDecay: sgd.decay.ofTheRest.factor(at: step)]) { $1 }
    }

    public func plan(for parameter: ParameterSpecification, among count: Int) -> UpdatePlan {
        let form = parameter.role == .hidden ? sgd.decay.form : sgd.decay.ofTheRest.form
        return UpdatePlan(self, "m", decay: form, momentum: .heavyBall(sgd.momentum))
    }

    public func update(_ operands: UpdateOperands) -> UpdateResults {
        sgd.update(operands.correctingHiddenDecay())
    }
}
