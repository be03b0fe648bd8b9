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

    /// What the step reads, in the order of the composite's operands.
    public struct Operands<Element> {
        /// `p`.
        public var parameter: Element
        /// `g`.
        public var gradient: Element
        /// `m`.
        public var mean: Element
        /// `v`.
        public var square: Element
        /// `η`.
        public var learningRate: Element
        /// `δ`.
        public var decay: Element
        /// `c₁`.
        public var meanCorrection: Element
        /// `c₂`.
        public var squareCorrection: Element
        /// `s`.
        public var gradientScale: Element

        /// How many there are.
        public static var count: Int { 9 }

        /// Names operands.
        public init(
            parameter: Element, gradient: Element, mean: Element, square: Element,
            learningRate: Element, decay: Element, meanCorrection: Element,
            squareCorrection: Element, gradientScale: Element
        ) {
            self.parameter = parameter
            self.gradient = gradient
            self.mean = mean
            self.square = square
            self.learningRate = learningRate
            self.decay = decay
            self.meanCorrection = meanCorrection
            self.squareCorrection = squareCorrection
            self.gradientScale = gradientScale
        }

        /// The operands of an instruction by their names.
        ///
        /// - Precondition: There are ``count``.
        public init(_ list: [Element]) {
            precondition(list.count == Self.count, "adamw_update: \(list.count) operands")
            self.init(
                parameter: list[0], gradient: list[1], mean: list[2], square: list[3],
                learningRate: list[4], decay: list[5], meanCorrection: list[6],
                squareCorrection: list[7], gradientScale: list[8])
        }

        /// The tensors of the parameter's shape.
        public var tensors: [Element] { [parameter, gradient, mean, square] }
        /// The numbers of the step.
        public var scalars: [Element] {
            [learningRate, decay, meanCorrection, squareCorrection, gradientScale]
        }
        /// All of them, in order.
        public var list: [Element] { tensors + scalars }
    }

    /// What the step makes, in the order of the composite's results.
    public struct Results<Element> {
        /// `p'`.
        public var parameter: Element
        /// `m'`.
        public var mean: Element
        /// `v'`.
        public var square: Element
        /// `Σ u²`.
        public var squaredUpdate: Element

        /// The results of an instruction by their names.
        ///
        /// - Precondition: There are four.
        public init(_ list: [Element]) {
            precondition(list.count == 4, "adamw_update: \(list.count) results")
            (parameter, mean, square, squaredUpdate) = (list[0], list[1], list[2], list[3])
        }

        /// All of them, in order.
        public var list: [Element] { [parameter, mean, square, squaredUpdate] }
    }

    public var resultCount: Int { 4 }

    public func resultTypes(of operands: [ValueType]) throws(ProgramError) -> [ValueType] {
        try expect(operands, count: Operands<ValueType>.count)
        let named = Operands(operands)
        let p = named.parameter
        try require(
            p.elementType.isFloatingPoint
                && operands.allSatisfy { $0.elementType == p.elementType },
            "C2", "\(operands.map(\.elementType.rawValue))")
        try require(
            named.tensors.allSatisfy { $0.shape == p.shape }
                && named.scalars.allSatisfy { $0.shape.rank == 0 },
            "C3", "\(operands.map(\.shape.description).joined(separator: ", "))")
        return [p, p, p, ValueType(p.elementType, .scalar)]
    }

    public func body(_ operands: [Value]) -> [Value] {
        let o = Operands(operands)
        let p = o.parameter
        let scaled = o.gradient * o.gradientScale
        let first = o.mean * beta1 + scaled * (1 - beta1)
        let second = o.square * beta2 + scaled * scaled * (1 - beta2)
        let direction =
            first * o.meanCorrection / ((second * o.squareCorrection).squareRoot() + epsilon)
        let update = -(direction * o.learningRate + p * o.decay)
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

extension AdamWUpdate.Operands: Sendable where Element: Sendable {}
extension AdamWUpdate.Results: Sendable where Element: Sendable {}
