import Programs

extension UpdateOperands {
    /// The gradient with λθ added where the decay is coupled, and the factor still to be put on it.
    func regularized(_ decay: Decay) -> (gradient: Value, scale: Value) {
        guard isDecayed, decay.gradientRate != 0 else { return (gradient, gradientScale) }
        return (
            gradient * gradientScale + parameter * decay.gradientRate,
            gradientScale.filled(with: 1)
        )
    }

    /// The gradient after clipping, with λθ added where the decay is coupled.
    func regularizedGradient(_ decay: Decay) -> Value {
        let (gradient, scale) = regularized(decay)
        return gradient * scale
    }

    /// `−η d − δ θ`: a step along a direction, with the decay beside it.
    func change(along direction: Value, _ decay: Decay) -> Value {
        let step = direction * learningRate
        guard isDecayed, decay.form != .coupled, decay.form != .none else { return -step }
        return -(step + decayed(along: direction, decay))
    }

    /// `δ θ`, or with cautious decay `δ θ ⊙ [d ⊙ θ ≥ 0]`.
    func decayed(along direction: Value, _ decay: Decay) -> Value {
        let decayed = parameter * scalar(.decay)
        guard decay.isCautious else { return decayed }
        let zero = parameter.filled(with: 0)
        // Signs, whose product does not underflow.
        return (direction.sign() * parameter.sign()).compared(.greaterOrEqual, zero)
            .select(decayed, zero)
    }
}

extension Decay {
    /// The scalars of a step along a direction.
    func scalars(at step: StepSize) -> [StepScalar: Double] {
        [.learningRate: step.learningRate, .decay: factor(at: step)]
    }

    /// These scalars.
    static let stepScalars: [StepScalar] = [.learningRate, .decay]
}
