import Tensors
import Testing

@Suite("random matrices and tables of given size")
struct OrthogonalMatrixTests {
    @Test("rows or columns are orthonormal times the scale", arguments: [(5, 8), (8, 5), (6, 6)])
    func orthogonal(rows: Int, columns: Int) {
        let matrix = Tensor.orthogonal(rows: rows, columns: columns, scale: 2, RandomKey(seed: 1))
        #expect(matrix.shape == [rows, columns])
        let x = matrix.doubles
        let (count, length) = (min(rows, columns), max(rows, columns))
        func element(_ vector: Int, _ place: Int) -> Double {
            rows < columns ? x[vector * columns + place] : x[place * columns + vector]
        }
        for a in 0..<count {
            for b in 0..<count {
                let product = (0..<length).reduce(0) { $0 + element(a, $1) * element(b, $1) }
                // Eight products of elements below two, each rounded to single precision.
                #expect(abs(product - (a == b ? 4 : 0)) < 8 * 4 * 0x1p-23)
            }
        }
    }

    @Test("a key gives one matrix and another key another")
    func keys() {
        func matrix(_ seed: UInt64) -> Tensor {
            .orthogonal(rows: 3, columns: 3, scale: 1, RandomKey(seed: seed))
        }
        #expect(matrix(1) == matrix(1))
        #expect(matrix(1) != matrix(2))
    }

    @Test("rows have root mean square one")
    func rows() {
        let x = Tensor.unitRows(4, columns: 7, RandomKey(seed: 1)).doubles
        for row in 0..<4 {
            let square = x[row * 7..<row * 7 + 7].reduce(0) { $0 + $1 * $1 } / 7
            #expect(abs(square - 1) < 4 * 0x1p-23)
        }
    }
}
