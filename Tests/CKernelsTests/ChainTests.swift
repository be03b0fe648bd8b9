import CKernels
import Foundation
import Testing

/// Runs operations over begin..<end with loads into the first registers.
private func run(
    _ isa: ck_isa, _ operations: [ck_operation], loads: [(data: [Float], isScalar: Bool)],
    result: Int32, registers: Int, begin: Int = 0, end: Int, into output: Output
) {
    let copies = loads.map { Output($0.data, offset: 2) }
    let bindings = loads.enumerated().map {
        ck_binding(
            index: Int32($0.offset), is_scalar: $0.element.isScalar ? 1 : 0,
            data: copies[$0.offset].pointer)
    }
    let store = [ck_binding(index: result, is_scalar: 0, data: output.pointer)]
    withScratch(registers * Int(CK_CHAIN_BLOCK)) {
        ck_chain_f32(
            isa, operations.count, operations, bindings.count, bindings, 1, store, registers,
            begin, end, $0)
    }
    for (copy, load) in zip(copies, loads) { expectIdentical(copy.values, load.data, "a load") }
}

private func apply(_ isa: ck_isa, _ code: ck_code, _ operands: [[Float]]) -> [Float] {
    let output = Output(operands[0].count)
    let count = operands.count
    let operation = ck_operation(
        code: code, a: 0, b: count > 1 ? 1 : -1, c: count > 2 ? 2 : -1, result: Int32(count),
        rounds: 0)
    run(
        isa, [operation], loads: operands.map { ($0, false) }, result: Int32(count),
        registers: count + 1, end: output.count, into: output)
    return output.values
}

private func truth(_ value: Bool) -> Float { value ? 1 : 0 }

@Suite struct ChainTests {
    struct Function: Sendable, CustomTestStringConvertible {
        let code: ck_code
        let testDescription: String
        let ulps: Double
        let exact: @Sendable (Double) -> Double
    }

    /// Bounds are the worst seen over every seventh float, rounded up; roots round once.
    static let functions = [
        Function(code: CK_EXPONENTIAL, testDescription: "exp", ulps: 1) { exp($0) },
        Function(code: CK_LOGARITHM, testDescription: "log", ulps: 1) { log($0) },
        Function(code: CK_TANH, testDescription: "tanh", ulps: 2.5) { tanh($0) },
        Function(code: CK_LOGISTIC, testDescription: "logistic", ulps: 2.5) { 1 / (1 + exp(-$0)) },
        Function(code: CK_SQUARE_ROOT, testDescription: "sqrt", ulps: 0.5) { $0.squareRoot() },
        Function(code: CK_RECIPROCAL_SQUARE_ROOT, testDescription: "rsqrt", ulps: 1.5) {
            1 / $0.squareRoot()
        },
        Function(code: CK_SINE, testDescription: "sin", ulps: 1) { sin($0) },
        Function(code: CK_COSINE, testDescription: "cos", ulps: 1) { cos($0) },
    ]

    /// Special values, and floats of every exponent and both signs.
    static let sweep: [Float] =
        specials
        + stride(from: UInt32(0), to: .max - 50000, by: 40009).map {
            Float(bitPattern: $0)
        }

    @Test(arguments: InstructionSet.supported, functions)
    func functionsAgreeWithTheOracle(isa: InstructionSet, function: Function) {
        expectClose(
            apply(isa.ck, function.code, [Self.sweep]),
            to: Self.sweep.map { function.exact(Double($0)) }, ulps: function.ulps,
            function.testDescription)
    }

    @Test(arguments: InstructionSet.supported)
    func powersAgreeWithTheOracle(isa: InstructionSet) {
        var numbers = Numbers(90)
        let a = specials + numbers.floats(500, range: 10).map(\.magnitude)
        let b = specials.reversed() + numbers.floats(500, range: 10)
        expectClose(
            apply(isa.ck, CK_POWER, [a, b]),
            to: zip(a, b).map { pow(Double($0), Double($1)) }, ulps: 1)
    }

    static let unary: [(ck_code, @Sendable (Float) -> Float)] = [
        (CK_NEGATE, { -$0 }), (CK_ABSOLUTE, { $0.magnitude }),
        (CK_SIGN, { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }), (CK_FLOOR, { $0.rounded(.down) }),
        (CK_COPY, { $0 }), (CK_IS_FINITE, { truth($0.isFinite) }), (CK_NOT, { truth($0 == 0) }),
    ]

    @Test(arguments: InstructionSet.supported)
    func simpleOperationsAreExact(isa: InstructionSet) {
        for (code, function) in Self.unary {
            expectSame(apply(isa.ck, code, [Self.sweep]), Self.sweep.map(function), code)
        }
        let a = specials.flatMap { value in specials.map { _ in value } }
        let b = specials.flatMap { _ in specials }
        for (code, function) in Self.binary {
            expectSame(apply(isa.ck, code, [a, b]), zip(a, b).map(function), code)
        }
        let mask = a.indices.map { truth($0 % 3 == 0) }
        expectSame(
            apply(isa.ck, CK_SELECT, [mask, a, b]), a.indices.map { $0 % 3 == 0 ? a[$0] : b[$0] },
            CK_SELECT)
    }

