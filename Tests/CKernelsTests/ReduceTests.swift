import CKernels
import Testing

@Suite struct ReduceTests {
    @Test(arguments: InstructionSet.supported)
    func sumsAgreeWithTheOracle(isa: InstructionSet) {
        var numbers = Numbers(30)
        for n in lengths + [4095, 4096, 4097, 8200, 100_000] {
            let x = numbers.floats(n)
            let absolute = x.doubles.map(\.magnitude).reduce(0, +)
            let squares = x.doubles.map { $0 * $0 }.reduce(0, +)
            // In a block: 64 terms a lane, then 3 registers, then 4 lanes; blocks add in double.
            expectNear(
                [ck_sum_f32(isa.ck, n, x)], to: [x.doubles.reduce(0, +)],
                within: [72 * unit * absolute], "sum, \(n)")
            expectNear(
                [ck_sum_squares_f32(isa.ck, n, x)], to: [squares], within: [72 * unit * squares],
                "squares, \(n)")
        }
    }

    @Test(arguments: InstructionSet.supported)
    func theLargestIsExact(isa: InstructionSet) {
        var numbers = Numbers(31)
        for n in lengths {
            var x = numbers.floats(n).map { $0 - 100 }
            #expect(ck_maximum_f32(isa.ck, n, x) == x.max() ?? -.infinity)
            for i in 0..<min(n, 70) {
                let before = x[i]
                x[i] = 7
                #expect(ck_maximum_f32(isa.ck, n, x) == 7, "\(i) of \(n)")
                x[i] = .nan
                #expect(ck_maximum_f32(isa.ck, n, x).isNaN, "\(i) of \(n)")
                #expect(ck_sum_f32(isa.ck, n, x).isNaN, "\(i) of \(n)")
                x[i] = before
            }
        }
    }

    @Test(arguments: InstructionSet.supported)
    func infinitiesAndNansStay(isa: InstructionSet) {
        for n in [1, 9, 40, 5000] {
            var x = Array(repeating: Float(1), count: n)
            x[n / 2] = -.infinity
            #expect(ck_sum_f32(isa.ck, n, x) == -.infinity)
            #expect(ck_sum_squares_f32(isa.ck, n, x) == .infinity)
            x[n / 2] = 1e30
            #expect(ck_sum_squares_f32(isa.ck, n, x) == .infinity || isa.ck == CK_PORTABLE)
        }
        #expect(ck_maximum_f32(isa.ck, 3, [-.infinity, -.infinity, -.infinity]) == -.infinity)
    }

    @Test(arguments: InstructionSet.supported)
    func columnsAgreeWithTheOracle(isa: InstructionSet) {
        var numbers = Numbers(32)
        for columns in [1, 7, 8, 9, 16, 17, 31, 33, 63, 65, 130] {
            for rows in [0, 1, 2, 63, 64, 65, 200] {
                let x = numbers.floats(rows * columns), y = Output(columns)
                ck_sum_columns_f32(isa.ck, rows, columns, x, y.pointer)
                var sums = Array(repeating: 0.0, count: columns), sizes = sums
                for i in x.indices {
                    sums[i % columns] += Double(x[i])
                    sizes[i % columns] += Double(x[i].magnitude)
                }
                expectNear(
                    y.values, to: sums, within: sizes.map { Double(rows) * unit * $0 },
                    "\(rows) x \(columns)")
            }
        }
    }

    @Test(arguments: InstructionSet.supported)
    func accumulatesExactly(isa: InstructionSet) {
        var numbers = Numbers(33)
        for n in lengths {
            let x = numbers.floats(n), before = numbers.floats(n), y = Output(before)
            ck_accumulate_f32(isa.ck, n, x, y.pointer)
            expectIdentical(y.values, zip(before, x).map(+), "\(n)")
        }
    }

    @Test(arguments: InstructionSet.supported)
    func alignmentDoesNotChangeBits(isa: InstructionSet) {
        var numbers = Numbers(34)
        let x = numbers.floats(5001)
        let sums = (0..<16).map { offset in
            Output(x, offset: offset).lend { ck_sum_f32(isa.ck, x.count, $0) }
        }
        expectIdentical(sums, Array(repeating: sums[0], count: 16))
    }

    @Test func aDroppedElementIsSeen() {
        var numbers = Numbers(35)
        let x = numbers.floats(1000)
        let absolute = x.doubles.map(\.magnitude).reduce(0, +)
        withKnownIssue {
            expectNear(
                [ck_sum_f32(ck_isa_best(), 999, x)], to: [x.doubles.reduce(0, +)],
                within: [72 * unit * absolute])
        }
    }
}
