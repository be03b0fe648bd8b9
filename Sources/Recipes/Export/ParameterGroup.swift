package import Modules

/// Parameters of a model that move alike, as code for another framework has them.
package struct ParameterGroup: Sendable, Hashable {
    /// What they are, as `hidden` or `hidden: query`.
    package var name: String
    /// What they are for.
    package var role: Role
    /// Names without wrappers, with `#` for a number.
    package var names: [String]
    /// The learning rate at the peak of the schedule.
    package var learningRate: Double
    /// λ where a step takes lr · λ of a weight, as PyTorch's and Optax' AdamW do.
    package var weightDecay: Double
    /// Added to the denominator of Adam's step.
    package var epsilon: Double
    /// How they start.
    package var start: GroupStart

    /// How many parameters' settings it follows, by their paths in the proxy; empty where it follows another
    /// group's.
    package var paths: [String]
}

/// How the parameters of a group start.
package enum GroupStart: Sendable, Hashable {
    /// The same number everywhere.
    case constant(Double)
    /// Normal numbers.
    case normal(deviation: Double)
    /// Normal numbers cut at two deviations, of this deviation after the cut.
    case truncated(deviation: Double)
    /// Queries, keys and values of one fused matrix, one start each.
    case fused([GroupStart])

    /// The start of a parameter of a proxy; nil for one that elements do not decide.
    init?(_ initialization: Initialization) {
        switch initialization {
        case .constant(let value): self = .constant(Double(value))
        case .normal(let deviation):
            self = deviation == 0 ? .constant(0) : .normal(deviation: deviation)
        case .truncatedNormal(let deviation):
            self = deviation == 0 ? .constant(0) : .truncated(deviation: deviation)
        case .orthogonal, .unitRows, .spectralNorm: return nil
        }
    }
}
