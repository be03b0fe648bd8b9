public import Programs

/// `x · logistic(x)` of each element.
///
/// Its slope is largest at x = 2.3994, where it is 1.09984.
public struct SiLU: EntrywiseBond {
    public init() {}

    public var sensitivity: Bound { 1.0998393194 }
    public var sharpness: Sharpness? { nil }

    public func apply(_ x: Value) -> Value { x * x.logistic() }
}
