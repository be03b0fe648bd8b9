import Foundation
import Tensors

/// Turns pairs of elements of each head by an angle that grows with the position.
///
/// ```
/// angle(t, i) = t · base^(−i / (D/2)),  i < D/2
/// y₁ = x₁ cos − x₂ sin,  y₂ = x₂ cos + x₁ sin      x₁ the first half of a head, x₂ the second
/// ```
///
/// Operand and result: (batch, time, head, head width), floating point. The pairing is Llama's.
///
/// - (C1) One operand.
/// - (C2) Floating-point elements.
/// - (C3) Four axes, the last of an even extent.
///
/// The gradient turns back: the same with the opposite ``isInverse``. With a ``scaling`` the angles of
/// position one are ``RotaryScaling/frequencies(base:pairs:)``, and the result is multiplied by
/// ``RotaryScaling/amplitude``.
///
/// Source: Su et al., arXiv 2104.09864, equation 34.
public struct Rotary: Composite {
    public static let name = "rotary"

    /// The base of the wavelengths, usually 10,000.
    public var base: Double
    /// Whether it turns the other way.
    public var isInverse: Bool
    /// How wavelengths are stretched.
    public var scaling: RotaryScaling

    public init(
        base: Double, isInverse: Bool = false, scaling: RotaryScaling = RotaryScaling()
    ) {
        self.base = base
        self.isInverse = isInverse
        self.scaling = scaling
    }

    public var attributes: Attributes {
        var attributes: Attributes = ["base": .number(base), "inverse": .flag(isInverse)]
        for (name, value) in scaling.attributes { attributes.insert(value, as: name) }
        return attributes
    }

    public init(attributes: Attributes) throws(ProgramError) {
        self.init(
            base: try attributes.number("base", of: Self.name),
            isInverse: try attributes.flag("inverse", of: Self.name),
            scaling: try RotaryScaling(attributes, of: Self.name))
    }

    public func resultTypes(of operands: [ValueType]) throws(ProgramError) -> [ValueType] {
        try expect(operands, count: 1)
        let x = operands[0]
        try require(x.elementType.isFloatingPoint, "C2", x.elementType.rawValue)
        try require(
            x.shape.rank == 4 && x.shape[3] % 2 == 0, "C3",
            "\(x.shape) is not (batch, time, head, even head width)")
        return operands
    }

    public func body(_ operands: [Value]) -> [Value] {
        let x = operands[0]
        let (b, t, h, d) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
        let plane: Shape = [t, d / 2]
        let angle = x.builder.iota(plane, axis: 0, x.type.elementType) * frequencies(plane, x)
        let half: Shape = [b, t, h, d / 2]
        let amplitude = scaling.amplitude
        func factor(_ value: Value) -> Value {
            (amplitude == 1 ? value : value * amplitude).broadcast(to: half, axes: [1, 3])
        }
        let cosine = factor(angle.cosine())
        let sine = factor(isInverse ? -angle.sine() : angle.sine())
        let first = x.slice(from: [0, 0, 0, 0], to: [b, t, h, d / 2])
        let second = x.slice(from: [0, 0, 0, d / 2], to: [b, t, h, d])
        return [
            .concatenate(
                [first * cosine - second * sine, second * cosine + first * sine], axis: 3)
        ]
    }

    /// The angle of position one of each pair, at each position.
    private func frequencies(_ plane: Shape, _ x: Value) -> Value {
        let (type, pairs) = (x.type.elementType, plane[1])
        guard scaling.kind != .none, pairs > 0 else {
            let step = -log(base) / Double(max(pairs, 1))
            return (x.builder.iota(plane, axis: 1, type) * step).exponential()
        }
        // From double, each rounded once.
        return .concatenate(
            scaling.frequencies(base: base, pairs: pairs).map {
                x.builder.constant($0, [plane[0], 1], type)
            }, axis: 1)
    }

    public func gradient(
        operands: [Value], results: [Value], cotangents: [Value?]
    ) -> [Value?]? {
        guard let cotangent = cotangents[0] else { return [nil] }
        return cotangent.builder.apply(
            Rotary(base: base, isInverse: !isInverse, scaling: scaling), [cotangent])
    }

    public static let samples = [
        CompositeSample(Rotary(base: 10_000), [.wave([2, 9, 3, 16])]),
        CompositeSample(Rotary(base: 100, isInverse: true), [.wave([1, 5, 2, 6])]),
        scaled([2, 40, 3, 16]) {
            ($0.kind, $0.factor, $0.originalContext) = (.yarn, 4, 16)
        },
        scaled([1, 40, 2, 8], isInverse: true) {
            ($0.kind, $0.factor, $0.originalContext) = (.llama3, 8, 32)
        },
        scaled([1, 9, 2, 2]) { ($0.kind, $0.factor) = (.linear, 3) },
        scaled([1, 9, 2, 6]) { ($0.kind, $0.factor) = (.ntk, 3) },
        CompositeSample(Rotary(base: 100), [], breaks: "C1"),
        CompositeSample(
            Rotary(base: 100), [Tensor.zeros([1, 1, 1, 2], .i32)], breaks: "C2"),
        CompositeSample(Rotary(base: 100), [.wave([1, 5, 2, 7])], breaks: "C3"),
    ]

    private static func scaled(
        _ shape: Shape, isInverse: Bool = false, _ change: (inout RotaryScaling) -> Void
    ) -> CompositeSample {
        var scaling = RotaryScaling()
        change(&scaling)
        return CompositeSample(
            Rotary(base: 100, isInverse: isInverse, scaling: scaling), [.wave(shape)])
    }
}
