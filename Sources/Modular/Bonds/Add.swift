public import Programs

/// The sum of the entries of a tuple, which have one shape and one norm.
///
/// `‖Σ Δxₖ‖ ≤ Σ ‖Δxₖ‖`, which is the norm of the tuple.
public struct Add: Bond {
    public init() {}

    public var sensitivity: Bound { 1 }
    public var sharpness: Sharpness? { .linear }

    public func apply(_ inputs: [Value]) -> [Value] {
        [inputs.dropFirst().reduce(inputs[0], +)]
    }
}
