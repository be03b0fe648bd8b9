import COneDNN
import Programs

/// Moves the right operand of a product to the layout that oneDNN computes on.
struct PackColumns: Kernel {
    let source: Int
    let packed: Scratch
    private let cut: Pieces
    private let whole: OneDNNPrimitive
    private let last: OneDNNPrimitive
    /// From one piece to the next.
    private let sourceStride: Int
    private let packedStride: Int

    init(
        _ source: Int, _ shape: ProductShape, to packed: Scratch,
        layout: PointwiseConvolution.Layout, workers: Int
    ) throws {
        self.source = source
        self.packed = packed
        let columnStride = shape.transposeRight ? shape.k : 1
        let blocks = PointwiseConvolution.columnBlocks(layout)
        let width = blocks?.width ?? shape.n
        cut = Pieces(
            shape.n,
            size: blocks == nil ? shape.n : (max(shape.n / 8, 64) + width - 1) / width * width)
        func reorder(_ columns: Int, last: Bool) throws -> OneDNNPrimitive {
            try PointwiseConvolution.reorder(
                from: PointwiseConvolution.plain(
                    inputs: shape.k, outputs: columns,
                    inputStride: shape.transposeRight ? 1 : shape.n, outputStride: columnStride),
                to: PointwiseConvolution.columns(columns, of: layout, last: last),
                workers: workers)
        }
        last = try reorder(cut.range(cut.count - 1).count, last: true)
        whole = cut.count > 1 ? try reorder(cut.size, last: false) : last
        sourceStride = cut.size * columnStride
        packedStride = cut.size / width * (blocks?.byteStride ?? 0)
    }

    var operation: String { "pack" }
    var reads: [Int] { [source] }
    var writes: [Int] { [packed.value] }
    var made: [Scratch] { [packed] }
    var runner: KernelRunner { .oneDNN }
    var pieces: Int { cut.count }

    func run(_ frame: Frame, piece: Int, worker: Int) {
        let from = unsafe frame.floats(source) + piece * sourceStride
        let to = unsafe UnsafeMutableRawPointer(frame.floats(packed.value)) + piece * packedStride
        unsafe (piece == cut.count - 1 ? last : whole).run(worker: worker, from, to)
    }
}

/// A product whose right operand is packed: a fixed run of rows of the result is a piece.
struct PackedProduct: Kernel {
    let left: Int
    let packed: Int
    let result: Int
    private let rows: Pieces
    private let n: Int
    private let k: Int
    private let whole: OneDNNPrimitive
    private let last: OneDNNPrimitive

    /// The kernel that packs, and the product.
    static func kernels(
        _ left: Int, _ right: Int, to result: Int, _ shape: ProductShape,
        _ context: inout KernelContext
    ) throws -> [any Kernel] {
        let rows = Pieces(shape.m, size: min(512, max((shape.m / 4 + 15) / 16 * 16, 32)))
        let whole = try context.primitives.entry(
            .product, rows: rows.range(0).count, inputs: shape.k, outputs: shape.n)
        let packed = context.scratch(
            floats: (PointwiseConvolution.byteCount(whole.packed) + 3) / 4)
        return [
            try PackColumns(
                right, shape, to: packed, layout: whole.packed, workers: context.threads),
            try PackedProduct(left, packed.value, to: result, shape, rows, whole, &context),
        ]
    }

    private init(
        _ left: Int, _ packed: Int, to result: Int, _ shape: ProductShape, _ rows: Pieces,
        _ whole: PrimitiveCache.Entry, _ context: inout KernelContext
    ) throws {
        self.left = left
        self.packed = packed
        self.result = result
        self.rows = rows
        n = shape.n
        k = shape.k
        self.whole = whole.primitive
        let last = try context.primitives.entry(
            .product, rows: rows.range(rows.count - 1).count, inputs: shape.k, outputs: shape.n)
        precondition(
            PointwiseConvolution.byteCount(last.packed)
                == PointwiseConvolution.byteCount(whole.packed))
        self.last = last.primitive
    }

    var operation: String { "dot" }
    var reads: [Int] { [left, packed] }
    var writes: [Int] { [result] }
    var runner: KernelRunner { .oneDNN }
    var pieces: Int { rows.count }

    func run(_ frame: Frame, piece: Int, worker: Int) {
        let row = rows.range(piece)
        let x = unsafe frame.floats(left) + row.lowerBound * k
        let y = unsafe frame.floats(result) + row.lowerBound * n
        unsafe (piece == rows.count - 1 ? last : whole).run(
            worker: worker, x, frame.floats(packed), y)
    }
}
