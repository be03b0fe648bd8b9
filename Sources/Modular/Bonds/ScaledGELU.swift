public import Programs

/// GELU in its tanh form over its steepest slope, so that its sensitivity is 1.
///
/// The slope is steepest at x = 1.4185. The second derivative is bounded for each element, but not in
/// root mean square: two changes of one element alone, each of root mean square 1, are √width each,
/// and their product is √width too large. So there is no sharpness that holds for every width.
public struct ScaledGELU: EntrywiseBond {
    /// The largest slope of GELU's tanh form, from its derivative on five million points.
    ///
    /// Modula divides by 1.1289, which leaves a sensitivity of 1.00008.
    public static let steepestSlope = 1.128993068658772

    public init() {}

    public var sensitivity: Bound { 1 }
    public var sharpness: Sharpness? { nil }

    public func apply(_ x: Value) -> Value {
        x.builder.apply(Programs.GELU(), [x])[0] / Self.steepestSlope
    }
}
