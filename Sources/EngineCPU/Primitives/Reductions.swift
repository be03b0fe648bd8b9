import CKernels
import Programs
import Tensors

/// One number from all elements of a value, in a fixed order of additions.
struct Reduction1D: Kernel {
    enum Kind: String { case sum, maximum, sumOfSquares = "sum_of_squares" }

    let kind: Kind
    let source: Int
    let result: Int
    let workspace: Scratch
    let cut: Pieces
    let instructionSet: InstructionSet

    init(_ kind: Kind, _ source: Int, _ count: Int, to result: Int, _ context: inout KernelContext)
    {
        self.kind = kind
        self.source = source
        self.result = result
        cut = Pieces(count, size: 65_536)
        instructionSet = context.instructionSet
        workspace = context.scratch(floats: cut.count)
    }

    var operation: String { kind.rawValue }
    var reads: [Int] { [source] }
    var writes: [Int] { [result] }
    var scratch: Scratch? { workspace }
    var runner: KernelRunner { .kernels(instructionSet) }
    var pieces: Int { cut.count }

    func run(_ frame: Frame, piece: Int, worker: Int) {
        let range = cut.range(piece)
        let isa = instructionSet.code
        let start = unsafe frame.floats(source) + range.lowerBound
        let part =
            switch kind {
            case .sum: unsafe ck_sum_f32(isa, range.count, start)
            case .maximum: unsafe ck_maximum_f32(isa, range.count, start)
            case .sumOfSquares: unsafe ck_sum_squares_f32(isa, range.count, start)
            }
        unsafe frame.floats(workspace.value)[piece] = part
    }

    func finish(_ frame: Frame) {
        let isa = instructionSet.code
        unsafe frame.floats(result).pointee =
            kind == .maximum
            ? ck_maximum_f32(isa, cut.count, frame.floats(workspace.value))
            : ck_sum_f32(isa, cut.count, frame.floats(workspace.value))
    }
}

/// One number from each row of a matrix.
struct RowReduction: Kernel {
    let reduction: Reduction
    let source: Int
    let result: Int
    let width: Int
    let cut: Pieces
    let instructionSet: InstructionSet

    var operation: String { reduction.rawValue }
    var reads: [Int] { [source] }
    var writes: [Int] { [result] }
    var runner: KernelRunner { .kernels(instructionSet) }
    var pieces: Int { cut.count }

    func run(_ frame: Frame, piece: Int, worker: Int) {
        for row in cut.range(piece) {
            let start = unsafe frame.floats(source) + row * width
            unsafe frame.floats(result)[row] =
                reduction == .sum
                ? ck_sum_f32(instructionSet.code, width, start)
                : ck_maximum_f32(instructionSet.code, width, start)
        }
    }
}

/// The sum of the rows of a matrix.
struct ColumnSum: Kernel {
    let source: Int
    let result: Int
    let width: Int
    let workspace: Scratch
    let cut: Pieces
    let instructionSet: InstructionSet

    init(_ source: Int, rows: Int, width: Int, to result: Int, _ context: inout KernelContext) {
        self.source = source
        self.result = result
        self.width = width
        cut = Pieces(rows, size: max(65_536 / max(width, 1), 1))
        instructionSet = context.instructionSet
        workspace = context.scratch(floats: cut.count * width)
    }

    var operation: String { "sum" }
    var reads: [Int] { [source] }
    var writes: [Int] { [result] }
    var scratch: Scratch? { workspace }
    var runner: KernelRunner { .kernels(instructionSet) }
    var pieces: Int { cut.count }

    func run(_ frame: Frame, piece: Int, worker: Int) {
        let rows = cut.range(piece)
        unsafe ck_sum_columns_f32(
            instructionSet.code, rows.count, width,
            frame.floats(source) + rows.lowerBound * width,
            frame.floats(workspace.value) + piece * width)
    }

    func finish(_ frame: Frame) {
        unsafe ck_sum_columns_f32(
            instructionSet.code, cut.count, width, frame.floats(workspace.value),
            frame.floats(result))
    }
}

/// A reduction over any axes, or of integers, element by element: for what models hardly need.
struct PlainReduction: Kernel {
    let reduction: Reduction
    let source: Int
    let result: Int
    let isInteger: Bool
    let resultCount: Int
    /// For each axis of the source its extent and the stride of the result, zero where it goes.
    let extents: [Int]
    let resultStrides: [Int]

    var operation: String { reduction.rawValue }
    var reads: [Int] { [source] }
    var writes: [Int] { [result] }
    var runner: KernelRunner { .swift }
    var pieces: Int { 1 }

    func run(_ frame: Frame, piece: Int, worker: Int) {
        for index in 0..<resultCount {
            if isInteger {
                unsafe frame.integers(result)[index] = reduction == .sum ? 0 : .min
            } else {
                unsafe frame.floats(result)[index] = reduction == .sum ? 0 : -.infinity
            }
        }
        let count = extents.reduce(1, *)
        for offset in 0..<count {
            var rest = offset
            var target = 0
            for axis in stride(from: extents.count - 1, through: 0, by: -1) {
                target += rest % extents[axis] * resultStrides[axis]
                rest /= extents[axis]
            }
            if isInteger {
                let x = unsafe frame.integers(source)[offset]
                let old = unsafe frame.integers(result)[target]
                unsafe frame.integers(result)[target] = reduction == .sum ? old &+ x : max(old, x)
            } else {
                let x = unsafe frame.floats(source)[offset]
                let old = unsafe frame.floats(result)[target]
                let larger = old.isNaN || x.isNaN ? .nan : max(old, x)
                unsafe frame.floats(result)[target] = reduction == .sum ? old + x : larger
            }
        }
    }
}
