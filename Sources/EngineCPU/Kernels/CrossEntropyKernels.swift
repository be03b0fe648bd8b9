import CKernels
import Programs
import Tensors

/// Runs ``CrossEntropy`` on runs of rows.
struct CrossEntropyKernel: Kernel {
    let operands: [Int]
    let results: [Int]
    let classes: Int
    let rows: Pieces
    let instructionSet: InstructionSet

    static func make(
        _ composite: CrossEntropy, _ instruction: Program.Instruction,
        _ context: inout KernelContext
    ) throws -> [any Kernel] {
        let shape = context.type(instruction.operands[0]).shape
        let classes = shape[shape.rank - 1]
        return [
            CrossEntropyKernel(
                operands: instruction.operands, results: instruction.results, classes: classes,
                rows: Pieces(shape.count / classes, size: max(32_768 / classes, 1)),
                instructionSet: context.instructionSet)
        ]
    }

    var operation: String { CrossEntropy.name }
    var reads: [Int] { operands }
    var writes: [Int] { results }
    var runner: KernelRunner { .kernels(instructionSet) }
    var pieces: Int { rows.count }

    func run(_ frame: Frame, piece: Int, worker: Int) {
        let rows = rows.range(piece)
        let row = rows.lowerBound
        unsafe ck_cross_entropy_f32(
            instructionSet.code, rows.count, classes, frame.floats(operands[0]) + row * classes,
            frame.integers(operands[1]) + row, frame.floats(results[0]) + row,
            frame.floats(results[1]) + row)
    }
}

/// Runs ``CrossEntropyGradient`` on runs of rows.
struct CrossEntropyGradientKernel: Kernel {
    let operands: [Int]
    let result: Int
    let classes: Int
    let rows: Pieces
    let instructionSet: InstructionSet

    static func make(
        _ composite: CrossEntropyGradient, _ instruction: Program.Instruction,
        _ context: inout KernelContext
    ) throws -> [any Kernel] {
        let shape = context.type(instruction.operands[0]).shape
        let classes = shape[shape.rank - 1]
        return [
            CrossEntropyGradientKernel(
                operands: instruction.operands, result: instruction.results[0], classes: classes,
                rows: Pieces(shape.count / classes, size: max(32_768 / classes, 1)),
                instructionSet: context.instructionSet)
        ]
    }

    var operation: String { CrossEntropyGradient.name }
    var reads: [Int] { operands }
    var writes: [Int] { [result] }
    var runner: KernelRunner { .kernels(instructionSet) }
    var pieces: Int { rows.count }

    func run(_ frame: Frame, piece: Int, worker: Int) {
        let rows = rows.range(piece)
        let row = rows.lowerBound
        unsafe ck_cross_entropy_gradient_f32(
            instructionSet.code, rows.count, classes, frame.floats(operands[0]) + row * classes,
            frame.integers(operands[1]) + row, frame.floats(operands[2]) + row,
            frame.floats(operands[3]) + row, frame.floats(operands[4]) + row,
            frame.floats(result) + row * classes)
    }
}
