import CKernels
import Foundation
import Testing

@Suite struct GELUTests {
    private static func gelu(_ x: Double) -> (value: Double, slope: Double) {
        let root = (2 / Double.pi).squareRoot()
        let t = tanh(root * (x + 0.044715 * x * x * x))
        let slope = (1 + t) / 2 + x / 2 * (1 - t * t) * root * (1 + 3 * 0.044715 * x * x)
        return (x / 2 * (1 + t), x.magnitude > 15 ? (x > 0 ? 1 : 0) : slope)
    }

    private static func inputs(_ count: Int) -> [Float] {
        var numbers = Numbers(20)
        return numbers.floats(count, range: 12)
    }

    @Test(arguments: InstructionSet.supported)
    func agreesWithTheOracle(isa: InstructionSet) {
        var numbers = Numbers(21)
        for n in lengths + [40000] {
            let x = Self.inputs(n), dy = numbers.floats(n)
            let y = Output(n), dx = Output(n), place = Output(x), slope = Output(dy)
            ck_gelu_f32(isa.ck, n, x, y.pointer)
            ck_gelu_f32(isa.ck, n, place.pointer, place.pointer)
            ck_gelu_gradient_f32(isa.ck, n, x, dy, dx.pointer)
            ck_gelu_gradient_f32(isa.ck, n, x, slope.pointer, slope.pointer)
            let exact = x.map { Self.gelu(Double($0)) }
            // 1 + tanh is wrong by the rounding of tanh, 1 to 3 units of 1, whatever it cancels to.
            expectNear(
                y.values, to: exact.map(\.value),
                within: x.map { 6 * unit * Double($0.magnitude) }, "y, \(n)")
            // 1 - tanh^2 is wrong by 2 units of 1; x u' / 2, its factor, is below 9 where tanh < 1.
            expectNear(
                dx.values, to: zip(exact, dy).map { $0.slope * Double($1) },
                within: dy.map { 32 * unit * Double($0.magnitude) }, "dx, \(n)")
            expectIdentical(place.values, y.values, "y in place, \(n)")
            expectIdentical(slope.values, dx.values, "dx in place, \(n)")
        }
    }

    @Test(arguments: InstructionSet.supported)
    func specialValues(isa: InstructionSet) {
        let x: [Float] = [0, -0.0, .infinity, .nan, 1e30, -1e30, 50, -50, .leastNonzeroMagnitude]
        let ones = Array(repeating: Float(1), count: x.count)
        let y = Output(x.count), dx = Output(x.count)
        ck_gelu_f32(isa.ck, x.count, x, y.pointer)
        ck_gelu_gradient_f32(isa.ck, x.count, x, ones, dx.pointer)
        expectNear(
            y.values, to: [0, 0, .infinity, .nan, 1e30, 0, 50, 0, 0],
            within: x.map { $0 == 1e30 ? 1e23 : 2e-45 }, "y")
        expectNear(
            dx.values, to: [0.5, 0.5, 1, .nan, 1, 0, 1, 0, 0.5], within: ones.map { _ in unit },
            "slope")
    }

    @Test(arguments: InstructionSet.supported)
    func anElementDoesNotDependOnItsPlace(isa: InstructionSet) {
        let x = Self.inputs(37), whole = Output(37), alone = Output(37, offset: 5)
        ck_gelu_f32(isa.ck, 37, x, whole.pointer)
        for i in x.indices { ck_gelu_f32(isa.ck, 1, [x[i]], alone.pointer + i) }
        expectIdentical(alone.values, whole.values)
    }

    @Test func theErrorFunctionFormIsSeen() {
        let x = Self.inputs(100), y = Output(100)
        ck_gelu_f32(ck_isa_best(), 100, x, y.pointer)
        withKnownIssue {
            expectNear(
                y.values, to: x.map { Double($0) / 2 * (1 + erf(Double($0) / 2.0.squareRoot())) },
                within: x.map { 6 * unit * Double($0.magnitude) })
        }
    }
}
