/// Bounds (α, β, γ) of a module's second derivatives.
///
/// ```
/// ‖Δw ∇ww f Δw'‖ ≤ α norm(Δw) norm(Δw')
/// ‖Δx ∇xw f Δw‖  ≤ β ‖Δx‖ norm(Δw)
/// ‖Δx ∇xx f Δx'‖ ≤ γ ‖Δx‖ ‖Δx'‖
/// ```
///
/// A loss that is σ-Lipschitz and τ-smooth in the output is then (σα + τ)-smooth in the weights,
/// whatever the width.
///
/// Source: Large et al., arXiv 2405.14813, definition 3; the rules for compositions and tuples follow
/// from the product rule and the shares of the norm.
public struct Sharpness: Sendable, Hashable {
    /// α, of two changes of the weights.
    public var weights: Double
    /// β, of a change of the weights and one of the input.
    public var mixed: Double
    /// γ, of two changes of the input.
    public var inputs: Double

    /// The triple.
    public init(weights: Double, mixed: Double, inputs: Double) {
        self.weights = weights
        self.mixed = mixed
        self.inputs = inputs
    }

    /// Of a map that is linear in its input and has no weights.
    public static let linear = Sharpness(weights: 0, mixed: 0, inputs: 0)

    /// Of a map that is linear in its input and in its weights, in a norm of operators.
    public static let bilinear = Sharpness(weights: 0, mixed: 1, inputs: 0)

    /// Of `second ∘ first`.
    ///
    /// ```
    /// α = p₁² α₁/μ₂ + p₂² α₂ + 2 p₁ p₂ β₂/μ₂ + p₁² γ₂/μ₂²
    /// β = p₁ β₁ + μ₁ p₂ β₂ + μ₁ p₁ γ₂/μ₂
    /// γ = μ₂ γ₁ + μ₁² γ₂
    /// ```
    ///
    /// - Parameters:
    ///   - first: α₁, β₁, γ₁ of what is applied first, with its mass over that of both, p₁, and its
    ///     sensitivity μ₁.
    ///   - second: The same of what is applied to the result.
    /// - Returns: The triple of the composition.
    public static func composed(
        _ first: (sharpness: Sharpness, part: Double, sensitivity: Double),
        _ second: (sharpness: Sharpness, part: Double, sensitivity: Double)
    ) -> Sharpness {
        let (s1, p1, mu1) = first
        let (s2, p2, mu2) = second
        return Sharpness(
            weights: p1 * p1 * s1.weights / mu2 + p2 * p2 * s2.weights
                + 2 * p1 * p2 * s2.mixed / mu2 + p1 * p1 * s2.inputs / (mu2 * mu2),
            mixed: p1 * s1.mixed + mu1 * p2 * s2.mixed + mu1 * p1 * s2.inputs / mu2,
            inputs: mu2 * s1.inputs + mu1 * mu1 * s2.inputs)
    }

    /// Of modules side by side: `α = Σ pₖ² αₖ`, `β = Σ pₖ βₖ`, `γ = Σ γₖ`.
    ///
    /// - Parameter parts: The triple of each, and its mass over that of all.
    /// - Returns: The triple of the tuple.
    public static func tuple(_ parts: [(sharpness: Sharpness, part: Double)]) -> Sharpness {
        parts.reduce(.linear) { sum, next in
            let (s, p) = next
            return Sharpness(
                weights: sum.weights + p * p * s.weights, mixed: sum.mixed + p * s.mixed,
                inputs: sum.inputs + s.inputs)
        }
    }
}

extension Sharpness: CustomStringConvertible {
    /// The three numbers.
    public var description: String {
        "(\(weights.shortText), \(mixed.shortText), \(inputs.shortText))"
    }
}
