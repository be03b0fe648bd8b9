import CKernels

/// Rounds floats to bfloat16 where they stand.
///
/// A bfloat16 is a float in this engine's memory whose low half is zero: products of such numbers are
/// exact in single precision, and their sums are kept in it.
struct Rounding: Kernel {
    let value: Int
    let cut: Pieces
    let instructionSet: InstructionSet

    var operation: String { "round_bf16" }
    var reads: [Int] { [value] }
    var writes: [Int] { [value] }
    var runner: KernelRunner { .kernels(instructionSet) }
    var pieces: Int { cut.count }

    func run(_ frame: Frame, piece: Int, worker: Int) {
        let range = cut.range(piece)
        let x = unsafe frame.floats(value) + range.lowerBound
        unsafe ck_round_bf16_f32(instructionSet.code, range.count, x, x)
    }
}
