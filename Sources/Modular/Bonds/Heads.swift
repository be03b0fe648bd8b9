public import Programs
import Tensors

/// Cuts the last axis into heads: (batch, time, width) to (batch, time, head, head width).
///
/// What comes after looks at each head by itself, so that the norm is the largest root mean square of
/// a head. A vector whose whole size stands in one head has √heads times its own root mean square
/// there: that is the sensitivity, and it is reached. Modula counts it as one.
public struct SplitHeads: EntrywiseBond {
    /// How many.
    public var heads: Int

    public init(_ heads: Int) { self.heads = heads }

    public var sensitivity: Bound { .proven(Double(heads).squareRoot()) }
    public var sharpness: Sharpness? { .linear }

    public func apply(_ x: Value) -> Value {
        let (batch, time, width) = (x.shape[0], x.shape[1], x.shape[2])
        return x.reshaped([batch, time, heads, width / heads])
    }

    /// `SplitHeads(4)`.
    public var description: String { "SplitHeads(\(heads))" }
}

/// Puts heads back beside one another: (batch, time, head, head width) to (batch, time, width).
///
/// The root mean square of all is at most that of the largest head; where all are equal, it is that.
public struct MergeHeads: EntrywiseBond {
    public init() {}

    public var sensitivity: Bound { 1 }
    public var sharpness: Sharpness? { .linear }

    public func apply(_ x: Value) -> Value {
        x.reshaped([x.shape[0], x.shape[1], x.shape[2] * x.shape[3]])
    }
}
