import Tensors

/// Mixes values by how well queries match the keys of the same and earlier positions.
///
/// ```
/// s(t, u) = scale · q(t) · k(u),  u ≤ t
/// y(t) = Σᵤ exp(s(t, u) − logZ(t)) v(u),  logZ(t) = log Σᵤ exp s(t, u),  peak(t) = maxᵤ s(t, u)
/// ```
///
/// ## Shapes
///
/// | Operand or result | Axes |
/// |---|---|
/// | `q`, `k`, `v`, `y` | batch, time, head, head width |
/// | `logZ`, `peak` | batch, head, time |
///
/// Operands and `y` have one element type. For `bf16` the scores, their exponentials and both
/// statistics are `f32`, and the weights are rounded before they mix the values.
///
/// ## Constraints
///
/// - (C1) Three operands.
/// - (C2) Floating-point elements.
/// - (C3) One type and four axes, none empty.
///
/// ## Gradient
///
/// ``CausalAttentionGradient`` for the cotangent of `y`. When `logZ` or `peak` have cotangents, the
/// body is differentiated instead.
///
/// ## Numerics
///
/// The body makes all scores at once; the CPU engine keeps a tile of them.
///
/// Source: Vaswani et al., arXiv 1706.03762, equation 1; Dao et al., arXiv 2205.14135.
public struct CausalAttention: Composite {
    public static let name = "causal_attention"

    /// The factor on the products of queries and keys.
    public var scale: Double

    public init(scale: Double) { self.scale = scale }

    public var attributes: Attributes { ["scale": .number(scale)] }

    public init(attributes: Attributes) throws(ProgramError) {
        self.init(scale: try attributes.number("scale", of: Self.name))
    }

    public var resultCount: Int { 3 }

    public func resultTypes(of operands: [ValueType]) throws(ProgramError) -> [ValueType] {
        try expect(operands, count: 3)
        try checkHeads(operands)
        let statistics = statisticsType(operands[0])
        return [operands[0], statistics, statistics]
    }

    public func body(_ operands: [Value]) -> [Value] {
        mixture(of: operands[2], by: maskedScores(operands[0], operands[1], scale: scale))
    }

    public func gradient(
        operands: [Value], results: [Value], cotangents: [Value?]
    ) -> [Value?]? {
        guard cotangents[1] == nil, cotangents[2] == nil else { return nil }
        guard let cotangent = cotangents[0] else { return [nil, nil, nil] }
        return cotangent.builder.apply(
            CausalAttentionGradient(scale: scale),
            operands + [results[0], results[1], cotangent])
    }

    public static let samples = [
        CompositeSample(
            CausalAttention(scale: 0.25),
            [.wave([2, 9, 3, 8]), .wave([2, 9, 3, 8], phase: 1), .wave([2, 9, 3, 8], phase: 2)]),
        CompositeSample(
            CausalAttention(scale: 5),
            [
                .wave([1, 33, 1, 5]), .wave([1, 33, 1, 5], phase: 1),
                .wave([1, 33, 1, 5], phase: 2),
            ]),
        CompositeSample(CausalAttention(scale: 1), [.wave([1, 2, 1, 4])], breaks: "C1"),
        CompositeSample(
            CausalAttention(scale: 1),
            [
                .zeros([1, 2, 1, 4], .i32), .zeros([1, 2, 1, 4], .i32), .zeros([1, 2, 1, 4], .i32),
            ],
            breaks: "C2"),
        CompositeSample(
            CausalAttention(scale: 1),
            [.wave([1, 2, 1, 4]), .wave([1, 3, 1, 4]), .wave([1, 2, 1, 4])], breaks: "C3"),
    ]
}

/// The gradient of ``CausalAttention`` for the cotangent of its first result.
///
/// ```
/// p = exp(s − logZ),  δ(t) = dy(t) · y(t),  ds = p ⊙ (dy vᵀ − δ) · scale
/// dq = ds k,  dk = dsᵀ q,  dv = pᵀ dy
/// ```
///
/// Operands `q`, `k`, `v`, `y`, `logZ`, `dy`; results `dq`, `dk`, `dv`. (C1) six operands, (C2)
/// floating point, (C3) the shapes of ``CausalAttention``.
public struct CausalAttentionGradient: Composite {
    public static let name = "causal_attention_gradient"

    /// The factor on the products of queries and keys.
    public var scale: Double

    public init(scale: Double) { self.scale = scale }

    public var attributes: Attributes { ["scale": .number(scale)] }

    public init(attributes: Attributes) throws(ProgramError) {
        self.init(scale: try attributes.number("scale", of: Self.name))
    }

    public var resultCount: Int { 3 }

    public func resultTypes(of operands: [ValueType]) throws(ProgramError) -> [ValueType] {
        try expect(operands, count: 6)
        try checkHeads(Array(operands[0...3]) + [operands[5]])
        let statistics = statisticsType(operands[0])
        try require(operands[4] == statistics, "C3", "logZ is \(operands[4]), not \(statistics)")
        return Array(operands[0...2])
    }

