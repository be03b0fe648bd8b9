import CKernels
import Foundation
import Tensors

/// Rows of a table by their index.
struct TakeRows: Kernel {
    let table: Int
    let indices: Int
    let result: Int
    let width: Int
    let rowsOfTable: Int
    let cut: Pieces

    var operation: String { "take" }
    var reads: [Int] { [table, indices] }
    var writes: [Int] { [result] }
    var runner: KernelRunner { .swift }
    var pieces: Int { cut.count }

    func run(_ frame: Frame, piece: Int, worker: Int) {
        for position in cut.range(piece) {
            let row = Int(unsafe frame.integers(indices)[position])
            precondition(
                0 <= row && row < rowsOfTable, "take: row \(row) of a table of \(rowsOfTable)")
            unsafe memcpy(
                frame.floats(result) + position * width, frame.floats(table) + row * width,
                4 * width)
        }
    }
}

/// Sums of rows by their index, in the order of the rows.
struct ScatterAddRows: Kernel {
    let indices: Int
    let updates: Int
    let result: Int
    let width: Int
    let rowsOfResult: Int
    let count: Int
    let instructionSet: InstructionSet

    var operation: String { "scatter_add" }
    var reads: [Int] { [indices, updates] }
    var writes: [Int] { [result] }
    var runner: KernelRunner { .kernels(instructionSet) }
    var pieces: Int { 1 }

    func run(_ frame: Frame, piece: Int, worker: Int) {
        unsafe memset(frame.floats(result), 0, 4 * width * rowsOfResult)
        for position in 0..<count {
            let row = Int(unsafe frame.integers(indices)[position])
            precondition(
                0 <= row && row < rowsOfResult, "scatter_add: row \(row) of \(rowsOfResult)")
            unsafe ck_accumulate_f32(
                instructionSet.code, width, frame.floats(updates) + position * width,
                frame.floats(result) + row * width)
        }
    }
}
