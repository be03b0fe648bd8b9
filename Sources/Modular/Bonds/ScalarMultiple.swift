public import Programs

/// The input times a number, whatever its norm.
///
/// Written `0.5 * module` behind a module.
public struct ScalarMultiple: EntrywiseBond {
    /// The number.
    public var factor: Double

    /// Creates the bond.
    ///
    /// - Precondition: `factor` is finite and not zero: what is multiplied by zero has no share of a
    ///   norm.
    public init(_ factor: Double) {
        precondition(factor.isFinite && factor != 0, "ScalarMultiple: a factor of \(factor)")
        self.factor = factor
    }

    public var sensitivity: Bound { .proven(factor.magnitude) }
    public var sharpness: Sharpness? { .linear }

    public func apply(_ x: Value) -> Value { x * factor }

    /// The number.
    public var description: String { factor.shortText }
}
