precedencegroup PowerPrecedence {
    associativity: right
    higherThan: CompositionPrecedence
}

infix operator ** : PowerPrecedence

/// A module `count` times after itself, each time with weights of its own.
///
/// - Parameters:
///   - base: The module.
///   - count: How often, at least once.
/// - Returns: `base ∘ … ∘ base`.
public func ** (base: some Module, count: Int) -> Power { Power(base, count) }

/// A module after itself, `m ** n = m ∘ … ∘ m`, each time with weights of its own.
///
/// The copies' weights are called `0`, `1` and so on, the first applied first.
public struct Power: Compound {
    public let body: Composition
    public var tare = 1.0
    public let description: String

    /// A module `count` times.
    ///
    /// - Precondition: `count` is at least one.
    public init(_ base: any Module, _ count: Int) {
        precondition(count >= 1, "a module to the power of \(count)")
        body = Composition((0..<count).map { Named(base, "\($0)") })
        description = "\(base.inProduct) ** \(count)"
    }
}
