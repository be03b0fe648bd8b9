import Tensors

/// Causal attention whose logits cannot leave −c … c: ``CausalAttention`` with a soft cap.
///
/// ```
/// s(t, u) = scale · q(t) · k(u),  ŝ = c tanh(s / c),  u ≤ t
/// y(t) = Σᵤ exp(ŝ(t, u) − logZ(t)) v(u),  logZ(t) = log Σᵤ exp ŝ(t, u),  peak(t) = maxᵤ s(t, u)
/// ```
///
/// `peak` is that of the logits before the cap, which go on growing beneath it.
///
/// Shapes and element types are those of ``CausalAttention``: (C1) three operands, (C2) floating point,
/// (C3) one type and four axes, none empty.
///
/// The gradient is that of the body. No engine has a kernel: the body makes all scores at once, in the
/// forward and in the backward pass.
///
/// Source: Gemma Team, arXiv 2408.00118, section 2.
public struct CappedCausalAttention: Composite {
    public static let name = "capped_causal_attention"

    /// The factor on the products of queries and keys.
    public var scale: Double
    /// c, above zero.
    public var cap: Double

    public init(scale: Double, cap: Double) {
        self.scale = scale
        self.cap = cap
    }

    public var attributes: Attributes { ["scale": .number(scale), "cap": .number(cap)] }

    public init(attributes: Attributes) throws(ProgramError) {
        self.init(
            scale: try attributes.number("scale", of: Self.name),
            cap: try attributes.number("cap", of: Self.name))
    }

    public var resultCount: Int { 3 }

    public func resultTypes(of operands: [ValueType]) throws(ProgramError) -> [ValueType] {
        try expect(operands, count: 3)
        try checkHeads(operands)
        let statistics = statisticsType(operands[0])
        return [operands[0], statistics, statistics]
    }

    public func body(_ operands: [Value]) -> [Value] {
        let scores = attentionScores(operands[0], operands[1], scale: scale)
        let capped = ((scores / cap).tanh() * cap).maskedCausally()
        let results = mixture(of: operands[2], by: capped)
        return [results[0], results[1], scores.maskedCausally().maximum(over: [3])]
    }

    public static let samples = [
        CompositeSample(
            CappedCausalAttention(scale: 0.25, cap: 1),
            [.wave([2, 9, 3, 8]), .wave([2, 9, 3, 8], phase: 1), .wave([2, 9, 3, 8], phase: 2)]),
        CompositeSample(
            CappedCausalAttention(scale: 5, cap: 30),
            [.wave([1, 7, 1, 5]), .wave([1, 7, 1, 5], phase: 1), .wave([1, 7, 1, 5], phase: 2)]),
        CompositeSample(
            CappedCausalAttention(scale: 1, cap: 1), [.wave([1, 2, 1, 4])], breaks: "C1"),
        CompositeSample(
            CappedCausalAttention(scale: 1, cap: 1),
            [
                .zeros([1, 2, 1, 4], .i32), .zeros([1, 2, 1, 4], .i32), .zeros([1, 2, 1, 4], .i32),
            ], breaks: "C2"),
        CompositeSample(
            CappedCausalAttention(scale: 1, cap: 1),
            [.wave([1, 2, 1, 4]), .wave([1, 3, 1, 4]), .wave([1, 2, 1, 4])], breaks: "C3"),
    ]
}
