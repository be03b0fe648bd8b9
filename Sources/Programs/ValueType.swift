public import Tensors

/// The shape and element type of a value.
///
/// Axes are positions, as in StableHLO; the names of a model's axes stand in the names of Swift
/// variables (`scoresBHTS`), where a reader needs them.
public struct ValueType: Sendable, Hashable {
    /// The extents.
    public var shape: Shape
    /// The kind of number.
    public var elementType: ElementType

    public init(_ elementType: ElementType, _ shape: Shape) {
        self.elementType = elementType
        self.shape = shape
    }
}

extension ValueType: CustomStringConvertible {
    /// The type as program text has it: `f32[16,128]`.
    public var description: String { elementType.rawValue + shape.description }
}
