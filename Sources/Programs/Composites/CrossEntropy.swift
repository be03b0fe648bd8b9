import Tensors

/// How surprised a distribution over classes is by a label, in nats.
///
/// ```
/// logZ = log Σⱼ exp xⱼ,  nll = logZ − x[label]
/// ```
///
/// ## Shapes
///
/// | Operand or result | Axes | Element |
/// |---|---|---|
/// | `logits` | any, then class | floating point |
/// | `labels` | those of `logits` but the last | `i32`, in 0 ..< classes |
/// | `nll`, `logZ` | those of `labels` | that of `logits` |
///
/// ## Constraints
///
/// - (C1) Two operands.
/// - (C2) Floating-point logits and `i32` labels.
/// - (C3) Shapes as in the table, with at least one class.
///
/// ## Gradient
///
/// ``CrossEntropyGradient``. The z-loss of arXiv 2204.02311 is a function of `logZ`.
public struct CrossEntropy: Composite {
    public static let name = "cross_entropy"

    public init() {}

    public var attributes: Attributes { [:] }

    public init(attributes: Attributes) throws(ProgramError) {}

    public var resultCount: Int { 2 }

    public func resultTypes(of operands: [ValueType]) throws(ProgramError) -> [ValueType] {
        try expect(operands, count: 2)
        let result = try checkLabels(operands[0], operands[1])
        return [result, result]
    }

    public func body(_ operands: [Value]) -> [Value] {
        let (logits, labels) = (operands[0], operands[1])
        let last = logits.shape.rank - 1
        let peak = logits.maximum(over: [last])
        let total = (logits - peak.repeated(along: [last], of: logits.shape)).exponential()
            .sum(over: [last])
        let logZ = total.logarithm() + peak
        let picked = isLabel(labels, logits).select(logits, logits.filled(with: 0))
            .sum(over: [last])
        return [logZ - picked, logZ]
    }

    public func gradient(
        operands: [Value], results: [Value], cotangents: [Value?]
    ) -> [Value?]? {
        if cotangents[0] == nil && cotangents[1] == nil { return [nil, nil] }
        let zero = results[1].filled(with: 0)
        let dlogits = zero.builder.apply(
            CrossEntropyGradient(),
            operands + [results[1], cotangents[0] ?? zero, cotangents[1] ?? zero])
        return [dlogits[0], nil]
    }

    public static let samples = [
        CompositeSample(
            CrossEntropy(),
            [.wave([2, 3, 37]), Tensor(integers: [0, 36, 5, 8, 1, 20], shape: [2, 3])]),
        CompositeSample(
            CrossEntropy(), [Tensor([1e4, -1e4, 0, 88, 88, -88], shape: [2, 3]), labels([0, 2])]),
        CompositeSample(CrossEntropy(), [.wave([2, 3])], breaks: "C1"),
        CompositeSample(CrossEntropy(), [.wave([2, 3]), .wave([2])], breaks: "C2"),
        CompositeSample(CrossEntropy(), [.wave([2, 3]), labels([0, 1, 2])], breaks: "C3"),
    ]

    private static func labels(_ values: [Int32]) -> Tensor {
        Tensor(integers: values, shape: [values.count])
    }
}

/// The gradient of ``CrossEntropy``.
///
/// ```
/// dx = softmax(x) · (dnll + dlogZ) − onehot(label) · dnll
/// ```
///
/// Operands `logits`, `labels`, `logZ`, `dnll`, `dlogZ`; result `dlogits`. (C1) five operands, (C2)
/// and (C3) as ``CrossEntropy``, (C4) the last three have the type of `logZ`.
public struct CrossEntropyGradient: Composite {
    public static let name = "cross_entropy_gradient"

    public init() {}

    public var attributes: Attributes { [:] }

    public init(attributes: Attributes) throws(ProgramError) {}

    public func resultTypes(of operands: [ValueType]) throws(ProgramError) -> [ValueType] {
        try expect(operands, count: 5)
        let row = try checkLabels(operands[0], operands[1])
        for operand in operands[2...] {
            try require(operand == row, "C4", "\(operand) in place of \(row)")
        }
        return [operands[0]]
    }

    public func body(_ operands: [Value]) -> [Value] {
        let (logits, labels, logZ) = (operands[0], operands[1], operands[2])
        let (dnll, dlogZ) = (operands[3], operands[4])
        let last = [logits.shape.rank - 1]
        func repeated(_ row: Value) -> Value { row.repeated(along: last, of: logits.shape) }
        let softmax = (logits - repeated(logZ)).exponential()
        let picked = isLabel(labels, logits).select(repeated(dnll), logits.filled(with: 0))
        return [softmax * repeated(dnll + dlogZ) - picked]
    }

    public static let samples = [
        CompositeSample(
            CrossEntropyGradient(),
            [
                .wave([4, 19]), Tensor(integers: [0, 18, 5, 8], shape: [4]),
                Tensor([3, 3.25, 3.5, 2.75], shape: [4]), .wave([4], phase: 2),
                .wave([4], phase: 3),
            ]),
        CompositeSample(
            CrossEntropyGradient(),
            [
                .wave([4, 19]), Tensor(integers: [0, 18, 5, 8], shape: [4]), .wave([4]), .wave([3]),
                .wave([4]),
            ], breaks: "C4"),
    ]
}

/// Whether the class, along the last axis, is the label.
private func isLabel(_ labels: Value, _ logits: Value) -> Value {
    let last = logits.shape.rank - 1
    return logits.builder.iota(logits.shape, axis: last, .i32)
        .compared(.equal, labels.repeated(along: [last], of: logits.shape))
}

extension Composite {
    fileprivate func checkLabels(
        _ logits: ValueType, _ labels: ValueType
    ) throws(ProgramError) -> ValueType {
        try require(
            logits.elementType.isFloatingPoint && labels.elementType == .i32, "C2",
            "logits are \(logits.elementType.rawValue) and labels \(labels.elementType.rawValue)")
        try require(
            (logits.shape.dimensions.last ?? 0) > 0
                && labels.shape == Shape(Array(logits.shape.dimensions.dropLast())),
            "C3", "logits are \(logits.shape) and labels \(labels.shape)")
        return ValueType(logits.elementType, labels.shape)
    }
}
