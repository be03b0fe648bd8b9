import Foundation
import Programs
import Tensors

/// A value as the reference engine holds it.
struct ReferenceValue {
    var shape: Shape
    var elements: [Double]
}

/// The meaning of each primitive, in plain loops.
enum ReferenceInterpreter {
    /// Computes a primitive.
    ///
    /// - Parameters:
    ///   - primitive: What is computed; its constraints hold.
    ///   - operands: The operands' values.
    ///   - type: The type of the result.
    /// - Returns: The result.
    static func evaluate(
        _ primitive: Primitive, _ operands: [ReferenceValue], type: ValueType
    ) -> ReferenceValue {
        var elements = elements(primitive, operands, type)
        if type.elementType == .i32 { elements = elements.map(wrapped) }
        return ReferenceValue(shape: type.shape, elements: elements)
    }

    /// An integer modulo 2³², as sums and the negative of the smallest number need it.
    private static func wrapped(_ x: Double) -> Double {
        Double(Int32(truncatingIfNeeded: Int64(x)))
    }

    private static func elements(
        _ primitive: Primitive, _ operands: [ReferenceValue], _ type: ValueType
    ) -> [Double] {
        let shape = type.shape
        switch primitive {
        case .constant(let value, _): return [Double](repeating: value, count: shape.count)
        case .iota(let axis, _): return shape.indices.map { Double($0[axis]) }
        case .unary(let function): return operands[0].elements.map(function.value)
        case .binary(let function):
            return zip(operands[0].elements, operands[1].elements).map {
                function.value($0, $1, isInteger: type.elementType == .i32)
            }
        case .compare(let comparison):
            return zip(operands[0].elements, operands[1].elements).map {
                comparison.holds($0, $1) ? 1 : 0
            }
        case .select:
            return operands[0].elements.indices.map {
                operands[operands[0].elements[$0] != 0 ? 1 : 2].elements[$0]
            }
        case .convert(let elementType):
            // To integers towards zero; what does not fit becomes the nearest that does, nan zero.
            let x = operands[0].elements
            return Tensor(
                rounding: elementType == .i32 ? x.map(saturated) : x, shape: shape,
                elementType: elementType
            ).doubles
        case .reshape: return operands[0].elements
        case .broadcast(_, let axes):
            let x = operands[0]
            return shape.indices.map { index in
                x[axes.enumerated().map { x.shape[$0.offset] == 1 ? 0 : index[$0.element] }]
            }
        case .transpose(let permutation):
            let x = operands[0]
            return shape.indices.map { index in
                var source = index
                for (axis, from) in permutation.enumerated() { source[from] = index[axis] }
                return x[source]
            }
        case .slice(let starts, _):
            return shape.indices.map { index in
                operands[0][zip(index, starts).map { $0 + $1 }]
            }
        case .pad(let low, _):
            let x = operands[0]
            return shape.indices.map { index in
                let source = zip(index, low).map { $0 - $1 }
                let isInside = zip(source, x.shape.dimensions).allSatisfy { 0 <= $0 && $0 < $1 }
                return isInside ? x[source] : 0
            }
        case .concatenate(let axis):
            return shape.indices.map { index in
                var index = index
                var part = 0
                while index[axis] >= operands[part].shape[axis] {
                    index[axis] -= operands[part].shape[axis]
                    part += 1
                }
                return operands[part][index]
            }
        case .reduce(let reduction, let axes): return reduce(operands[0], reduction, axes, shape)
        case .dot(let axes): return dot(operands[0], operands[1], axes, shape)
        case .take:
            let table = operands[0]
            let width = table.shape.count / max(table.shape[0], 1)
            return operands[1].elements.flatMap { index in
                table.elements[Int(index) * width..<(Int(index) + 1) * width]
            }
        case .scatterAdd(let rows):
            let width = shape.count / rows
            var sums = [Double](repeating: 0, count: shape.count)
            for (position, row) in operands[0].elements.enumerated() {
                for column in 0..<width {
                    sums[Int(row) * width + column] +=
                        operands[1].elements[position * width + column]
                }
            }
            return sums
        }
    }

    private static func saturated(_ x: Double) -> Double {
        x.isNaN ? 0 : max(Double(Int32.min), min(Double(Int32.max), x))
    }

    private static func reduce(
        _ x: ReferenceValue, _ reduction: Reduction, _ axes: [Int], _ shape: Shape
    ) -> [Double] {
        let start = reduction == .sum ? 0 : -Double.infinity
        var result = [Double](repeating: start, count: shape.count)
        let kept = (0..<x.shape.rank).filter { !axes.contains($0) }
        for (index, element) in zip(x.shape.indices, x.elements) {
            let target = shape.offset(kept.map { index[$0] })
            switch reduction {
            case .sum: result[target] += element
            case .maximum:
                result[target] = BinaryFunction.maximum.value(
                    result[target], element, isInteger: false)
            }
        }
        return result
    }

