public import Tensors

/// The closed set of operations that every engine knows.
///
/// Each has a direct StableHLO spelling, named in its documentation. Everything else is a
/// ``Composite`` whose body is made of these. Adding a case makes the compiler list the places that
/// must learn it: shapes, gradients, text, the reference engine and each other engine.
public enum Primitive: Sendable, Hashable {
    /// The same number everywhere (`constant` with a splat).
    case constant(Double, ValueType)
    /// The index along an axis (`iota`).
    case iota(axis: Int, ValueType)
    /// A function of each element.
    case unary(UnaryFunction)
    /// A function of two elements at the same place.
    case binary(BinaryFunction)
    /// A comparison of two elements at the same place (`compare`).
    case compare(Comparison)
    /// Elements of the second operand where the first is true, of the third elsewhere (`select`).
    case select
    /// The same numbers in another element type, rounded to nearest (`convert`).
    case convert(ElementType)
    /// The same elements in the same order with other extents (`reshape`).
    case reshape(Shape)
    /// Operand axis i becomes result axis `axes[i]`; extents of 1 and all other result axes repeat
    /// (`broadcast_in_dim`).
    case broadcast(Shape, axes: [Int])
    /// Result axis i is operand axis `permutation[i]` (`transpose`).
    case transpose([Int])
    /// The elements from `starts` up to `limits` (`slice` with strides of 1).
    case slice(starts: [Int], limits: [Int])
    /// Zeros before and after the elements of each axis (`pad`).
    case pad(low: [Int], high: [Int])
    /// Operands one after another along an axis (`concatenate`).
    case concatenate(axis: Int)
    /// The sum or the maximum over axes, which disappear (`reduce`).
    case reduce(Reduction, axes: [Int])
    /// Sums of products over pairs of axes (`dot_general`).
    case dot(DotAxes)
    /// Row `indices[...]` of a table for each index (`gather` of whole rows).
    case take
    /// Sums of the rows of the second operand by their index in the first, `rows` of them (`scatter`
    /// with an adding body into zeros).
    case scatterAdd(rows: Int)
}

/// A function of one element.
public enum UnaryFunction: String, Sendable, Hashable, CaseIterable {
    case negate, absolute, sign, exponential, logarithm, squareRoot = "square_root"
    case reciprocalSquareRoot = "reciprocal_square_root"
    case tanh, sine, cosine, logistic, floor
    /// Whether the element is neither infinite nor nan; the result is `bool`.
    case isFinite = "is_finite"
    /// The opposite truth value.
    case not
}

/// A function of two elements.
public enum BinaryFunction: String, Sendable, Hashable, CaseIterable {
    case add, subtract, multiply, divide, maximum, minimum, power, and, or
}

/// An order between two elements.
public enum Comparison: String, Sendable, Hashable, CaseIterable {
    case equal, notEqual = "not_equal", less, lessOrEqual = "less_or_equal"
    case greater, greaterOrEqual = "greater_or_equal"
}

/// How elements along an axis become one.
public enum Reduction: String, Sendable, Hashable, CaseIterable {
    case sum, maximum
}

/// Which axes a product pairs.
///
/// The result has the batch axes, then the free axes of the left operand, then those of the right,
/// each in their order.
public struct DotAxes: Sendable, Hashable {
    /// Axes of the left operand that are kept and paired.
    public var leftBatch: [Int]
    /// Axes of the right operand paired with ``leftBatch``.
    public var rightBatch: [Int]
    /// Axes of the left operand that are summed over.
    public var leftContracted: [Int]
    /// Axes of the right operand paired with ``leftContracted``.
    public var rightContracted: [Int]
    /// The element type of the result, where it is not that of the operands: `f32` for sums of
    /// products of `bf16` that are not rounded to `bf16` at the end.
    public var result: ElementType?

    public init(
        batch: ([Int], [Int]) = ([], []), contracted: ([Int], [Int]), result: ElementType? = nil
    ) {
        (leftBatch, rightBatch) = batch
        (leftContracted, rightContracted) = contracted
        self.result = result
    }

    /// The axes of a left operand of `rank` that are neither batch nor contracted.
    public func leftFree(_ rank: Int) -> [Int] {
        (0..<rank).filter { !leftBatch.contains($0) && !leftContracted.contains($0) }
    }

    /// The axes of a right operand of `rank` that are neither batch nor contracted.
    public func rightFree(_ rank: Int) -> [Int] {
        (0..<rank).filter { !rightBatch.contains($0) && !rightContracted.contains($0) }
    }
}
