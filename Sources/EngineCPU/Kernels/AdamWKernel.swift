import CKernels
import Programs
import Tensors

/// Runs ``AdamWUpdate`` in one pass over parameter, gradient and state.
struct AdamWKernel: Kernel {
    let operands: [Int]
    let results: [Int]
    let rule: AdamWUpdate
    let cut: Pieces
    let scratch: Scratch?
    let instructionSet: InstructionSet

    static func make(
        _ composite: any Composite, _ instruction: Program.Instruction,
        _ context: inout KernelContext
    ) throws -> [any Kernel] {
        guard let rule = composite as? AdamWUpdate else { return [] }
        let cut = Pieces(context.count(instruction.operands[0]), size: 32_768)
        return [
            AdamWKernel(
                operands: instruction.operands, results: instruction.results, rule: rule, cut: cut,
                scratch: context.scratch(floats: cut.count),
                instructionSet: context.instructionSet)
        ]
    }

    var operation: String { AdamWUpdate.name }
    var reads: [Int] { operands }
    var writes: [Int] { results }
    var pieces: Int { cut.count }

    // Each tensor of state is replaced element by element, by its own successor alone.
    func allowsOverwriting(_ operand: Int, with result: Int) -> Bool {
        let pairs = [(0, 0), (2, 1), (3, 2)]
        return operands.filter { $0 == operand }.count == 1
            && pairs.contains { operands[$0.0] == operand && results[$0.1] == result }
    }

    func run(_ frame: Frame, piece: Int, worker: Int) {
        guard let scratch else { return }
        let range = cut.range(piece)
        let start = range.lowerBound
        func scalar(_ operand: Int) -> Float { unsafe frame.floats(operands[operand]).pointee }
        var settings = ck_adamw(
            learning_rate: scalar(4), decay: scalar(5), correction1: scalar(6),
            correction2: scalar(7), gradient_scale: scalar(8), beta1: Float(rule.beta1),
            beta2: Float(rule.beta2), epsilon: Float(rule.epsilon))
        let sum = unsafe ck_adamw_f32(
            instructionSet.code, range.count, &settings, frame.floats(operands[0]) + start,
            frame.floats(operands[1]) + start, frame.floats(operands[2]) + start,
            frame.floats(operands[3]) + start, frame.floats(results[0]) + start,
            frame.floats(results[1]) + start, frame.floats(results[2]) + start)
        unsafe frame.floats(scratch.value)[piece] = sum
    }

    func finish(_ frame: Frame) {
        guard let scratch else { return }
        unsafe frame.floats(results[3]).pointee = ck_sum_f32(
            instructionSet.code, cut.count, frame.floats(scratch.value))
    }
}
