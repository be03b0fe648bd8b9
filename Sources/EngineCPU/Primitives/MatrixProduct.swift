import CKernels
import Programs
import Tensors

/// A product of matrices, or of equally many pairs of them, through oneDNN.
///
/// Rows of the result are computed in fixed runs. A product that sums over very many terms into few
/// results, as the gradient of a weight does, is cut along the sum: the parts are added in order.
struct MatrixProduct: Kernel {
    let left: Int
    let right: Int
    let result: Int
    let batch: Int
    let m: Int
    let n: Int
    let k: Int
    let transposeLeft: Bool
    let transposeRight: Bool
    let scratch: Scratch?
    let instructionSet: InstructionSet
    private let rows: Pieces
    private let terms: Pieces

    init(
        _ left: Int, _ right: Int, to result: Int, batch: Int, m: Int, n: Int, k: Int,
        transposeLeft: Bool, transposeRight: Bool, _ context: inout KernelContext
    ) {
        self.left = left
        self.right = right
        self.result = result
        self.batch = batch
        self.m = m
        self.n = n
        self.k = k
        self.transposeLeft = transposeLeft
        self.transposeRight = transposeRight
        instructionSet = context.instructionSet
        let isLongSum = batch == 1 && k >= 2048 && m < k
        terms = Pieces(k, size: isLongSum ? max(k / 4, 1024) : max(k, 1))
        // Rows of a transposed left operand are its columns: its own runs are whole.
        rows = Pieces(m, size: terms.count > 1 ? max(m, 1) : 512)
        scratch = terms.count > 1 ? context.scratch(floats: terms.count * m * n) : nil
    }

    var operation: String { "dot" }
    var reads: [Int] { [left, right] }
    var writes: [Int] { [result] }
    var pieces: Int { batch * rows.count * terms.count }

    func run(_ frame: Frame, piece: Int, worker: Int) {
        let term = terms.range(piece % terms.count)
        let rest = piece / terms.count
        let row = rows.range(rest % rows.count)
        let index = rest / rows.count
        let lda = transposeLeft ? m : k
        let ldb = transposeRight ? k : n
        let a =
            unsafe frame.floats(left) + index * m * k
            + (transposeLeft
                ? term.lowerBound * lda + row.lowerBound
                : row.lowerBound * lda + term.lowerBound)
        let b =
            unsafe frame.floats(right) + index * n * k
            + (transposeRight ? term.lowerBound : term.lowerBound * ldb)
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
            row.count, n, term.count, transposeA: transposeLeft, transposeB: transposeRight, a,
            lda, b, ldb, c, n, on: instructionSet)
    }

    func finish(_ frame: Frame) {
        guard let scratch else { return }
        unsafe ck_sum_columns_f32(
            instructionSet.code, terms.count, m * n, frame.floats(scratch.value),
            frame.floats(result))
    }
}

extension Program {
    /// This program with the axes of each product in the order that ``MatrixProduct`` takes: batch,
    /// then rows or columns together, then terms, or terms before them.
    func withCanonicalProducts() throws(ProgramError) -> Program {
        try rewritten { builder, instruction, operands in
            guard case .primitive(.dot(let axes)) = instruction.operation else {
                return builder.apply(instruction.operation, operands)
            }
            let (left, right) = (operands[0], operands[1])
            let batch = Array(0..<axes.leftBatch.count)
            let leftFree = axes.leftFree(left.shape.rank)
            let rightFree = axes.rightFree(right.shape.rank)
            let l = canonical(left, axes.leftBatch, leftFree, axes.leftContracted)
            let r = canonical(right, axes.rightBatch, rightFree, axes.rightContracted)
            return [
                l.value.dot(
                    r.value,
                    DotAxes(batch: (batch, batch), contracted: (l.contracted, r.contracted)))
            ]
        }
    }

    /// The operand with its axes in an order that needs no further transposition.
    private func canonical(
        _ value: Value, _ batch: [Int], _ free: [Int], _ contracted: [Int]
    ) -> (value: Value, contracted: [Int]) {
        let identity = Array(0..<value.shape.rank)
        if batch + contracted + free == identity {
            return (value, contracted)
        }
        let order = batch + free + contracted
        return (
            value.transposed(order), Array((batch.count + free.count)..<value.shape.rank)
        )
    }
}
