public import Programs

/// The larger of each element and zero.
///
/// The sensitivity 1 is reached by positive elements. At zero it bends without a second derivative.
public struct ReLU: EntrywiseBond {
    public init() {}

    public var sensitivity: Bound { 1 }
    public var sharpness: Sharpness? { nil }

    public func apply(_ x: Value) -> Value { x.maximum(x.filled(with: 0)) }
}
