import CKernels
import Programs
import Tensors

/// The extents of causal attention; a piece is one head of one sequence.
struct HeadLayout: Sendable {
    let batch: Int
    let time: Int
    let heads: Int
    let dim: Int

    init(_ shape: Shape) {
        (batch, time, heads, dim) = (shape[0], shape[1], shape[2], shape[3])
    }

    var pieces: Int { batch * heads }
    /// Elements between rows of one head.
    var stride: Int { heads * dim }
    /// The first element of a head in (batch, time, head, head width).
    func start(_ piece: Int) -> Int { piece / heads * time * stride + piece % heads * dim }
    /// The first element of a head in (batch, head, time).
    func row(_ piece: Int) -> Int { piece * time }
}

/// Runs ``CausalAttention`` a head at a time, a tile of scores in memory.
struct AttentionKernel: Kernel {
    let operands: [Int]
    let results: [Int]
    let scale: Float
    let layout: HeadLayout
    let scratchFloats: Int
    let workspace: Scratch
    let instructionSet: InstructionSet

    static func make(
        _ composite: CausalAttention, _ instruction: Program.Instruction,
        _ context: inout KernelContext
    ) throws -> [any Kernel] {
        let layout = HeadLayout(context.type(instruction.operands[0]).shape)
        let size = ck_attention_scratch(context.instructionSet.code, layout.time, layout.dim)
        let scratchFloats = (size + 15) / 16 * 16
        return [
            AttentionKernel(
                operands: instruction.operands, results: instruction.results,
                scale: Float(composite.scale), layout: layout, scratchFloats: scratchFloats,
                workspace: context.scratch(floats: scratchFloats * context.threads),
                instructionSet: context.instructionSet)
        ]
    }

    var operation: String { CausalAttention.name }
    var reads: [Int] { operands }
    var writes: [Int] { results }
    var scratch: Scratch? { workspace }
    var runner: KernelRunner { .kernels(instructionSet) }
    var pieces: Int { layout.pieces }

    func run(_ frame: Frame, piece: Int, worker: Int) {
        let start = layout.start(piece)
        let row = layout.row(piece)
        unsafe ck_attention_f32(
            instructionSet.code, layout.time, layout.dim, layout.stride, scale,
            frame.floats(operands[0]) + start, frame.floats(operands[1]) + start,
            frame.floats(operands[2]) + start, frame.floats(results[0]) + start,
            frame.floats(results[1]) + row, frame.floats(results[2]) + row,
            frame.floats(workspace.value) + worker * scratchFloats)
    }
}

/// Runs ``CausalAttentionGradient`` a head at a time.
struct AttentionGradientKernel: Kernel {
    let operands: [Int]
    let results: [Int]
    let scale: Float
    let layout: HeadLayout
    let scratchFloats: Int
    let workspace: Scratch
    let instructionSet: InstructionSet

    static func make(
        _ composite: CausalAttentionGradient, _ instruction: Program.Instruction,
        _ context: inout KernelContext
    ) throws -> [any Kernel] {
        let layout = HeadLayout(context.type(instruction.operands[0]).shape)
        let size = ck_attention_gradient_scratch(
            context.instructionSet.code, layout.time, layout.dim)
        let scratchFloats = (size + 15) / 16 * 16
        return [
            AttentionGradientKernel(
                operands: instruction.operands, results: instruction.results,
                scale: Float(composite.scale), layout: layout, scratchFloats: scratchFloats,
                workspace: context.scratch(floats: scratchFloats * context.threads),
                instructionSet: context.instructionSet)
        ]
    }

    var operation: String { CausalAttentionGradient.name }
    var reads: [Int] { operands }
    var writes: [Int] { results }
    var scratch: Scratch? { workspace }
    var runner: KernelRunner { .kernels(instructionSet) }
    var pieces: Int { layout.pieces }

    func run(_ frame: Frame, piece: Int, worker: Int) {
        let start = layout.start(piece)
        unsafe ck_attention_gradient_f32(
            instructionSet.code, layout.time, layout.dim, layout.stride, scale,
            frame.floats(operands[0]) + start, frame.floats(operands[1]) + start,
            frame.floats(operands[2]) + start, frame.floats(operands[3]) + start,
            frame.floats(operands[4]) + layout.row(piece), frame.floats(operands[5]) + start,
            frame.floats(results[0]) + start, frame.floats(results[1]) + start,
            frame.floats(results[2]) + start,
            frame.floats(workspace.value) + worker * scratchFloats)
    }
}
