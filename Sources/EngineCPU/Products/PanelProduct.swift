import CKernels
import COneDNN
import Programs

/// A product of a transposed left operand, as the gradient of a weight is: both operands are read
/// by rows, the terms of the sum.
///
/// The wider operand is cut into panels of columns that are copied together, because rows that are
/// a power of two apart evict each other from the fastest cache. Long sums are cut into parts,
/// which are added in order.
struct PanelProduct: Kernel {
    let left: Int
    let right: Int
    let result: Int
    let workspace: Scratch

    private let shape: ProductShape
    private let instructionSet: InstructionSet
    /// Whether panels are cut from the right operand.
    private let cutsRight: Bool
    private let panels: Pieces
    private let terms: Pieces
    /// By whether the part of the sum is the last, then whether the panel is.
    private let products: [[OneDNNPrimitive]]
    /// By whether the panel is the last.
    private let reorders: [OneDNNPrimitive]
    /// Floats of the parts of sums, before those of the workers.
    private let sumFloats: Int
    /// Floats of each worker, for a panel of an operand and of the result.
    private let panelFloats: Int
    private let packedFloats: Int

    init(
        _ left: Int, _ right: Int, to result: Int, _ shape: ProductShape,
        _ context: inout KernelContext
    ) throws {
        self.left = left
        self.right = right
        self.result = result
        self.shape = shape
        instructionSet = context.instructionSet
        let cutsRight = shape.n >= shape.m
        let (wide, narrow) = cutsRight ? (shape.n, shape.m) : (shape.m, shape.n)
        let panels = Pieces(wide, size: 64)
        // Enough pieces for several threads, by panels where there are many, else by terms.
        let parts = shape.k < 2048 || panels.count >= 8 ? 1 : panels.count >= 4 ? 2 : 4
        let terms = Pieces(shape.k, size: (shape.k + parts - 1) / parts)
        let lastTerms = terms.range(terms.count - 1).count
        let lastPanel = panels.range(panels.count - 1).count
        let cache = context.primitives
        func product(_ rows: Int, _ panel: Int) throws -> PrimitiveCache.Entry {
            try cache.entry(.transposedProduct, rows: rows, inputs: narrow, outputs: panel)
        }
        let made = try [terms.range(0).count, lastTerms].map { rows in
            try [panels.range(0).count, lastPanel].map { try product(rows, $0) }
        }
        products = made.map { $0.map(\.primitive) }
        let layouts = made[0].map(\.packed)
        let workers = context.threads
        reorders = try zip([panels.range(0).count, lastPanel], layouts).map { panel, layout in
            try PointwiseConvolution.reorder(
                from: layout,
                to: PointwiseConvolution.plain(
                    inputs: narrow, outputs: panel, inputStride: cutsRight ? shape.n : 1,
                    outputStride: cutsRight ? 1 : shape.n), workers: workers)
        }
        self.cutsRight = cutsRight
        self.panels = panels
        self.terms = terms
        panelFloats = panels.count > 1 ? terms.size * panels.size : 0
        packedFloats =
            ((layouts.map(PointwiseConvolution.byteCount).max() ?? 0) + 63) / 64 * 16
        let sums = terms.count > 1 ? terms.count * shape.m * shape.n : 0
        sumFloats = (sums + 15) / 16 * 16
        workspace = context.scratch(floats: sumFloats + workers * (panelFloats + packedFloats))
    }

    var operation: String { "dot" }
    var reads: [Int] { [left, right] }
    var writes: [Int] { [result] }
    var scratch: Scratch? { workspace }
    var runner: KernelRunner { .oneDNN }
    var pieces: Int { panels.count * terms.count }

    func run(_ frame: Frame, piece: Int, worker: Int) {
        let term = piece / panels.count
        let panel = piece % panels.count
        let rows = terms.range(term)
        let columns = panels.range(panel)
        let isLastPanel = panel == panels.count - 1 ? 1 : 0
        let narrow = cutsRight ? left : right
        let wide = cutsRight ? right : left
        let width = cutsRight ? shape.n : shape.m

        let x =
            unsafe frame.floats(narrow) + rows.lowerBound * (cutsRight ? shape.m : shape.n)
        var y = unsafe frame.floats(wide) + rows.lowerBound * width + columns.lowerBound
        let mine =
            unsafe frame.floats(workspace.value) + sumFloats + worker * (panelFloats + packedFloats)
        if panels.count > 1 {
            for row in 0..<rows.count {
                unsafe (mine + row * columns.count).update(
                    from: y + row * width, count: columns.count)
            }
            unsafe y = unsafe mine
        }
        let packed = unsafe mine + panelFloats
        unsafe products[term == terms.count - 1 ? 1 : 0][isLastPanel].run(
            worker: worker, x, y, packed)
        let whole =
            terms.count > 1
            ? unsafe frame.floats(workspace.value) + term * shape.m * shape.n
            : unsafe frame.floats(result)
        unsafe reorders[isLastPanel].run(
            worker: worker, packed,
            whole + columns.lowerBound * (cutsRight ? 1 : shape.n))
    }

    func finish(_ frame: Frame) {
        if terms.count == 1 { return }
        unsafe ck_sum_columns_f32(
            instructionSet.code, terms.count, shape.m * shape.n, frame.floats(workspace.value),
            frame.floats(result))
    }
}
