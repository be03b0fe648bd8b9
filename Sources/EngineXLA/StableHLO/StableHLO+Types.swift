import Programs
import Tensors

extension ValueType {
    /// The type in StableHLO: `tensor<2x3xf32>`.
    var stableHLO: String {
        let extents = shape.dimensions.map { "\($0)x" }.joined()
        return "tensor<\(extents)\(elementType.stableHLO)>"
    }

    /// The type of `count` of these along a new first axis.
    func stacked(_ count: Int) -> ValueType {
        ValueType(elementType, Shape([count] + shape.dimensions))
    }
}

extension ElementType {
    /// The type in StableHLO.
    var stableHLO: String {
        switch self {
        case .f32, .f64, .bf16, .i32: rawValue
        case .bool: "i1"
        }
    }

    /// A number of this type as a literal, rounded to nearest.
    ///
    /// Decimals are the shortest that read back to the same number; infinities and nans are bits.
    func literal(_ value: Double) -> String {
        switch self {
        case .bool: return value == 0 ? "false" : "true"
        case .i32: return "\(Int32(value))"
        case .f64:
            return value.isFinite
                ? Self.decimal("\(value)") : "0x" + Self.hexadecimal(value.bitPattern, digits: 16)
        case .f32:
            let number = Float(value)
            return number.isFinite
                ? Self.decimal("\(number)") : "0x" + Self.hexadecimal(number.bitPattern, digits: 8)
        case .bf16:
            let number = BFloat16(Float(value))
            return number.float.isFinite
                ? Self.decimal("\(number.float)")
                : "0x" + Self.hexadecimal(number.bitPattern, digits: 4)
        }
    }

    /// A decimal with a point, which MLIR asks for even before an exponent.
    private static func decimal(_ text: String) -> String {
        guard !text.contains("."), let exponent = text.firstIndex(of: "e") else { return text }
        return text[..<exponent] + ".0" + text[exponent...]
    }

    private static func hexadecimal(_ bits: some BinaryInteger, digits: Int) -> String {
        let text = String(bits, radix: 16, uppercase: true)
        return String(repeating: "0", count: digits - text.count) + text
    }
}

extension UnaryFunction {
    /// The operation in StableHLO.
    var stableHLO: String {
        switch self {
        case .absolute: "abs"
        case .logarithm: "log"
        case .squareRoot: "sqrt"
        case .reciprocalSquareRoot: "rsqrt"
        case .negate, .sign, .exponential, .tanh, .sine, .cosine, .logistic, .floor, .isFinite,
            .not:
            rawValue
        }
    }
}

extension Comparison {
    /// The direction in StableHLO.
    var stableHLO: String {
        switch self {
        case .equal: "EQ"
        case .notEqual: "NE"
        case .less: "LT"
        case .lessOrEqual: "LE"
        case .greater: "GT"
        case .greaterOrEqual: "GE"
        }
    }
}

extension Reduction {
    /// The operation in StableHLO.
    var stableHLO: String {
        switch self {
        case .sum: "add"
        case .maximum: "maximum"
        }
    }

    /// What changes nothing when it is reduced along.
    func neutral(_ elementType: ElementType) -> Double {
        switch self {
        case .sum: 0
        case .maximum: elementType == .i32 ? Double(Int32.min) : -.infinity
        }
    }
}
