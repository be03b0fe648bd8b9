import Tensors

/// Brings the vectors along the last axis to unit size, then scales each of their elements.
///
/// ```
/// centered:      y = (x − mean x) / √(mean (x − mean x)² + ε) · gain      layer norm without bias
/// not centered:  y = x / √(mean x² + ε) · gain                            RMS norm
/// ```
///
/// ## Shapes
///
/// | Operand | Axes | Element |
/// |---|---|---|
/// | `x` | any, then width | floating point |
/// | `gain` | width | that of `x` |
/// | result | those of `x` | that of `x` |
///
/// ## Constraints
///
/// - (C1) Two operands.
/// - (C2) Floating-point elements of one type.
/// - (C3) `gain` has the shape of the last axis of `x`, which is not empty.
///
/// ## Gradient
///
/// ``NormalizationGradient``, which computes mean and variance again.
///
/// Sources: Ba et al., arXiv 1607.06450; Zhang and Sennrich, arXiv 1910.07467.
public struct Normalization: Composite {
    public static let name = "normalization"

    /// Whether the mean is subtracted: layer norm if so, RMS norm if not.
    public var isCentered: Bool
    /// Added to the variance or the mean square.
    public var epsilon: Double

    public init(isCentered: Bool, epsilon: Double) {
        self.isCentered = isCentered
        self.epsilon = epsilon
    }

    public var attributes: Attributes {
        ["centered": .flag(isCentered), "epsilon": .number(epsilon)]
    }

    public init(attributes: Attributes) throws(ProgramError) {
        self.init(
            isCentered: try attributes.flag("centered", of: Self.name),
            epsilon: try attributes.number("epsilon", of: Self.name))
    }

    public func resultTypes(of operands: [ValueType]) throws(ProgramError) -> [ValueType] {
        try expect(operands, count: 2)
        try checkNormalized(operands[0], gain: operands[1])
        return [operands[0]]
    }

    public func body(_ operands: [Value]) -> [Value] {
        let gain = operands[1].broadcast(
            to: operands[0].shape, axes: [operands[0].shape.rank - 1])
        return [unit(operands[0]).unit * gain]
    }

    public func gradient(
        operands: [Value], results: [Value], cotangents: [Value?]
    ) -> [Value?]? {
        guard let cotangent = cotangents[0] else { return [nil, nil] }
        let gradient = NormalizationGradient(isCentered: isCentered, epsilon: epsilon)
        return operands[0].builder.apply(gradient, operands + [cotangent])
    }

    /// The vectors at unit size, and one over their size before, repeated along the last axis.
    func unit(_ x: Value) -> (unit: Value, reciprocal: Value) {
        let centered = isCentered ? x - x.meanOverLast() : x
        let reciprocal = ((centered * centered).meanOverLast() + epsilon).reciprocalSquareRoot()
        return (centered * reciprocal, reciprocal)
    }

    public static let samples = [
        CompositeSample(
            Normalization(isCentered: true, epsilon: 1e-6),
            [.wave([3, 5, 33]), .wave([33], phase: 1)]),
        CompositeSample(
            Normalization(isCentered: false, epsilon: 1e-6),
            [.wave([7, 16]), .wave([16], phase: 1)]),
        CompositeSample(
            Normalization(isCentered: true, epsilon: 1e-6), [.wave([7, 16])], breaks: "C1"),
        CompositeSample(
            Normalization(isCentered: true, epsilon: 1e-6),
            [Tensor(integers: [1, 2], shape: [2]), .wave([2])], breaks: "C2"),
        CompositeSample(
            Normalization(isCentered: true, epsilon: 1e-6), [.wave([7, 16]), .wave([15])],
            breaks: "C3"),
    ]
}

/// The gradient of ``Normalization``.
///
/// ```
/// x̂ = normalised x, r = 1/√(…), e = dy · gain
/// dx = r · (e − [mean e, if centered] − x̂ · mean(e · x̂)),   dgain = Σ dy · x̂ over the vectors
/// ```
///
/// Operands `x`, `gain` and `dy`; results `dx` of the shape of `x` and `dgain` of that of `gain`.
/// Constraints (C1) to (C3) are those of ``Normalization``, and (C4): `dy` has the type of `x`.
public struct NormalizationGradient: Composite {
    public static let name = "normalization_gradient"

    /// Whether the mean is subtracted.
    public var isCentered: Bool
    /// Added to the variance or the mean square.
    public var epsilon: Double

    /// Creates the gradient of the normalisation with the same constants.
    public init(isCentered: Bool, epsilon: Double) {
        self.isCentered = isCentered
        self.epsilon = epsilon
    }

    public var attributes: Attributes {
        ["centered": .flag(isCentered), "epsilon": .number(epsilon)]
    }

    public init(attributes: Attributes) throws(ProgramError) {
        self.init(
            isCentered: try attributes.flag("centered", of: Self.name),
            epsilon: try attributes.number("epsilon", of: Self.name))
    }

    public var resultCount: Int { 2 }

    public func resultTypes(of operands: [ValueType]) throws(ProgramError) -> [ValueType] {
        try expect(operands, count: 3)
        try checkNormalized(operands[0], gain: operands[1])
        try require(
            operands[2] == operands[0], "C4", "dy is \(operands[2]) and x is \(operands[0])")
        return [operands[0], operands[1]]
    }

    public func body(_ operands: [Value]) -> [Value] {
        let (x, gain, dy) = (operands[0], operands[1], operands[2])
        let last = x.shape.rank - 1
        let (unit, reciprocal) = Normalization(isCentered: isCentered, epsilon: epsilon).unit(x)
        let e = dy * gain.broadcast(to: x.shape, axes: [last])
        let along = unit * (e * unit).meanOverLast()
        let dx = reciprocal * ((isCentered ? e - e.meanOverLast() : e) - along)
        return [dx, (dy * unit).sum(over: Array(0..<last))]
    }

    public static let samples = [
        CompositeSample(
            NormalizationGradient(isCentered: true, epsilon: 1e-6),
            [.wave([3, 5, 33]), .wave([33], phase: 1), .wave([3, 5, 33], phase: 2)]),
        CompositeSample(
            NormalizationGradient(isCentered: false, epsilon: 1e-6),
            [.wave([7, 16]), .wave([16], phase: 1), .wave([7, 16], phase: 2)]),
        CompositeSample(
            NormalizationGradient(isCentered: false, epsilon: 1e-6),
            [.wave([7, 16]), .wave([16], phase: 1), .wave([16, 7], phase: 2)], breaks: "C4"),
    ]
}

extension Composite {
    fileprivate func checkNormalized(_ x: ValueType, gain: ValueType) throws(ProgramError) {
        try require(
            x.elementType.isFloatingPoint && x.elementType == gain.elementType, "C2",
            "x is \(x.elementType.rawValue) and gain is \(gain.elementType.rawValue)")
        let width = x.shape.dimensions.last ?? 0
        try require(
            width > 0 && gain.shape == [width], "C3", "x is \(x.shape) and gain is \(gain.shape)")
    }
}

extension Value {
    /// The mean over the last axis, repeated along it.
    fileprivate func meanOverLast() -> Value {
        let last = shape.rank - 1
        return (sum(over: [last]) / Double(shape[last])).repeated(along: [last], of: shape)
    }
}