    public func body(_ operands: [Value]) -> [Value] {
        let (q, k, v) = (operands[0], operands[1], operands[2])
        let (y, logZ, dy) = (operands[3], operands[4], operands[5])
        let scores = maskedScores(q, k, scale: scale)
        let p = (scores - logZ.repeated(along: [3], of: scores.shape)).exponential()
        let wide = scores.type.elementType
        let narrow = q.type.elementType
        let dp = dy.dot(
            v,
            DotAxes(
                batch: ([0, 2], [0, 2]), contracted: ([3], [3]), result: wide.asResult(narrow)))
        let delta = (dy.converted(to: wide) * y.converted(to: wide)).sum(over: [3])
            .transposed([0, 2, 1])
        let ds = (p * (dp - delta.repeated(along: [3], of: scores.shape)) * scale)
            .converted(to: narrow)
        let overKeys = DotAxes(batch: ([0, 1], [0, 2]), contracted: ([3], [1]))
        let overQueries = DotAxes(batch: ([0, 1], [0, 2]), contracted: ([2], [1]))
        return [
            ds.dot(k, overKeys), ds.dot(q, overQueries),
            p.converted(to: narrow).dot(dy, overQueries),
        ]
        .map { $0.transposed([0, 2, 1, 3]) }
    }

    /// Operands that belong together: `y` and `logZ` are those of `q`, `k` and `v`, up to rounding.
    public static let samples = [
        CompositeSample(
            CausalAttentionGradient(scale: 0.25),
            [
                .wave([2, 9, 3, 8]), .wave([2, 9, 3, 8], phase: 1), .wave([2, 9, 3, 8], phase: 2),
                .wave([2, 9, 3, 8], phase: 3),
                Tensor([Float](repeating: 2.5, count: 54), shape: [2, 3, 9]),
                .wave([2, 9, 3, 8], phase: 4),
            ]),
        CompositeSample(
            CausalAttentionGradient(scale: 1),
            [
                .wave([1, 2, 1, 4]), .wave([1, 2, 1, 4]), .wave([1, 2, 1, 4]), .wave([1, 2, 1, 4]),
                .wave([1, 2, 1]), .wave([1, 2, 1, 4]),
            ], breaks: "C3"),
    ]
}

/// `scale · q · k` with negative infinity where the key is later: (batch, head, time, time of key).
private func maskedScores(_ q: Value, _ k: Value, scale: Double) -> Value {
    attentionScores(q, k, scale: scale).maskedCausally()
}

/// `scale · q · k` of all pairs: (batch, head, time, time of key).
func attentionScores(_ q: Value, _ k: Value, scale: Double) -> Value {
    let narrow = q.type.elementType
    return q.dot(
        k,
        DotAxes(
            batch: ([0, 2], [0, 2]), contracted: ([3], [3]),
            result: statisticsType(q.type).elementType.asResult(narrow))) * scale
}

/// `y`, `logZ` and the maxima of scores that are masked.
func mixture(of values: Value, by scores: Value) -> [Value] {
    let peak = scores.maximum(over: [3])
    let weights = (scores - peak.repeated(along: [3], of: scores.shape)).exponential()
    let total = weights.sum(over: [3])
    let y = (weights / total.repeated(along: [3], of: scores.shape))
        .converted(to: values.type.elementType)
        .dot(values, DotAxes(batch: ([0, 1], [0, 2]), contracted: ([3], [1])))
    return [y.transposed([0, 2, 1, 3]), total.logarithm() + peak, peak]
}

extension Value {
    /// These scores (batch, head, time, time of key) with negative infinity where the key is later.
    func maskedCausally() -> Value {
        let query = builder.iota(shape, axis: 2, .i32)
        let key = builder.iota(shape, axis: 3, .i32)
        return query.compared(.greaterOrEqual, key).select(self, filled(with: -.infinity))
    }
}

/// The type of `logZ` and `peak`: single precision at least.
func statisticsType(_ heads: ValueType) -> ValueType {
    ValueType(
        heads.elementType == .bf16 ? .f32 : heads.elementType,
        [heads.shape[0], heads.shape[2], heads.shape[1]])
}

extension ElementType {
    /// This type for the result of a product, or nil where it is the operands' own.
    fileprivate func asResult(_ operands: ElementType) -> ElementType? {
        self == operands ? nil : self
    }
}

extension Composite {
    func checkHeads(_ operands: [ValueType]) throws(ProgramError) {
        let first = operands[0]
        try require(first.elementType.isFloatingPoint, "C2", first.elementType.rawValue)
        let equal = operands.allSatisfy { $0 == first }
        try require(
            equal && first.shape.rank == 4 && first.shape.count > 0, "C3",
            "\(operands.map(\.description).joined(separator: ", ")) are not one "
                + "(batch, time, head, head width)")
    }
}
