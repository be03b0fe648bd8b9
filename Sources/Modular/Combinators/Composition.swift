public import Programs

precedencegroup CompositionPrecedence {
    associativity: left
    higherThan: MultiplicationPrecedence
}

infix operator ∘ : CompositionPrecedence

/// What is left of the sign applied to the result of what is right of it.
///
/// - Parameters:
///   - outer: What is applied to the result.
///   - inner: What is applied first.
/// - Returns: `outer ∘ inner`.
public func ∘ (outer: some Module, inner: some Module) -> Composition {
    Composition([inner, outer])
}

/// A module applied to the tuple of the results of two.
public func ∘ (outer: some Module, inner: (some Module, some Module)) -> Composition {
    Composition([Tuple(inner.0, inner.1), outer])
}

/// A module applied to the tuple of the results of three.
public func ∘ (outer: some Module, inner: (some Module, some Module, some Module)) -> Composition {
    Composition([Tuple(inner.0, inner.1, inner.2), outer])
}

/// Modules one after another, `fₙ ∘ … ∘ f₁`.
///
/// ```
/// m       = Σₖ mₖ
/// μ       = Πₖ μₖ
/// shareₖ  = (mₖ / m) / Πⱼ>ₖ μⱼ
/// norm(w) = maxₖ normₖ(wₖ) / shareₖ
/// ```
///
/// A change of fₖ's weights of norm shareₖ moves fₖ's output by at most shareₖ, and that of the whole by
/// what follows times that: `mₖ/m`. All of them together move it by at most 1.
///
/// Source: arXiv 2405.14813, definition 4.
public struct Composition: Module {
    /// In the order of computation.
    let parts: Parts

    /// One module after another, the first of them applied first; compositions become part of this one.
    ///
    /// - Precondition: There is a module, and no two of them have one name.
    public init(_ modules: [any Module]) {
        parts = Parts(
            modules.flatMap { ($0 as? Composition)?.parts.modules ?? [$0] })
    }

    public var mass: Double { parts.mass }

    public var sensitivity: Bound { parts.modules.reduce(1) { $0 * $1.sensitivity } }

    public var parameters: [Parameter] {
        var after = Bound.proven(1)
        var table: [Parameter] = []
        for (key, module) in parts.named.reversed() {
            let share = .proven(parts.portion(of: module)) / after
            table = module.parameters.map { $0.placed(under: key, share) } + table
            after = after * module.sensitivity
        }
        return table
    }

    /// From the first pair on, by ``Sharpness/composed(_:_:)``; known where all parts' sensitivities are
    /// proven.
    public var sharpness: Sharpness? {
        var whole = (sharpness: Sharpness.linear, mass: 0.0, sensitivity: 1.0)
        for module in parts.modules {
            guard let sharpness = module.sharpness,
                let sensitivity = module.sensitivity.provenValue
            else { return nil }
            let mass = whole.mass + module.mass
            let portion = mass == 0 ? 0 : module.mass / mass
            whole = (
                .composed(
                    (whole.sharpness, mass == 0 ? 0 : 1 - portion, whole.sensitivity),
                    (sharpness, portion, sensitivity)),
                mass, whole.sensitivity * sensitivity
            )
        }
        return whole.sharpness
    }

    public func forward(_ inputs: [Value], _ weights: Weights) -> [Value] {
        parts.named.reduce(inputs) { values, part in
            part.module.forward(values, weights.below(part.key))
        }
    }

    public func tared(by factor: Double) -> Composition {
        Composition(parts.modules.map { $0.tared(by: factor) })
    }

    /// The parts with rings between them, the last applied first.
    public var description: String {
        parts.modules.reversed().map { $0 is Tuple ? "\($0)" : $0.inProduct }
            .joined(separator: " ∘ ")
    }
}

extension Module {
    /// The formula as a factor.
    var inProduct: String {
        self is Composition || self is Sum ? "(\(self))" : description
    }
}
