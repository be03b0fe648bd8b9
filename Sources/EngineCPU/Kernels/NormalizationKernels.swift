import CKernels
import Programs
import Tensors

/// Runs ``Normalization`` on runs of rows.
struct NormalizationKernel: Kernel {
    let x: Int
    let gain: Int
    let result: Int
    let width: Int
    let epsilon: Float
    let isCentered: Bool
    let rows: Pieces
    let instructionSet: InstructionSet

    static func make(
        _ composite: Normalization, _ instruction: Program.Instruction,
        _ context: inout KernelContext
    ) throws -> [any Kernel] {
        let shape = context.type(instruction.operands[0]).shape
        let width = shape[shape.rank - 1]
        return [
            NormalizationKernel(
                x: instruction.operands[0], gain: instruction.operands[1],
                result: instruction.results[0], width: width, epsilon: Float(composite.epsilon),
                isCentered: composite.isCentered,
                rows: Pieces(shape.count / width, size: max(16_384 / width, 1)),
                instructionSet: context.instructionSet)
        ]
    }

    var operation: String { Normalization.name }
    var reads: [Int] { [x, gain] }
    var writes: [Int] { [result] }
    var runner: KernelRunner { .kernels(instructionSet) }
    var pieces: Int { rows.count }

    func run(_ frame: Frame, piece: Int, worker: Int) {
        let rows = rows.range(piece)
        let start = rows.lowerBound * width
        unsafe ck_norm_f32(
            instructionSet.code, rows.count, width, epsilon, isCentered ? 1 : 0,
            frame.floats(x) + start, frame.floats(gain), frame.floats(result) + start)
    }
}

/// Runs ``NormalizationGradient``: each piece sums its rows' part of the gain's gradient.
struct NormalizationGradientKernel: Kernel {
    let operands: [Int]
    let results: [Int]
    let width: Int
    let epsilon: Float
    let isCentered: Bool
    let rows: Pieces
    let workspace: Scratch
    let instructionSet: InstructionSet

    static func make(
        _ composite: NormalizationGradient, _ instruction: Program.Instruction,
        _ context: inout KernelContext
    ) throws -> [any Kernel] {
        let shape = context.type(instruction.operands[0]).shape
        let width = shape[shape.rank - 1]
        let rows = Pieces(shape.count / width, size: max(16_384 / width, 1))
        return [
            NormalizationGradientKernel(
                operands: instruction.operands, results: instruction.results, width: width,
                epsilon: Float(composite.epsilon), isCentered: composite.isCentered, rows: rows,
                workspace: context.scratch(floats: rows.count * width),
                instructionSet: context.instructionSet)
        ]
    }

    var operation: String { NormalizationGradient.name }
    var reads: [Int] { operands }
    var writes: [Int] { results }
    var scratch: Scratch? { workspace }
    var runner: KernelRunner { .kernels(instructionSet) }
    var pieces: Int { rows.count }

    func run(_ frame: Frame, piece: Int, worker: Int) {
        let rows = rows.range(piece)
        let start = rows.lowerBound * width
        unsafe ck_norm_gradient_f32(
            instructionSet.code, rows.count, width, epsilon, isCentered ? 1 : 0,
            frame.floats(operands[0]) + start, frame.floats(operands[1]),
            frame.floats(operands[2]) + start, frame.floats(results[0]) + start,
            frame.floats(workspace.value) + piece * width)
    }

    func finish(_ frame: Frame) {
        unsafe ck_sum_columns_f32(
            instructionSet.code, rows.count, width, frame.floats(workspace.value),
            frame.floats(results[1]))
    }
}
