import Programs
import Tensors

/// One element-wise operation that has integers among its operands or results.
struct IntegerElementwise: Kernel {
    let primitive: Primitive
    let operands: [Int]
    let operandIsInteger: [Bool]
    let result: Int
    let resultType: ElementType
    let count: Int

    var operation: String { primitive.name }
    var reads: [Int] { operands }
    var writes: [Int] { [result] }
    var runner: KernelRunner { .swift }
    var pieces: Int { 1 }

    func run(_ frame: Frame, piece: Int, worker: Int) {
        for index in 0..<count {
            func integer(_ operand: Int) -> Int32 {
                unsafe frame.integers(operands[operand])[index]
            }
            func float(_ operand: Int) -> Float { unsafe frame.floats(operands[operand])[index] }
            switch primitive {
            case .unary(let function):
                let x = integer(0)
                unsafe frame.integers(result)[index] =
                    switch function {
                    case .negate: 0 &- x
                    case .absolute: x < 0 ? 0 &- x : x
                    default: x.signum()
                    }
            case .binary(let function):
                unsafe frame.integers(result)[index] = function.value(integer(0), integer(1))
            case .compare(let comparison):
                unsafe frame.floats(result)[index] =
                    comparison.holds(integer(0), integer(1)) ? 1 : 0
            case .select:
                unsafe frame.integers(result)[index] = float(0) != 0 ? integer(1) : integer(2)
            default: convert(frame, index)
            }
        }
    }

    private func convert(_ frame: Frame, _ index: Int) {
        if !operandIsInteger[0] {
            // Towards zero; what does not fit becomes the nearest that does.
            let x = unsafe frame.floats(operands[0])[index]
            unsafe frame.integers(result)[index] =
                Int32(exactly: x.rounded(.towardZero)) ?? (x > 0 ? .max : x < 0 ? .min : 0)
            return
        }
        let x = unsafe frame.integers(operands[0])[index]
        switch resultType {
        case .i32: unsafe frame.integers(result)[index] = x
        case .bool: unsafe frame.floats(result)[index] = x == 0 ? 0 : 1
        case .bf16: unsafe frame.floats(result)[index] = BFloat16(Float(x)).float
        default: unsafe frame.floats(result)[index] = Float(x)
        }
    }
}

extension BinaryFunction {
    /// As StableHLO: wraps around, and division by zero gives -1.
    fileprivate func value(_ a: Int32, _ b: Int32) -> Int32 {
        switch self {
        case .add: a &+ b
        case .subtract: a &- b
        case .multiply: a &* b
        case .divide: b == 0 ? -1 : a.dividedReportingOverflow(by: b).partialValue
        case .maximum: max(a, b)
        case .minimum: min(a, b)
        case .power:
            b < 0
                ? (a == 1 ? 1 : a == -1 ? (b % 2 == 0 ? 1 : -1) : 0)
                : (0..<b).reduce(Int32(1)) { product, _ in product &* a }
        case .and, .or: 0
        }
    }
}

extension Comparison {
    fileprivate func holds(_ a: Int32, _ b: Int32) -> Bool {
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
