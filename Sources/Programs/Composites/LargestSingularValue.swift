public import Tensors

/// The largest singular value of a matrix, and the singular vectors that it belongs to, found by
/// squaring.
///
/// ```
/// G = A Aᵀ or Aᵀ A, whichever is smaller, for A = W / ‖W‖_F
/// D = Gᵏ / tr Gᵏ,  k = 2^squarings          (G scaled, squared, scaled, …)
/// σ = ‖W‖_F √(tr G D)
/// ```
///
/// With σ₁ ≥ … ≥ σᵣ the singular values, D weighs the singular vectors of W on the side of its smaller
/// extent by σᵢ²ᵏ and is `v vᵀ` once the others are gone. σ² is the mean of the σᵢ² with these weights: never
/// above σ₁², and σ is below σ₁ by at most `ln(r) / 2k` of it, whatever the distance of the second:
/// what is farther below has no weight, and what has weight is not far below. Ten squarings make that
/// 0.2% for 64 values; where the second is a hundredth below the first, σ is exact in single
/// precision.
///
/// There is nothing to keep from step to step: σ and D are functions of W alone, and twice the matrix has
/// twice the σ and the same D, bit for bit.
///
/// ## Shapes
///
/// | Operand or result | Axes |
/// |---|---|
/// | `W` | two, none empty |
/// | `σ` | none |
/// | `D` | the smaller extent of `W`, twice; of equal ones the first |
///
/// - (C1) One operand.
/// - (C2) Floating-point elements.
/// - (C3) Two axes, none empty.
/// - (C4) At least one squaring.
///
/// ## Gradient
///
/// That of the largest singular value, `dσ/dW = u vᵀ`, as `W D / σ` or `D W / σ`: D stands still,
/// since the mean does not change to first order with the weights where they are gathered in one
/// vector. Where equal values share the weight it is the mean of their gradients. Its inner product with
/// W is σ in any case. When `D` has a cotangent, the body is differentiated instead.
///
/// ## Numerics
///
/// A matrix whose Frobenius norm is at most ``Value/smallestNorm`` counts as zero: both results are zero,
/// and so is the gradient.
///
/// Sources: the gradient, Miyato et al., arXiv 1802.05957, section 2.1; the bound is Hölder's inequality for
/// the power sums of σᵢ².
public struct LargestSingularValue: Composite {
    public static let name = "largest_singular_value"

    /// How often the Gram matrix is squared, at least once.
    public var squarings: Int

    public init(squarings: Int = 10) { self.squarings = squarings }

    public var attributes: Attributes { ["squarings": .integer(squarings)] }

    public init(attributes: Attributes) throws(ProgramError) {
        self.init(squarings: try attributes.integer("squarings", of: Self.name))
    }

    public var resultCount: Int { 2 }

    public func resultTypes(of operands: [ValueType]) throws(ProgramError) -> [ValueType] {
        try expect(operands, count: 1)
        let matrix = operands[0]
        try require(matrix.elementType.isFloatingPoint, "C2", matrix.elementType.rawValue)
        try require(
            matrix.shape.rank == 2 && matrix.shape.count > 0, "C3",
            "\(matrix.shape) is not (outputs, inputs)")
        try require(squarings > 0, "C4", "\(squarings) squarings")
        let least = min(matrix.shape[0], matrix.shape[1])
        return [
            ValueType(matrix.elementType, []),
            ValueType(matrix.elementType, [least, least]),
        ]
    }

    public func body(_ operands: [Value]) -> [Value] {
        let matrix = operands[0]
        let norm = matrix.frobeniusNorm()
        let unit = matrix.scaled(toUnit: norm)
        let summed = Self.isTall(matrix) ? 0 : 1
        let gram = unit.dot(unit, DotAxes(contracted: ([summed], [summed])))
        // The last square has a trace of one: that of Q Q is the square of the norm of Q.
        let root = gram.squaredToUnit(times: squarings - 1)
        let weights = root.dot(root, DotAxes(contracted: ([1], [1])))
        return [norm * (gram * weights).sum().squareRoot(), weights]
    }

    public func gradient(
        operands: [Value], results: [Value], cotangents: [Value?]
    ) -> [Value?]? {
        guard cotangents[1] == nil else { return nil }
        guard let cotangent = cotangents[0] else { return [nil] }
        let (matrix, norm, weights) = (operands[0], results[0], results[1])
        let chained = DotAxes(contracted: ([1], [0]))
        let along =
            Self.isTall(matrix) ? matrix.dot(weights, chained) : weights.dot(matrix, chained)
        return [along * (cotangent * norm.guardedReciprocal())]
    }

    /// Whether the Gram matrix sums over rows.
    private static func isTall(_ matrix: Value) -> Bool { matrix.shape[0] > matrix.shape[1] }

    /// The floating-point operations of σ and of its gradient for a matrix.
    ///
    /// - Parameter shape: Its extents.
    /// - Returns: Those of the matrix products: the Gram matrix, its squarings, and the gradient.
    public func operations(for shape: Shape) -> Double {
        let (least, most) = (Double(min(shape[0], shape[1])), Double(max(shape[0], shape[1])))
        return 4 * most * least * least + 2 * Double(squarings) * least * least * least
    }

    public static let samples = [
        CompositeSample(LargestSingularValue(), [.wave([7, 4])]),
        CompositeSample(LargestSingularValue(), [.wave([4, 9], phase: 1)]),
        CompositeSample(LargestSingularValue(squarings: 12), [.wave([3, 3], phase: 2)]),
        CompositeSample(LargestSingularValue(), [.wave([1, 5])]),
        CompositeSample(LargestSingularValue(), [], breaks: "C1"),
        CompositeSample(LargestSingularValue(), [Tensor.zeros([2, 2], .i32)], breaks: "C2"),
        CompositeSample(LargestSingularValue(), [.wave([2, 3, 4])], breaks: "C3"),
        CompositeSample(
            LargestSingularValue(squarings: 0), [.wave([3, 3])], breaks: "C4"),
    ]
}

extension Value {
    /// This symmetric matrix over its Frobenius norm, squared again and again, each time scaled to unit
    /// norm.
    ///
    /// It is multiplied by its transpose, which it is: engines compute half of such a product.
    package func squaredToUnit(times: Int) -> Value {
        var matrix = scaledToUnitFrobeniusNorm()
        for _ in 0..<times {
            matrix = matrix.dot(matrix, DotAxes(contracted: ([1], [1])))
                .scaledToUnitFrobeniusNorm()
        }
        return matrix
    }
}
