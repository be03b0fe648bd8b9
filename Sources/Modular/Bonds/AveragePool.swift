public import Programs
import Tensors

/// The mean over squares of pixels: (batch, height, width, channels) to the same with height and width
/// over `size`, which divides both.
///
/// Where the pixels of a square move together, the sensitivity 1 is reached.
public struct AveragePool: EntrywiseBond {
    /// The side of a square.
    public var size: Int

    public init(_ size: Int) { self.size = size }

    public var sensitivity: Bound { 1 }
    public var sharpness: Sharpness? { .linear }

    public func apply(_ x: Value) -> Value {
        let (height, width) = (x.shape[1] / size, x.shape[2] / size)
        return x.reshaped([x.shape[0], height, size, width, size, x.shape[3]]).sum(over: [2, 4])
            / Double(size * size)
    }

    /// `AveragePool(2)`.
    public var description: String { "AveragePool(\(size))" }
}
