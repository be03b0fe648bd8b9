public import Programs

/// The product of the entries of a tuple, element by element: a gate.
///
/// There is no sensitivity that holds for every width: where both entries stand in one element, their
/// product is √width times as large as the product of their root mean squares.
public struct Multiply: Bond {
    public init() {}

    public var sensitivity: Bound { .unknown }
    public var sharpness: Sharpness? { nil }

    public func apply(_ inputs: [Value]) -> [Value] {
        [inputs.dropFirst().reduce(inputs[0], *)]
    }
}
