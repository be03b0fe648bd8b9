public import Programs

/// The input as it is, whatever its norm.
public struct Identity: EntrywiseBond {
    public init() {}

    public var sensitivity: Bound { 1 }
    public var sharpness: Sharpness? { .linear }

    public func apply(_ x: Value) -> Value { x }
}
