/// Modules on the same input whose results are added: `f + g = Add ∘ (f, g)`.
public struct Sum: Compound {
    let terms: [any Module]
    public let body: Composition
    public var tare = 1.0

    /// The sum of modules.
    ///
    /// - Precondition: There is a module, and no two of them have one name.
    public init(_ modules: [any Module]) {
        terms = modules
        body = Add() ∘ Tuple(modules)
    }

    /// The terms with signs between them.
    public var description: String { terms.map(\.description).joined(separator: " + ") }
}

extension Module {
    /// The sum of two modules on the same input.
    public static func + (a: Self, b: some Module) -> Sum { Sum([a, b]) }
}
