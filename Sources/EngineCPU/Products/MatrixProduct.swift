import CKernels
import Programs
import Tensors

/// A product of matrices, or of equally many pairs of them, through oneDNN's `sgemm`.
///
/// Rows of the result are computed in fixed runs. A product that sums over very many terms into few
/// results, as the gradient of a weight does, is cut along the sum: the parts are added in order.
struct MatrixProduct: Kernel {
    let left: Int
    let right: Int
    let result: Int
    let shape: ProductShape
    let scratch: Scratch?
    let instructionSet: InstructionSet
    private let rows: Pieces
    private let terms: Pieces

    init(
        _ left: Int, _ right: Int, to result: Int, _ shape: ProductShape,
        _ context: inout KernelContext
    ) {
        self.left = left
        self.right = right
        self.result = result
        self.shape = shape
        let (m, n, k) = (shape.m, shape.n, shape.k)
        instructionSet = context.instructionSet
        let isLongSum = shape.batch == 1 && k >= 2048 && m < k
        terms = Pieces(k, size: isLongSum ? max(k / 4, 1024) : max(k, 1))
        // Rows of a transposed left operand are its columns: its own runs are whole.
        rows = Pieces(m, size: terms.count > 1 ? max(m, 1) : 512)
        scratch = terms.count > 1 ? context.scratch(floats: terms.count * m * n) : nil
    }

    var operation: String { "dot" }
    var reads: [Int] { [left, right] }
    var writes: [Int] { [result] }
    var runner: KernelRunner { instructionSet == .portable ? .kernels(.portable) : .oneDNN }
    var pieces: Int { shape.batch * rows.count * terms.count }

    func run(_ frame: Frame, piece: Int, worker: Int) {
        let (m, n, k) = (shape.m, shape.n, shape.k)
        let term = terms.range(piece % terms.count)
        let rest = piece / terms.count
        let row = rows.range(rest % rows.count)
        let index = rest / rows.count
        let lda = shape.transposeLeft ? m : k
        let ldb = shape.transposeRight ? k : n
        let a =
            unsafe frame.floats(left) + index * m * k
            + (shape.transposeLeft
                ? term.lowerBound * lda + row.lowerBound
                : row.lowerBound * lda + term.lowerBound)
        let b =
            unsafe frame.floats(right) + index * n * k
            + (shape.transposeRight ? term.lowerBound : term.lowerBound * ldb)
        let c =
            if let scratch {
                unsafe frame.floats(scratch.value) + piece * m * n
            } else {
                unsafe frame.floats(result) + (index * m + row.lowerBound) * n
            }
        if row.isEmpty || n == 0 { return }
        if term.isEmpty {
            unsafe c.update(repeating: 0, count: row.count * n)
            return
        }
        unsafe OneDNN.multiply(
            row.count, n, term.count, transposeA: shape.transposeLeft,
            transposeB: shape.transposeRight, a,
            lda, b, ldb, c, n, on: instructionSet)
    }

    func finish(_ frame: Frame) {
        // A sum in one part stands in the result already.
        guard let scratch else { return }
        unsafe ck_sum_columns_f32(
            instructionSet.code, terms.count, shape.m * shape.n, frame.floats(scratch.value),
            frame.floats(result))
    }
}
