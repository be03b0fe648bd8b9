public import Tensors

/// A value of a program under construction.
///
/// Operators and methods append instructions to the value's builder. Operands must have equal shapes;
/// only a literal number or a scalar repeats by itself. Anything else is said with
/// ``broadcast(to:axes:)``.
public struct Value {
    /// The builder that the value belongs to.
    public let builder: ProgramBuilder
    /// The number of the value in the program.
    public let id: Program.ValueID
    /// The shape and element type.
    public let type: ValueType

    /// The extents.
    public var shape: Shape { type.shape }

    private func unary(_ function: UnaryFunction) -> Value {
        builder.apply(.unary(function), [self])
    }

    private static func binary(_ function: BinaryFunction, _ a: Value, _ b: Value) -> Value {
        let (a, b) = fitted(a, b)
        return a.builder.apply(.binary(function), [a, b])
    }

    /// Repeats a scalar to the other's shape.
    private static func fitted(_ a: Value, _ b: Value) -> (Value, Value) {
        if a.shape == b.shape { return (a, b) }
        if a.shape.rank == 0 { return (a.broadcast(to: b.shape, axes: []), b) }
        if b.shape.rank == 0 { return (a, b.broadcast(to: a.shape, axes: [])) }
        return (a, b)
    }

    /// A constant of this value's shape and type.
    public func filled(with number: Double) -> Value {
        builder.constant(number, shape, type.elementType)
    }

    /// The element-wise sum.
    public static func + (a: Value, b: Value) -> Value { binary(.add, a, b) }
    /// The element-wise difference.
    public static func - (a: Value, b: Value) -> Value { binary(.subtract, a, b) }
    /// The element-wise product.
    public static func * (a: Value, b: Value) -> Value { binary(.multiply, a, b) }
    /// The element-wise quotient.
    public static func / (a: Value, b: Value) -> Value { binary(.divide, a, b) }
    /// The negative.
    public static prefix func - (a: Value) -> Value { a.unary(.negate) }

    /// Adds a number.
    public static func + (a: Value, b: Double) -> Value { a + a.filled(with: b) }
    /// Subtracts a number.
    public static func - (a: Value, b: Double) -> Value { a - a.filled(with: b) }
    /// Multiplies with a number.
    public static func * (a: Value, b: Double) -> Value { a * a.filled(with: b) }
    /// Divides by a number.
    public static func / (a: Value, b: Double) -> Value { a / a.filled(with: b) }
    /// Adds to a number.
    public static func + (a: Double, b: Value) -> Value { b.filled(with: a) + b }
    /// Subtracts from a number.
    public static func - (a: Double, b: Value) -> Value { b.filled(with: a) - b }
    /// Multiplies with a number.
    public static func * (a: Double, b: Value) -> Value { b.filled(with: a) * b }
    /// Divides a number.
    public static func / (a: Double, b: Value) -> Value { b.filled(with: a) / b }

    /// The magnitude.
    public func absolute() -> Value { unary(.absolute) }
    /// -1, 0 or 1.
    public func sign() -> Value { unary(.sign) }
    /// e to the power of the element.
    public func exponential() -> Value { unary(.exponential) }
    /// The natural logarithm.
    public func logarithm() -> Value { unary(.logarithm) }
    /// The square root.
    public func squareRoot() -> Value { unary(.squareRoot) }
    /// One over the square root.
    public func reciprocalSquareRoot() -> Value { unary(.reciprocalSquareRoot) }
    /// The hyperbolic tangent.
    public func tanh() -> Value { unary(.tanh) }
    /// The sine.
    public func sine() -> Value { unary(.sine) }
    /// The cosine.
    public func cosine() -> Value { unary(.cosine) }
    /// `1 / (1 + exp(-x))`.
    public func logistic() -> Value { unary(.logistic) }
    /// The largest integer that is not larger.
    public func floor() -> Value { unary(.floor) }
    /// Whether the element is finite.
    public func isFinite() -> Value { unary(.isFinite) }
    /// The opposite truth value.
    public func not() -> Value { unary(.not) }

    /// The larger of two; nan if either is.
    public func maximum(_ other: Value) -> Value { Self.binary(.maximum, self, other) }
    /// The smaller of two; nan if either is.
    public func minimum(_ other: Value) -> Value { Self.binary(.minimum, self, other) }
    /// The element to the power of the other.
    public func power(_ other: Value) -> Value { Self.binary(.power, self, other) }
    /// Both truth values.
    public func and(_ other: Value) -> Value { Self.binary(.and, self, other) }
    /// Either truth value.
    public func or(_ other: Value) -> Value { Self.binary(.or, self, other) }

    /// Compares element by element.
    public func compared(_ comparison: Comparison, _ other: Value) -> Value {
        let (a, b) = Self.fitted(self, other)
        return builder.apply(.compare(comparison), [a, b])
    }

    /// Where this truth value holds the first, elsewhere the second.
    public func select(_ first: Value, _ second: Value) -> Value {
        builder.apply(.select, [self, first, second])
    }

    /// The same numbers in another element type.
    public func converted(to elementType: ElementType) -> Value {
        elementType == type.elementType ? self : builder.apply(.convert(elementType), [self])
    }

    /// The same elements with other extents.
    public func reshaped(_ shape: Shape) -> Value {
        shape == self.shape ? self : builder.apply(.reshape(shape), [self])
    }

    /// Repeats: axis i becomes `axes[i]` of `shape`.
    public func broadcast(to shape: Shape, axes: [Int]) -> Value {
        shape == self.shape && axes == Array(0..<shape.rank)
            ? self : builder.apply(.broadcast(shape, axes: axes), [self])
    }

    /// Reorders axes: result axis i is axis `permutation[i]`.
    public func transposed(_ permutation: [Int]) -> Value {
        permutation == Array(0..<shape.rank)
            ? self : builder.apply(.transpose(permutation), [self])
    }

    /// The elements between bounds.
    public func slice(from starts: [Int], to limits: [Int]) -> Value {
        builder.apply(.slice(starts: starts, limits: limits), [self])
    }

    /// Zeros around the elements.
    public func padded(low: [Int], high: [Int]) -> Value {
        builder.apply(.pad(low: low, high: high), [self])
    }

    /// The sum over `axes`, all of them by default.
    public func sum(over axes: [Int]? = nil) -> Value {
        builder.apply(.reduce(.sum, axes: axes ?? Array(0..<shape.rank)), [self])
    }

    /// The maximum over `axes`, all of them by default.
    public func maximum(over axes: [Int]? = nil) -> Value {
        builder.apply(.reduce(.maximum, axes: axes ?? Array(0..<shape.rank)), [self])
    }

    /// The mean over all elements.
    public func mean() -> Value { sum() / Double(shape.count) }

    /// The sum of products over `axes`.
    public func dot(_ other: Value, _ axes: DotAxes) -> Value {
        builder.apply(.dot(axes), [self, other])
    }

    /// Rows of this table.
    public func take(_ indices: Value) -> Value { builder.apply(.take, [self, indices]) }

    /// The reduced value put back beside its operand: repeats `self` along `axes` of `shape`.
    public func repeated(along axes: [Int], of shape: Shape) -> Value {
        broadcast(to: shape, axes: (0..<shape.rank).filter { !axes.contains($0) })
    }

    /// The values one after another along an axis.
    ///
    /// - Precondition: There is at least one value.
    public static func concatenate(_ values: [Value], axis: Int) -> Value {
        values[0].builder.apply(.concatenate(axis: axis), values)
    }
}