    private static func dot(
        _ left: ReferenceValue, _ right: ReferenceValue, _ axes: DotAxes, _ shape: Shape
    ) -> [Double] {
        let leftFree = axes.leftFree(left.shape.rank)
        let rightFree = axes.rightFree(right.shape.rank)
        let contracted = Shape(axes.leftContracted.map { left.shape[$0] }).indices
        let batch = axes.leftBatch.count
        return shape.indices.map { index in
            var l = [Int](repeating: 0, count: left.shape.rank)
            var r = [Int](repeating: 0, count: right.shape.rank)
            for i in 0..<batch {
                l[axes.leftBatch[i]] = index[i]
                r[axes.rightBatch[i]] = index[i]
            }
            for (i, axis) in leftFree.enumerated() { l[axis] = index[batch + i] }
            for (i, axis) in rightFree.enumerated() { r[axis] = index[batch + leftFree.count + i] }
            var sum = 0.0
            for term in contracted {
                for (i, extent) in term.enumerated() {
                    l[axes.leftContracted[i]] = extent
                    r[axes.rightContracted[i]] = extent
                }
                sum += left[l] * right[r]
            }
            return sum
        }
    }
}

extension ReferenceValue {
    /// The element at an index of one number an axis.
    subscript(index: [Int]) -> Double { elements[shape.offset(index)] }
}

extension Shape {
    /// All indices, the last axis fastest.
    var indices: [[Int]] {
        (0..<count).map { offset in
            var rest = offset
            var index = [Int](repeating: 0, count: rank)
            for axis in stride(from: rank - 1, through: 0, by: -1) {
                index[axis] = rest % dimensions[axis]
                rest /= dimensions[axis]
            }
            return index
        }
    }

    /// The position of an element in row-major order.
    func offset(_ index: [Int]) -> Int {
        var offset = 0
        for axis in 0..<rank { offset = offset * dimensions[axis] + index[axis] }
        return offset
    }
}

extension UnaryFunction {
    /// The function of one number; truth values are 0 and 1.
    func value(_ x: Double) -> Double {
        switch self {
        case .negate: -x
        case .absolute: x.magnitude
        case .sign: x > 0 ? 1 : x < 0 ? -1 : x
        case .exponential: exp(x)
        case .logarithm: log(x)
        case .squareRoot: x.squareRoot()
        case .reciprocalSquareRoot: 1 / x.squareRoot()
        case .tanh: Foundation.tanh(x)
        case .sine: sin(x)
        case .cosine: cos(x)
        case .logistic: 1 / (1 + exp(-x))
        case .floor: x.rounded(.down)
        case .isFinite: x.isFinite ? 1 : 0
        case .not: x == 0 ? 1 : 0
        }
    }
}

extension BinaryFunction {
    /// The function of two numbers.
    ///
    /// Integers divide towards zero and wrap around at 32 bits.
    func value(_ a: Double, _ b: Double, isInteger: Bool) -> Double {
        if isInteger { return Double(integerValue(Int32(a), Int32(b))) }
        switch self {
        case .add: return a + b
        case .subtract: return a - b
        case .multiply: return a * b
        case .divide: return a / b
        case .maximum: return a.isNaN || b.isNaN ? .nan : max(a, b)
        case .minimum: return a.isNaN || b.isNaN ? .nan : min(a, b)
        case .power: return pow(a, b)
        case .and: return a != 0 && b != 0 ? 1 : 0
        case .or: return a != 0 || b != 0 ? 1 : 0
        }
    }

    /// As StableHLO: division by zero gives -1, and the smallest number divided by -1 is itself.
    private func integerValue(_ a: Int32, _ b: Int32) -> Int32 {
        switch self {
        case .add: return a &+ b
        case .subtract: return a &- b
        case .multiply: return a &* b
        case .divide: return b == 0 ? -1 : a.dividedReportingOverflow(by: b).partialValue
        case .maximum: return max(a, b)
        case .minimum: return min(a, b)
        case .power:
            // Exact in a double for the exponents that integers carry; wraps like the product.
            if b < 0 { return a == 1 ? 1 : a == -1 ? (b % 2 == 0 ? 1 : -1) : 0 }
            return (0..<b).reduce(Int32(1)) { product, _ in product &* a }
        case .and, .or: return 0
        }
    }
}

extension Comparison {
    /// Whether the order holds; only `notEqual` holds of a nan.
    func holds(_ a: Double, _ b: Double) -> Bool {
        switch self {
        case .equal: a == b
        case .notEqual: a != b
        case .less: a < b
        case .lessOrEqual: a <= b
        case .greater: a > b
        case .greaterOrEqual: a >= b
        }
    }
}
