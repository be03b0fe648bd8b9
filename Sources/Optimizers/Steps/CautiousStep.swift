import Programs
import Tensors

extension Value {
    /// This direction where it agrees with the gradient, made larger by as much as is left out.
    ///
    /// ```
    /// φ = [d ⊙ g > 0],   d ← φ ⊙ d · n / (Σ φ + 1),   n the number of elements
    /// ```
    ///
    /// Source: Liang et al., arXiv 2411.16085, algorithm 1 with ξ = 1; `kyleliang919/C-Optim`.
    func agreeing(with gradient: Value) -> Value {
        // Signs, whose product does not underflow.
        let agrees = (sign() * gradient.sign()).compared(.greater, filled(with: 0))
        let mask = agrees.select(filled(with: 1), filled(with: 0))
        return self * mask * (Double(shape.count) / (mask.sum() + 1))
    }
}

/// The key that turns masking on.
let cautiousOption = RuleOption("cautious", .flag, default: false)
