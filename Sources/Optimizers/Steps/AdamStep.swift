import Programs

/// Adam's means and the direction that they give.
///
/// ```
/// m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²
/// d = c₁ m / (√(c₂ v) + ε),   c₁ = 1 / (1 − β₁ᵗ),   c₂ = 1 / (1 − β₂ᵗ)
/// ```
///
/// Source: Kingma and Ba, arXiv 1412.6980, algorithm 1.
struct AdamStep {
    /// m after the step.
    var mean: Value
    /// v after the step.
    var square: Value
    /// c₁ m.
    var correctedMean: Value
    /// √(c₂ v).
    var correctedRoot: Value

    /// Updates the means.
    init(
        _ gradient: Value, _ operands: UpdateOperands, beta1: Double, beta2: Double
    ) {
        mean = gradient.averaged(into: operands.state[0], decay: beta1)
        square = (gradient * gradient).averaged(into: operands.state[1], decay: beta2)
        correctedMean = mean * operands.scalar(.meanCorrection)
        correctedRoot = (square * operands.scalar(.squareCorrection)).squareRoot()
    }

    /// d.
    func direction(epsilon: Double) -> Value { correctedMean / (correctedRoot + epsilon) }

    /// The scalars that the step reads.
    static let stepScalars: [StepScalar] = [.meanCorrection, .squareCorrection]

    /// c₁ and c₂.
    static func scalars(
        at step: StepSize, beta1: Double, beta2: Double
    ) -> [StepScalar: Double] {
        [
            .meanCorrection: 1 / complementOfPower(beta1, step.step),
            .squareCorrection: 1 / complementOfPower(beta2, step.step),
        ]
    }
}
