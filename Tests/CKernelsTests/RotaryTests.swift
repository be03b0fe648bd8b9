import CKernels
import Testing

@Suite struct RotaryTests {
    private static func oracle(
        heads: Int, dim: Int, inverse: Bool, cosine: [Float], sine: [Float], x: [Float]
    ) -> (y: [Double], bounds: [Double]) {
        let half = dim / 2
        var y = Array(repeating: 0.0, count: x.count), bounds = y
        for at in x.indices where at % dim < half {
            let angle = at / dim / heads * half + at % dim
            let c = Double(cosine[angle]), s = Double(sine[angle]) * (inverse ? -1 : 1)
            let x1 = Double(x[at]), x2 = Double(x[at + half])
            y[at] = x1 * c - x2 * s
            y[at + half] = x2 * c + x1 * s
            // Two products, each rounded once, and their sum rounded once.
            bounds[at] = 2 * unit * ((x1 * c).magnitude + (x2 * s).magnitude)
            bounds[at + half] = 2 * unit * ((x2 * c).magnitude + (x1 * s).magnitude)
        }
        return (y, bounds)
    }

    @Test(arguments: InstructionSet.supported, [false, true])
    func agreesWithTheOracle(isa: InstructionSet, inverse: Bool) {
        var numbers = Numbers(10)
        for dim in [2, 4, 6, 14, 16, 18, 30, 32, 34, 64, 66, 128] {
            for (time, heads) in [(0, 2), (1, 1), (3, 2), (5, 3)] {
                let x = numbers.floats(time * heads * dim)
                let cosine = numbers.floats(time * dim / 2), sine = numbers.floats(time * dim / 2)
                let (expected, bounds) = Self.oracle(
                    heads: heads, dim: dim, inverse: inverse, cosine: cosine, sine: sine, x: x)
                let y = Output(x.count), place = Output(x, offset: 3)
                for (from, to) in [(Output(x), y), (place, place)] {
                    from.lend {
                        ck_rotary_f32(
                            isa.ck, time, heads, dim, inverse ? 1 : 0, cosine, sine, $0, to.pointer)
                    }
                }
                expectNear(y.values, to: expected, within: bounds, "dim \(dim), time \(time)")
                expectIdentical(place.values, y.values, "in place, dim \(dim)")
            }
        }
    }

    @Test func aTurnTheOtherWayIsSeen() {
        var numbers = Numbers(11)
        let x = numbers.floats(32), cosine = numbers.floats(8), sine = numbers.floats(8)
        let (expected, bounds) = Self.oracle(
            heads: 2, dim: 16, inverse: false, cosine: cosine, sine: sine, x: x)
        let y = Output(32)
        ck_rotary_f32(ck_isa_best(), 1, 2, 16, 1, cosine, sine, x, y.pointer)
        withKnownIssue { expectNear(y.values, to: expected, within: bounds) }
    }
}
