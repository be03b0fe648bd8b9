public import Programs

/// Modules side by side on the same input, `(f₁, f₂)(x) = (f₁(x), f₂(x))`.
///
/// ```
/// m       = Σₖ mₖ
/// μ       = Σₖ μₖ
/// shareₖ  = mₖ / m
/// norm(w) = maxₖ normₖ(wₖ) / shareₖ
/// ```
///
/// The norm of the output is the sum of those of its entries.
///
/// Source: arXiv 2405.14813, definition 5.
public struct Tuple: Module {
    let parts: Parts

    /// The modules in the order of the output's entries.
    ///
    /// - Precondition: There is a module, and no two of them have one name.
    public init(_ modules: any Module...) { self.init(modules) }

    /// The modules in the order of the output's entries.
    ///
    /// - Precondition: There is a module, and no two of them have one name.
    public init(_ modules: [any Module]) { parts = Parts(modules) }

    public var mass: Double { parts.mass }

    public var sensitivity: Bound { parts.modules.reduce(0) { $0 + $1.sensitivity } }

    public var parameters: [Parameter] {
        parts.named.flatMap { key, module in
            module.parameters.map { $0.placed(under: key, .proven(parts.portion(of: module))) }
        }
    }

    /// By ``Sharpness/tuple(_:)``.
    public var sharpness: Sharpness? {
        var known: [(sharpness: Sharpness, part: Double)] = []
        for module in parts.modules {
            guard let sharpness = module.sharpness else { return nil }
            known.append((sharpness, parts.portion(of: module)))
        }
        return .tuple(known)
    }

    public func forward(_ inputs: [Value], _ weights: Weights) -> [Value] {
        parts.named.flatMap { key, module in module.forward(inputs, weights.below(key)) }
    }

    public func tared(by factor: Double) -> Tuple {
        Tuple(parts.modules.map { $0.tared(by: factor) })
    }

    /// The parts in parentheses.
    public var description: String {
        "(" + parts.modules.map(\.description).joined(separator: ", ") + ")"
    }
}
