import Engines
import Norms
import Programs
import Tensors
import Testing

@Suite("power iteration")
struct PowerIterationTests {
    private func estimate(
        _ matrix: Tensor, from vector: [Double], iterations: Int, _ arithmetic: Arithmetic
    ) throws -> (norm: Double, left: [Double], right: [Double]) {
        let builder = ProgramBuilder("power")
        let type = arithmetic.elementType
        let x = builder.input("x", type, matrix.shape)
        let v = builder.input("v", type, [matrix.shape[1]])
        let result = PowerIteration(x, startingFrom: v, iterations: iterations)
        builder.output("norm", result.norm)
        builder.output("left", result.left)
        builder.output("right", result.right)
        func tensor(_ values: [Double], _ shape: Shape) -> Tensor {
            Tensor(rounding: values, shape: shape, elementType: type)
        }
        let outputs = try arithmetic.engine.run(
            try builder.build().simplified(),
            ["x": tensor(matrix.doubles, matrix.shape), "v": tensor(vector, v.shape)])
        return (
            try #require(outputs["norm"]).doubles[0], try #require(outputs["left"]).doubles,
            try #require(outputs["right"]).doubles
        )
    }

    @Test(
        "finds the largest singular value and its vectors from nothing",
        arguments: try Arithmetic.all, shapes)
    func convergence(arithmetic: Arithmetic, shape: Shape) throws {
        let count = min(shape[0], shape[1])
        // Each iteration shrinks the rest by 1/4: 40 of them by 2⁻⁸⁰.
        let values = (0..<count).map { $0 == 0 ? 2 : 1 / Double($0) }
        let matrix = matrix(shape, singularValues: values)
        let start = [Double](repeating: 0, count: shape[1])
        let result = try estimate(matrix, from: start, iterations: 40, arithmetic)
        let exact = SingularValues(matrix)
        // Two sums of at most 24 products and their roots, each rounded.
        #expect((result.norm - 2).magnitude < 2 * 48 * arithmetic.rounding)
        for (actual, expected) in [(result.left, exact.left[0]), (result.right, exact.right[0])] {
            let cosine = zip(actual, expected).reduce(0) { $0 + $1.0 * $1.1 }
            #expect((cosine.magnitude - 1).magnitude < 48 * arithmetic.rounding)
        }
    }

    @Test("goes on from the vector that it returned, with the same bits as without a break")
    func persistence() throws {
        let arithmetic = try Arithmetic.all[1]
        let matrix = matrix([12, 9])
        let start = [Double](repeating: 0, count: 9)
        let whole = try estimate(matrix, from: start, iterations: 7, arithmetic)
        var vector = start
        for _ in 0..<7 {
            vector = try estimate(matrix, from: vector, iterations: 1, arithmetic).right
        }
        // A vector that comes in is brought to unit length again: one rounding a step.
        for (a, e) in zip(vector, whole.right) { #expect((a - e).magnitude < 1e-6) }
    }

    @Test("is never above the largest singular value", arguments: 1...6)
    func lowerBound(iterations: Int) throws {
        let matrix = matrix([10, 14], seed: 3)
        let largest = SingularValues(matrix).values[0]
        let start = [Double](repeating: 0, count: 14)
        let result = try estimate(
            matrix, from: start, iterations: iterations, try Arithmetic.all[0])
        #expect(result.norm <= largest * (1 + 0x1p-48) && result.norm > 0.5 * largest)
    }

    @Test("a matrix of zeros has norm zero and keeps the vector", arguments: try Arithmetic.all)
    func zeros(arithmetic: Arithmetic) throws {
        let result = try estimate(.zeros([3, 2]), from: [0.6, 0.8], iterations: 2, arithmetic)
        #expect(result.norm == 0 && result.left == [0, 0, 0])
        for (a, e) in zip(result.right, [0.6, 0.8]) { #expect((a - e).magnitude < 1e-7) }
    }
}