    static let binary: [(ck_code, @Sendable (Float, Float) -> Float)] = [
        (CK_ADD, { $0 + $1 }), (CK_SUBTRACT, { $0 - $1 }), (CK_MULTIPLY, { $0 * $1 }),
        (CK_DIVIDE, { $0 / $1 }),
        (CK_MAXIMUM, { $0.isNaN || $1.isNaN ? .nan : $0 > $1 ? $0 : $1 }),
        (CK_MINIMUM, { $0.isNaN || $1.isNaN ? .nan : $0 < $1 ? $0 : $1 }),
        (CK_AND, { truth($0 != 0 && $1 != 0) }), (CK_OR, { truth($0 != 0 || $1 != 0) }),
        (CK_EQUAL, { truth($0 == $1) }), (CK_NOT_EQUAL, { truth($0 != $1) }),
        (CK_LESS, { truth($0 < $1) }), (CK_LESS_EQUAL, { truth($0 <= $1) }),
        (CK_GREATER, { truth($0 > $1) }), (CK_GREATER_EQUAL, { truth($0 >= $1) }),
    ]

    /// The same bits, or nan on both sides.
    private func expectSame(_ actual: [Float], _ expected: [Float], _ code: ck_code) {
        func plain(_ x: [Float]) -> [Float] { x.map { $0.isNaN ? .nan : $0 } }
        expectIdentical(plain(actual), plain(expected), "operation \(code.rawValue)")
    }

    @Test(arguments: InstructionSet.supported)
    func rangesAndBlocksAreKept(isa: InstructionSet) {
        var numbers = Numbers(91)
        // r3 = r0 r1, r1 = r3 + r2 (scalar), r2 = r1 - r0: loaded registers are overwritten.
        let operations = [
            ck_operation(code: CK_MULTIPLY, a: 0, b: 1, c: -1, result: 3, rounds: 0),
            ck_operation(code: CK_ADD, a: 3, b: 2, c: -1, result: 1, rounds: 0),
            ck_operation(code: CK_SUBTRACT, a: 1, b: 0, c: -1, result: 2, rounds: 0),
        ]
        for n in lengths + [2048, 2100] {
            for begin in [0, n / 3] {
                let a = numbers.floats(n), b = numbers.floats(n), before = numbers.floats(n)
                let output = Output(before)
                run(
                    isa.ck, operations, loads: [(a, false), (b, false), ([0.75], true)], result: 2,
                    registers: 4, begin: begin, end: n, into: output)
                let expected = (0..<n).map { i -> Float in
                    let product = a[i] * b[i]
                    return i < begin ? before[i] : product + 0.75 - a[i]
                }
                expectIdentical(output.values, expected, "\(begin)..<\(n)")
            }
        }
    }

    @Test(arguments: InstructionSet.supported)
    func storesMayBeLoads(isa: InstructionSet) {
        var numbers = Numbers(92)
        let a = numbers.floats(1100), b = numbers.floats(1100)
        let first = Output(a), second = Output(b)
        let loads = [
            ck_binding(index: 0, is_scalar: 0, data: first.pointer),
            ck_binding(index: 1, is_scalar: 0, data: second.pointer),
        ]
        let stores = [
            ck_binding(index: 0, is_scalar: 0, data: second.pointer),
            ck_binding(index: 1, is_scalar: 0, data: first.pointer),
        ]
        withScratch(2 * Int(CK_CHAIN_BLOCK)) {
            ck_chain_f32(isa.ck, 0, [], 2, loads, 2, stores, 2, 0, 1100, $0)
        }
        expectIdentical(first.values, b, "exchanged")
        expectIdentical(second.values, a, "exchanged")
    }

    @Test(arguments: InstructionSet.supported)
    func manyRegisters(isa: InstructionSet) {
        let count: Int32 = 200
        let operations = (1..<count).map {
            ck_operation(code: CK_ADD, a: $0 - 1, b: 0, c: -1, result: $0, rounds: 0)
        }
        let output = Output(600)
        run(
            isa.ck, operations, loads: [(Array(repeating: 0.5, count: 600), false)],
            result: count - 1, registers: Int(count), end: 600, into: output)
        expectIdentical(output.values, Array(repeating: 100, count: 600))
    }

    @Test func anotherFunctionIsSeen() {
        let actual = apply(ck_isa_best(), CK_EXPONENTIAL, [Self.sweep])
        withKnownIssue {
            expectClose(actual, to: Self.sweep.map { exp2(Double($0)) }, ulps: 1)
        }
    }
}
