/// A branch beside the identity, `(1 − weight) x + weight · f(x)`.
///
/// Where the branch has sensitivity one, so has the whole, however many follow one another.
///
/// Source: arXiv 2405.14813, section 3.
public struct Residual: Compound {
    public let body: Sum
    public var tare = 1.0

    /// Creates the module.
    ///
    /// - Parameters:
    ///   - branch: The function beside the identity.
    ///   - weight: The part that the branch has, usually one over the number of branches.
    /// - Precondition: `weight` is above zero and below one.
    public init(_ branch: any Module, weight: Double) {
        precondition(weight > 0 && weight < 1, "Residual: a weight of \(weight)")
        body = (1 - weight) * Identity() + weight * Composition([branch])
    }
}
