import Engines
import Norms
import Programs
import Tensors
import Testing

@Suite("norms of weights and their dual maps")
struct WeightNormTests {
    /// The norm by its definition, from an exact decomposition.
    private func value(_ norm: WeightNorm, of matrix: Tensor) -> Double {
        let (rows, columns) = (matrix.shape[0], matrix.shape[1])
        let x = matrix.doubles
        switch norm {
        case .rmsToRMS:
            return (Double(columns) / Double(rows)).squareRoot()
                * SingularValues(matrix).values[0]
        case .oneToRMS:
            let squares = (0..<rows).map { row in
                (0..<columns).reduce(0) { $0 + x[row * columns + $1] * x[row * columns + $1] }
            }
            return ((squares.max() ?? 0) / Double(columns)).squareRoot()
        case .largestElement: return Double(columns) * (x.map(\.magnitude).max() ?? 0)
        case .largestMagnitude: return x.map(\.magnitude).max() ?? 0
        case .rootMeanSquare: return matrix.frobenius / Double(x.count).squareRoot()
        case .frobenius: return matrix.frobenius
        }
    }

    @Test(
        "the dual map lies on the unit sphere and beats every other direction there",
        arguments: WeightNorm.allCases, shapes.dropLast())
    func duality(norm: WeightNorm, shape: Shape) throws {
        let gradient = matrix(shape, seed: 5)
        let dual = try Arithmetic.all[0].apply(gradient) { norm.dualized($0, by: .cubic) }
        // Fifteen cubic steps end within 1e-4 for these values; the other maps are exact.
        let slack = norm == .rmsToRMS ? 1e-4 : 1e-13
        #expect((value(norm, of: dual) - 1).magnitude < slack)
        let reached = gradient.inner(dual)
        for seed in 10..<60 {
            let other = matrix(shape, seed: UInt64(seed))
            let along = gradient.inner(other) / value(norm, of: other)
            #expect(along.magnitude <= reached * (1 + slack))
        }
    }

    @Test("the comparison can fail: the gradient itself is not the farthest point of every ball")
    func negativeControl() throws {
        let gradient = matrix([16, 16], seed: 5)
        let dual = try Arithmetic.all[0].apply(gradient) { WeightNorm.rmsToRMS.dualized($0) }
        let along = gradient.inner(gradient) / value(.rmsToRMS, of: gradient)
        withKnownIssue { #expect(along > gradient.inner(dual)) }
    }

    @Test(
        "an orthogonalised matrix times √max(1, m/n), Muon's update, has Frobenius norm √m",
        arguments: [[16, 16], [24, 8], [8, 24]] as [Shape])
    func frobenius(shape: Shape) throws {
        let values = (0..<min(shape[0], shape[1])).map { 1 + Double($0) }
        let dual = try Arithmetic.all[0].apply(matrix(shape, singularValues: values.reversed())) {
            NewtonSchulz.cubic.orthogonalized($0)
        }
        let gain = max(1, Double(shape[0]) / Double(shape[1])).squareRoot()
        // Fifteen steps bring values from 1/40 to one. The error is that of rounding, stretched by
        // the slope as in the tests of orthogonalisation.
        let error = (dual.frobenius * gain - Double(shape[0]).squareRoot()).magnitude
        #expect(error < 0x1p-53 * 438 * 45 * 24)
    }

    @Test("zero gives zero; rows of zero stay", arguments: try Arithmetic.all)
    func zeros(arithmetic: Arithmetic) throws {
        for norm in WeightNorm.allCases {
            let result = try arithmetic.apply(.zeros([3, 4])) { norm.dualized($0) }
            #expect(result.doubles.allSatisfy { $0 == 0 })
        }
        let table = Tensor([0, 0, 3, 4], shape: [2, 2])
        let rows = try arithmetic.apply(table) { WeightNorm.oneToRMS.dualized($0) }.doubles
        #expect(rows[0] == 0 && rows[1] == 0)
        // 3/5 and 4/5 times √2: a root, a reciprocal and two products.
        #expect((rows[2] - 0.6 * 2.0.squareRoot()).magnitude < 4 * arithmetic.rounding)
        #expect((rows[3] - 0.8 * 2.0.squareRoot()).magnitude < 4 * arithmetic.rounding)
    }
}
