import CKernels
import Programs
import Tensors

/// Runs ``GELU``, or with a cotangent ``GELUGradient``.
struct GELUKernel: Kernel {
    let operation: String
    let operands: [Int]
    let result: Int
    let cut: Pieces
    let instructionSet: InstructionSet

    static func make<Function: Composite>(
        _ composite: Function, _ instruction: Program.Instruction,
        _ context: inout KernelContext
    ) throws -> [any Kernel] {
        [
            GELUKernel(
                operation: Function.name, operands: instruction.operands,
                result: instruction.results[0],
                cut: Pieces(context.count(instruction.operands[0]), size: 16_384),
                instructionSet: context.instructionSet)
        ]
    }

    var reads: [Int] { operands }
    var writes: [Int] { [result] }
    var runner: KernelRunner { .kernels(instructionSet) }
    var pieces: Int { cut.count }

    func run(_ frame: Frame, piece: Int, worker: Int) {
        let range = cut.range(piece)
        let start = range.lowerBound
        if operands.count == 1 {
            unsafe ck_gelu_f32(
                instructionSet.code, range.count, frame.floats(operands[0]) + start,
                frame.floats(result) + start)
        } else {
            unsafe ck_gelu_gradient_f32(
                instructionSet.code, range.count, frame.floats(operands[0]) + start,
                frame.floats(operands[1]) + start, frame.floats(result) + start)
        }
    }
}
