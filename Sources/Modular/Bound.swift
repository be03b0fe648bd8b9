/// A bound of a ratio, with how well it is known.
///
/// What is computed from bounds is known as well as the worst of them.
public enum Bound: Sendable, Hashable {
    /// It holds for all admissible weights and inputs.
    case proven(Double)
    /// It is taken to hold: by convention, or as observed.
    case assumed(Double)
    /// There is none, or nobody knows it.
    case unknown

    /// The number, if there is one.
    public var value: Double? {
        switch self {
        case .proven(let value), .assumed(let value): value
        case .unknown: nil
        }
    }

    /// The number, if it is proven.
    public var provenValue: Double? {
        if case .proven(let value) = self { value } else { nil }
    }

    private static func combined(
        _ a: Bound, _ b: Bound, _ function: (Double, Double) -> Double
    ) -> Bound {
        switch (a, b) {
        case (.unknown, _), (_, .unknown): .unknown
        case (.proven(let x), .proven(let y)): .proven(function(x, y))
        case (.proven(let x), .assumed(let y)), (.assumed(let x), .proven(let y)),
            (.assumed(let x), .assumed(let y)):
            .assumed(function(x, y))
        }
    }

    /// The bound of one change after another.
    public static func * (a: Bound, b: Bound) -> Bound { combined(a, b, *) }
    /// The bound of changes side by side.
    public static func + (a: Bound, b: Bound) -> Bound { combined(a, b, +) }
    /// The part of a budget that is left to what stands before a change by the bound.
    public static func / (a: Bound, b: Bound) -> Bound { combined(a, b, /) }
}

extension Bound: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral, CustomStringConvertible {
    /// A proven bound.
    public init(floatLiteral value: Double) { self = .proven(value) }
    /// A proven bound.
    public init(integerLiteral value: Int) { self = .proven(Double(value)) }

    /// The number; `~` before one that is assumed, `?` for none.
    public var description: String {
        switch self {
        case .proven(let value): value.shortText
        case .assumed(let value): "~" + value.shortText
        case .unknown: "?"
        }
    }
}

extension Double {
    /// Four significant digits.
    var shortText: String {
        guard isFinite, self != 0 else { return self == 0 ? "0" : "\(self)" }
        var exponent = 0
        var scale = magnitude
        while scale >= 10 { (scale, exponent) = (scale / 10, exponent + 1) }
        while scale < 1 { (scale, exponent) = (scale * 10, exponent - 1) }
        if exponent > 6 || exponent < -4 {
            return "\(((self < 0 ? -scale : scale) * 1000).rounded() / 1000)e\(exponent)"
        }
        var unit = 1.0
        for _ in 0..<abs(exponent - 3) { unit *= 10 }
        let rounded =
            exponent > 3 ? (self / unit).rounded() * unit : (self * unit).rounded() / unit
        let text = "\(rounded)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
