import Programs
import Tensors

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
                    DotAxes(
                        batch: (batch, batch), contracted: (l.contracted, r.contracted),
                        result: axes.result))
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
