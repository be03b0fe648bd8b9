import Engines
import Tensors
import Testing

@Suite("singular values")
struct SingularValuesTests {
    @Test("put together again they give the matrix", arguments: shapes)
    func reconstruction(shape: Shape) {
        let matrix = matrix(shape)
        let singular = SingularValues(matrix)
        #expect(singular.values == singular.values.sorted(by: >))
        // Some ten sweeps of some ten turns each, every one rounded.
        #expect(distance(singular.matrix { $0 }, matrix) < 1e-13)
        for vectors in [singular.left, singular.right] {
            for (i, a) in vectors.enumerated() {
                for (j, b) in vectors.enumerated() {
                    let product = zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
                    #expect((product - (i == j ? 1 : 0)).magnitude < 1e-13)
                }
            }
        }
    }

    @Test("those of a matrix that is known")
    func known() {
        // [3 0; 4 5] has the singular values √45 and √5.
        let values = SingularValues(Tensor([3, 0, 4, 5], shape: [2, 2])).values
        #expect((values[0] - 45.0.squareRoot()).magnitude < 1e-14)
        #expect((values[1] - 5.0.squareRoot()).magnitude < 1e-14)
    }

    @Test("a matrix of zeros, and one of rank one")
    func deficient() {
        #expect(SingularValues(.zeros([3, 2])).values == [0, 0])
        #expect(SingularValues(.zeros([2, 3])).matrix { _ in 1 }.frobenius == 0)
        let one = SingularValues(Tensor([1, 2, 3, 2, 4, 6], shape: [2, 3]))
        #expect((one.values[0] - 70.0.squareRoot()).magnitude < 1e-14)
        #expect(one.values[1] < 1e-15)
    }
}
