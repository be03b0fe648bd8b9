import CKernels
import Testing

@Suite struct TallyTests {
    /// The bits of bfloat16 numbers with these signs and exponents.
    private func halves(_ count: Int, _ numbers: inout Numbers) -> [UInt16] {
        numbers.floats(count, range: 100).map { UInt16($0.bitPattern >> 16) }
    }

    @Test(arguments: InstructionSet.supported)
    func talliesAgreeWithTheOracle(isa: InstructionSet) {
        var numbers = Numbers(40)
        for n in lengths + [4095, 4097, 9000] {
            let x = numbers.floats(n, range: 50), before = numbers.floats(n)
            let h = halves(n, &numbers)
            let wide = h.map { Float(bitPattern: UInt32($0) << 16) }
            let columns = Output(before), halfColumns = Output(before)
            let tally = ck_tally_f32(isa.ck, n, x, columns.pointer)
            let halfTally = ck_tally_bf16(isa.ck, n, h, halfColumns.pointer)
            for (values, tally, columns) in [(x, tally, columns), (wide, halfTally, halfColumns)] {
                let squares = values.doubles.map { $0 * $0 }
                let sum = squares.reduce(0, +)
                // 128 terms a lane of a block, then the lanes; blocks add in double.
                #expect((tally.squares - sum).magnitude <= 140 * unit * sum, "\(n)")
                #expect(tally.largest == (values.map(\.magnitude).max() ?? 0).bitPattern, "\(n)")
                expectNear(
                    columns.values, to: zip(before.doubles, squares).map(+),
                    within: zip(before, squares).map { 3 * unit * (Double($0.magnitude) + $1) },
                    "columns, \(n)")
            }
        }
    }

    @Test(arguments: InstructionSet.supported)
    func whatIsNotFiniteIsAboveAll(isa: InstructionSet) {
        for n in [1, 8, 33, 200] {
            for bad in [Float.nan, -.nan, .infinity, -.infinity] {
                for place in Set([0, n / 2, n - 1]) {
                    var x = [Float](repeating: .greatestFiniteMagnitude, count: n)
                    let finite = Output(n).lend { ck_tally_f32(isa.ck, n, x, $0) }
                    #expect(finite.largest < 0x7f80_0000)
                    x[place] = bad
                    let columns = Output([Float](repeating: 0, count: n))
                    let halves = x.map { UInt16($0.bitPattern >> 16) }
                    #expect(ck_tally_f32(isa.ck, n, x, columns.pointer).largest >= 0x7f80_0000)
                    let tally = columns.lend { ck_tally_bf16(isa.ck, n, halves, $0) }
                    #expect(tally.largest >= 0x7f80_0000)
                }
            }
        }
    }

    @Test(arguments: InstructionSet.supported)
    func halvesWidenExactly(isa: InstructionSet) {
        let all = (0..<65536).map { UInt16($0) }
        let f16 = Output(65536), bf16 = Output(65536)
        ck_widen_f16(isa.ck, 65536, all, f16.pointer)
        ck_widen_bf16(isa.ck, 65536, all, bf16.pointer)
        let (wide, upper) = (f16.values, bf16.values)
        for bits in all {
            let exact = Float(Float16(bitPattern: bits))
            let found = wide[Int(bits)]
            #expect(
                found.bitPattern == exact.bitPattern || found.isNaN && exact.isNaN, "\(bits)")
            #expect(upper[Int(bits)].bitPattern == UInt32(bits) << 16)
        }
        for n in lengths where n > 0 {
            let some = Output(n)
            ck_widen_f16(isa.ck, n, Array(all[0x3c00..<0x3c00 + n]), some.pointer)
            expectIdentical(some.values, Array(wide[0x3c00..<0x3c00 + n]), "\(n)")
        }
    }

    @Test(arguments: InstructionSet.supported)
    func productsAgreeWithTheOracle(isa: InstructionSet) {
        var numbers = Numbers(41)
        for n in lengths + [4097, 9000] {
            let x = numbers.floats(n), y = numbers.floats(n)
            let terms = zip(x.doubles, y.doubles).map { $0 * $1 }
            let size = terms.map(\.magnitude).reduce(0, +)
            expectNear(
                [ck_dot_f32(isa.ck, n, x, y)], to: [terms.reduce(0, +)],
                within: [140 * unit * size],
                "\(n)")
            let sum = Output(y)
            ck_add_scaled_f32(isa.ck, n, 0.7, x, sum.pointer)
            expectNear(
                sum.values, to: zip(x, y).map { Double(Float(0.7)) * Double($0) + Double($1) },
                within: zip(x, y).map { 2 * unit * Double($0.magnitude + $1.magnitude) }, "\(n)")
            #expect(
                (ck_dot_f64(n, x.doubles, y.doubles) - terms.reduce(0, +)).magnitude <= 1e-13 * size
            )
            var double = y.doubles
            ck_add_scaled_f64(n, 0.5, x.doubles, &double)
            #expect(double == zip(x.doubles, y.doubles).map { 0.5 * $0 + $1 })
        }
    }
}
