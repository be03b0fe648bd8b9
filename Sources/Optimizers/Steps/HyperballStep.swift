import Norms
import Programs

extension UpdateOperands {
    /// A step of fixed relative size along a direction, back to the norm before it.
    ///
    /// ```
    /// θ ← R · N(θ − η R N(d)),   R = ‖θ‖_F,   N(x) = x / ‖x‖_F
    /// ```
    func hyperballStep(along direction: Value, state: [Value]) -> UpdateResults {
        let radius = parameter.frobeniusNorm()
        let moved =
            parameter - direction.scaledToUnitFrobeniusNorm() * (radius * learningRate)
        return UpdateResults(
            replacing: parameter, with: moved.scaledToUnitFrobeniusNorm() * radius, state: state)
    }
}

/// What `weight-decay` means to a rule that keeps the norms of its matrices.
let auxiliaryDecayForms: [Decay.Form] = .beside + [.coupled]
