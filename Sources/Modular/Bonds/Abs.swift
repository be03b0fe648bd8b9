public import Programs

/// The magnitude of each element.
///
/// The sensitivity 1 is reached everywhere. At zero it bends without a second derivative.
public struct Abs: EntrywiseBond {
    public init() {}

    public var sensitivity: Bound { 1 }
    public var sharpness: Sharpness? { nil }

    public func apply(_ x: Value) -> Value { x.absolute() }
}
