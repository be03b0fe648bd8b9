/// Weight decay, named by its formula.
///
/// With η the step's learning rate, η_max its peak, s = η/η_max the schedule and λ the rate, a step
/// subtracts from the parameter θ, beside the optimizer's own update:
///
/// | form | subtracted | known as |
/// |---|---|---|
/// | `coupled` | nothing: λθ is added to the gradient | L2 regularisation |
/// | `decoupled` | η λ θ | AdamW in PyTorch and Optax |
/// | `independent` | s λ θ | fully decoupled (arXiv 1711.05101, 2309.14322) |
/// | `corrected` | η² / η_max · λ θ | AdamC, SGDC (arXiv 2506.02285) |
public struct Decay: Sendable, Hashable {
    /// The formula.
    public enum Form: String, Sendable, Hashable, Codable, CaseIterable {
        /// No decay.
        case none
        /// λθ in the gradient.
        case coupled
        /// η λ θ.
        case decoupled
        /// s λ θ.
        case independent
        /// η²/η_max λ θ.
        case corrected
    }

    /// The formula.
    public var form: Form
    /// λ.
    public var rate: Double
    /// Whether only the elements decay whose step points the way of their decay: those where
    /// `d ⊙ θ ≥ 0` for a step `−η d` (arXiv 2510.12402).
    public var isCautious: Bool

    public init(_ form: Form, rate: Double, isCautious: Bool = false) {
        self.form = form
        self.rate = rate
        self.isCautious = isCautious
    }

    /// The factor on the parameter that a step subtracts.
    public func factor(at step: StepSize) -> Double {
        switch form {
        case .none, .coupled: 0
        case .decoupled: step.learningRate * rate
        case .independent: step.schedule * rate
        case .corrected: step.learningRate * step.schedule * rate
        }
    }

    /// What is added to the gradient, per unit of the parameter.
    public var gradientRate: Double { form == .coupled ? rate : 0 }
}

/// Where a step stands in its schedule.
public struct StepSize: Sendable, Hashable {
    /// The number of the step, from 1.
    public var step: Int
    /// η_max.
    public var peak: Double
    /// s, from 0 to 1.
    public var schedule: Double

    public init(step: Int, peak: Double, schedule: Double) {
        self.step = step
        self.peak = peak
        self.schedule = schedule
    }

    /// η = s η_max.
    public var learningRate: Double { schedule * peak }
}
