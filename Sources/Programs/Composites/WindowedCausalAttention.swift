import Tensors

/// ``CausalAttention`` to the latest keys alone: those of the last w positions, the query's own among them.
///
/// ```
/// s(t, u) = scale · q(t) · k(u),  ŝ = c tanh(s / c), or s where c is 0,  t − w < u ≤ t
/// y(t) = Σᵤ exp(ŝ(t, u) − logZ(t)) v(u),  logZ(t) = log Σᵤ exp ŝ(t, u),  peak(t) = maxᵤ s(t, u)
/// ```
///
/// Shapes and element types are those of ``CausalAttention``: (C1) three operands, (C2) floating point,
/// (C3) one type and four axes, none empty. (C4) w is positive, and c not negative.
///
/// The gradient is that of the body. No engine has a kernel: the body makes all scores at once, in the
/// forward and in the backward pass.
///
/// Source: Beltagy et al., arXiv 2004.05150; the window is Mistral's, arXiv 2310.06825, section 2.
public struct WindowedCausalAttention: Composite {
    public static let name = "windowed_causal_attention"

    /// The factor on the products of queries and keys.
    public var scale: Double
    /// w: positions that a query attends to, its own among them.
    public var window: Int
    /// c; 0 for no cap.
    public var cap: Double

    public init(scale: Double, window: Int, cap: Double = 0) {
        self.scale = scale
        self.window = window
        self.cap = cap
    }

    public var attributes: Attributes {
        ["scale": .number(scale), "window": .integer(window), "cap": .number(cap)]
    }

    public init(attributes: Attributes) throws(ProgramError) {
        self.init(
            scale: try attributes.number("scale", of: Self.name),
            window: try attributes.integer("window", of: Self.name),
            cap: try attributes.number("cap", of: Self.name))
    }

    public var resultCount: Int { 3 }

    public func resultTypes(of operands: [ValueType]) throws(ProgramError) -> [ValueType] {
        try expect(operands, count: 3)
        try checkHeads(operands)
        try require(window > 0 && cap >= 0, "C4", "a window of \(window) and a cap of \(cap)")
        let statistics = statisticsType(operands[0])
        return [operands[0], statistics, statistics]
    }

    public func body(_ operands: [Value]) -> [Value] {
        let scores = attentionScores(operands[0], operands[1], scale: scale)
        let logits = cap > 0 ? (scores / cap).tanh() * cap : scores
        let results = mixture(of: operands[2], by: logits.masked(to: window))
        return [results[0], results[1], scores.masked(to: window).maximum(over: [3])]
    }

    public static let samples = [
        CompositeSample(
            WindowedCausalAttention(scale: 0.25, window: 4),
            [.wave([2, 9, 3, 8]), .wave([2, 9, 3, 8], phase: 1), .wave([2, 9, 3, 8], phase: 2)]),
        CompositeSample(
            WindowedCausalAttention(scale: 5, window: 1, cap: 3),
            [.wave([1, 7, 1, 5]), .wave([1, 7, 1, 5], phase: 1), .wave([1, 7, 1, 5], phase: 2)]),
        CompositeSample(
            WindowedCausalAttention(scale: 1, window: 2), [.wave([1, 2, 1, 4])], breaks: "C1"),
        CompositeSample(
            WindowedCausalAttention(scale: 1, window: 2),
            [
                .zeros([1, 2, 1, 4], .i32), .zeros([1, 2, 1, 4], .i32), .zeros([1, 2, 1, 4], .i32),
            ], breaks: "C2"),
        CompositeSample(
            WindowedCausalAttention(scale: 1, window: 2),
            [.wave([1, 2, 1, 4]), .wave([1, 3, 1, 4]), .wave([1, 2, 1, 4])], breaks: "C3"),
        CompositeSample(
            WindowedCausalAttention(scale: 1, window: 0),
            [.wave([1, 2, 1, 4]), .wave([1, 2, 1, 4]), .wave([1, 2, 1, 4])], breaks: "C4"),
    ]
}

extension Value {
    /// These scores (batch, head, time, time of key) with negative infinity where the key is later, or
    /// `window` positions or more before.
    func masked(to window: Int) -> Value {
        let plane: Shape = [shape[2], shape[3]]
        let query = builder.iota(plane, axis: 0, .i32)
        let key = builder.iota(plane, axis: 1, .i32)
        let isSeen = query.compared(.greaterOrEqual, key)
            .and((query - key).compared(.less, query.filled(with: Double(window))))
        return isSeen.broadcast(to: shape, axes: [2, 3]).select(self, filled(with: -.infinity))
    }
}
