import CKernels
import Foundation
import Programs
import Tensors

/// Runs ``Rotary`` a sequence at a time, with its angles computed once, in double.
struct RotaryKernel: Kernel {
    let x: Int
    let result: Int
    let batch: Int
    let time: Int
    let heads: Int
    let dim: Int
    let isInverse: Bool
    let cosine: [Float]
    let sine: [Float]
    let instructionSet: InstructionSet

    static func make(
        _ composite: Rotary, _ instruction: Program.Instruction,
        _ context: inout KernelContext
    ) throws -> [any Kernel] {
        let shape = context.type(instruction.operands[0]).shape
        let half = shape[3] / 2
        let (scaling, base) = (composite.scaling, composite.base)
        let frequencies = scaling.frequencies(base: base, pairs: half)
        let angles = (0..<shape[1]).flatMap { t in frequencies.map { Double(t) * $0 } }
        let amplitude = scaling.amplitude
        return [
            RotaryKernel(
                x: instruction.operands[0], result: instruction.results[0], batch: shape[0],
                time: shape[1], heads: shape[2], dim: shape[3], isInverse: composite.isInverse,
                cosine: angles.map { Float(amplitude * cos($0)) },
                sine: angles.map { Float(amplitude * sin($0)) },
                instructionSet: context.instructionSet)
        ]
    }

    var operation: String { Rotary.name }
    var reads: [Int] { [x] }
    var writes: [Int] { [result] }
    var runner: KernelRunner { .kernels(instructionSet) }
    var pieces: Int { max(batch, 1) }

    func run(_ frame: Frame, piece: Int, worker: Int) {
        if batch == 0 { return }
        let start = piece * time * heads * dim
        unsafe cosine.withUnsafeBufferPointer { cosine in
            unsafe sine.withUnsafeBufferPointer { sine in
                unsafe ck_rotary_f32(
                    instructionSet.code, time, heads, dim, isInverse ? 1 : 0, cosine.baseAddress,
                    sine.baseAddress, frame.floats(x) + start, frame.floats(result) + start)
            }
        }
    }
}
