import Tensors

/// Lets positive numbers through and damps negative ones, smoothly: the tanh form of GELU.
///
/// ```
/// y = x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³)))
/// ```
///
/// Operand and result have one shape and one floating-point type: (C1) one operand, (C2) floating
/// point. The gradient is ``GELUGradient``.
///
/// Source: Hendrycks and Gimpel, arXiv 1606.08415, section 2.
public struct GELU: Composite {
    public static let name = "gelu"

    public init() {}

    public var attributes: Attributes { [:] }

    public init(attributes: Attributes) throws(ProgramError) {}

    public func resultTypes(of operands: [ValueType]) throws(ProgramError) -> [ValueType] {
        try expect(operands, count: 1)
        try require(
            operands[0].elementType.isFloatingPoint, "C2", operands[0].elementType.rawValue)
        return operands
    }

    public func body(_ operands: [Value]) -> [Value] {
        let x = operands[0]
        return [x * 0.5 * (Self.inner(x).tanh() + 1)]
    }

    public func gradient(
        operands: [Value], results: [Value], cotangents: [Value?]
    ) -> [Value?]? {
        guard let cotangent = cotangents[0] else { return [nil] }
        return cotangent.builder.apply(GELUGradient(), [operands[0], cotangent])
    }

    /// The argument of tanh.
    static func inner(_ x: Value) -> Value { (x + x * x * x * 0.044715) * slope }

    static let slope = 0.7978845608028654  // √(2/π)

    public static let samples = [
        CompositeSample(GELU(), [.wave([5, 37])]),
        CompositeSample(GELU(), [Tensor([0, -0.0, 3, -3, 40, -40, 1e-30, 1e30], shape: [8])]),
        CompositeSample(GELU(), [.wave([2]), .wave([2])], breaks: "C1"),
        CompositeSample(GELU(), [Tensor(integers: [1], shape: [1])], breaks: "C2"),
    ]
}

/// The gradient of ``GELU``: operands `x` and `dy`, result `dx = dy · y'(x)`.
///
/// (C1) two operands, (C2) floating point, (C3) of one type and shape.
public struct GELUGradient: Composite {
    public static let name = "gelu_gradient"

    public init() {}

    public var attributes: Attributes { [:] }

    public init(attributes: Attributes) throws(ProgramError) {}

    public func resultTypes(of operands: [ValueType]) throws(ProgramError) -> [ValueType] {
        try expect(operands, count: 2)
        try require(
            operands[0].elementType.isFloatingPoint, "C2", operands[0].elementType.rawValue)
        try require(operands[0] == operands[1], "C3", "\(operands[0]) and \(operands[1])")
        return [operands[0]]
    }

    public func body(_ operands: [Value]) -> [Value] {
        let (x, dy) = (operands[0], operands[1])
        let t = GELU.inner(x).tanh()
        let innerSlope = (x * x * (3 * 0.044715) + 1) * GELU.slope
        return [dy * ((t + 1) * 0.5 + x * 0.5 * (1 - t * t) * innerSlope)]
    }

    public static let samples = [
        CompositeSample(GELUGradient(), [.wave([5, 37]), .wave([5, 37], phase: 1)]),
        CompositeSample(
            GELUGradient(), [.wave([5, 37]), .wave([37, 5], phase: 1)], breaks: "C3"),
    ]
}
