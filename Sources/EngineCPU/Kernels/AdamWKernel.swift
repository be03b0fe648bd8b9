import CKernels
import Programs
import Tensors

/// Runs ``AdamWUpdate`` in one pass over parameter, gradient and state.
struct AdamWKernel: Kernel {
    let operands: AdamWUpdate.Operands<Int>
    let results: AdamWUpdate.Results<Int>
    let rule: AdamWUpdate
    let cut: Pieces
    let workspace: Scratch
    let instructionSet: InstructionSet

    static func make(
        _ rule: AdamWUpdate, _ instruction: Program.Instruction,
        _ context: inout KernelContext
    ) throws -> [any Kernel] {
        let operands = AdamWUpdate.Operands(instruction.operands)
        let cut = Pieces(context.count(operands.parameter), size: 32_768)
        return [
            AdamWKernel(
                operands: operands, results: AdamWUpdate.Results(instruction.results), rule: rule,
                cut: cut, workspace: context.scratch(floats: cut.count),
                instructionSet: context.instructionSet)
        ]
    }

    var operation: String { AdamWUpdate.name }
    var reads: [Int] { operands.list }
    var writes: [Int] { results.list }
    var scratch: Scratch? { workspace }
    var runner: KernelRunner { .kernels(instructionSet) }
    var pieces: Int { cut.count }

    // Each tensor of state is replaced element by element, by its own successor alone.
    func allowsOverwriting(_ operand: Int, with result: Int) -> Bool {
        let successors = [
            (operands.parameter, results.parameter), (operands.mean, results.mean),
            (operands.square, results.square),
        ]
        return reads.filter { $0 == operand }.count == 1
            && successors.contains { $0 == (operand, result) }
    }

    func run(_ frame: Frame, piece: Int, worker: Int) {
        let range = cut.range(piece)
        let start = range.lowerBound
        func scalar(_ value: Int) -> Float { unsafe frame.floats(value).pointee }
        var settings = ck_adamw(
            learning_rate: scalar(operands.learningRate), decay: scalar(operands.decay),
            correction1: scalar(operands.meanCorrection),
            correction2: scalar(operands.squareCorrection),
            gradient_scale: scalar(operands.gradientScale), beta1: Float(rule.beta1),
            beta2: Float(rule.beta2), epsilon: Float(rule.epsilon), rest1: Float(1 - rule.beta1),
            rest2: Float(1 - rule.beta2))
        let sum = unsafe ck_adamw_f32(
            instructionSet.code, range.count, &settings,
            frame.floats(operands.parameter) + start, frame.floats(operands.gradient) + start,
            frame.floats(operands.mean) + start, frame.floats(operands.square) + start,
            frame.floats(results.parameter) + start, frame.floats(results.mean) + start,
            frame.floats(results.square) + start)
        unsafe frame.floats(workspace.value)[piece] = sum
    }

    func finish(_ frame: Frame) {
        unsafe frame.floats(results.squaredUpdate).pointee = ck_sum_f32(
            instructionSet.code, cut.count, frame.floats(workspace.value))
    }
}
