import Tensors

/// One step of AdamW on one tensor, with the factors of the step given as scalars.
///
/// ```
/// g' = s·g
/// m' = β₁ m + (1 − β₁) g'
/// v' = β₂ v + (1 − β₂) g'²
/// u  = −(η · m' c₁ / (√(v' c₂) + ε) + δ p)
/// p' = p + u
/// ```
///
/// `η` is the step's learning rate, `δ` the step's factor of weight decay, `c₁ = 1 / (1 − β₁ᵗ)`,
/// `c₂ = 1 / (1 − β₂ᵗ)` and `s` the factor of clipping, so the schedule and every form of decay live
/// outside.
///
/// ## Shapes
///
/// Operands `p`, `g`, `m`, `v` of one shape, then the scalars `η`, `δ`, `c₁`, `c₂`, `s`; results `p'`,
/// `m'`, `v'` and the scalar `Σ u²`.
///
/// - (C1) Nine operands.
/// - (C2) One floating-point type.
/// - (C3) Shapes as above.
///
/// There is no gradient but that of the body.
///
/// Source: Loshchilov and Hutter, arXiv 1711.05101, algorithm 2.
public struct AdamWUpdate: Composite {
    public static let name = "adamw_update"

    /// The decay `β₁` of the mean of gradients.
    public var beta1: Double
    /// The decay `β₂` of the mean of squared gradients.
    public var beta2: Double
    /// Added to the root.
    public var epsilon: Double

    /// Creates the step.
    public init(beta1: Double, beta2: Double, epsilon: Double) {
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
    }

    public var attributes: Attributes {
        ["beta1": .number(beta1), "beta2": .number(beta2), "epsilon": .number(epsilon)]
    }

    public init(attributes: Attributes) throws(ProgramError) {
        self.init(
            beta1: try attributes.number("beta1", of: Self.name),
            beta2: try attributes.number("beta2", of: Self.name),
            epsilon: try attributes.number("epsilon", of: Self.name))
    }

    public var resultCount: Int { 4 }

    public func resultTypes(of operands: [ValueType]) throws(ProgramError) -> [ValueType] {
        try expect(operands, count: 9)
        let p = operands[0]
        try require(
            p.elementType.isFloatingPoint
                && operands.allSatisfy { $0.elementType == p.elementType },
            "C2", "\(operands.map(\.elementType.rawValue))")
        try require(
            operands[1...3].allSatisfy { $0.shape == p.shape }
                && operands[4...].allSatisfy { $0.shape.rank == 0 },
            "C3", "\(operands.map(\.shape.description).joined(separator: ", "))")
        return [p, p, p, ValueType(p.elementType, .scalar)]
    }

    public func body(_ operands: [Value]) -> [Value] {
        let (p, g, m, v) = (operands[0], operands[1], operands[2], operands[3])
        let (rate, decay) = (operands[4], operands[5])
        let scaled = g * operands[8]
        let first = m * beta1 + scaled * (1 - beta1)
        let second = v * beta2 + scaled * scaled * (1 - beta2)
        let direction = first * operands[6] / ((second * operands[7]).squareRoot() + epsilon)
        let update = -(direction * rate + p * decay)
        return [p + update, first, second, (update * update).sum()]
    }

    public static let samples = [
        CompositeSample(
            AdamWUpdate(beta1: 0.9, beta2: 0.95, epsilon: 1e-8),
            [
                .wave([5, 27]), .wave([5, 27], phase: 1), .wave([5, 27], phase: 2),
                Tensor([Float](repeating: 0.125, count: 135), shape: [5, 27]),
                Tensor(scalar: 0.01), Tensor(scalar: 0.001), Tensor(scalar: 1.5),
                Tensor(scalar: 2.5), Tensor(scalar: 0.5),
            ]),
        CompositeSample(
            AdamWUpdate(beta1: 0.9, beta2: 0.95, epsilon: 1e-8), [.wave([3])], breaks: "C1"),
    ]
}
