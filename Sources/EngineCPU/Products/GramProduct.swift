import COneDNN
import Programs

/// The product of a matrix and its own transpose, of which half is computed and half copied.
///
/// A matrix that lies by rows gives `X Xᵀ` in runs of rows up to the diagonal; one that lies by columns
/// gives `Xᵀ X` in square blocks. Orthogonalisation is made of such products: about a quarter of its work
/// falls away.
enum GramProduct {
    /// The kernels of a product whose operands are one value; nil where a plain product does as well.
    static func kernels(
        of source: Int, to result: Int, _ shape: ProductShape, _ context: inout KernelContext
    ) throws -> [any Kernel]? {
        guard shape.m == shape.n, shape.m >= 64 else { return nil }
        if !shape.transposeLeft, shape.transposeRight {
            return try GramRows.kernels(source, to: result, shape, &context)
        }
        if shape.transposeLeft, !shape.transposeRight {
            return try GramColumns.kernels(source, to: result, shape, &context)
        }
        return nil
    }
}

/// `X Xᵀ` of X (m, k): a run of rows times all rows up to its end is a piece.
struct GramRows: Kernel {
    let source: Int
    let packed: Int
    let result: Int
    let workspace: Scratch

    private let rows: Pieces
    private let k: Int
    /// For each run of rows the product up to the diagonal.
    private let products: [OneDNNPrimitive]
    /// For each run but the first what copies the part left of the diagonal's block to above it.
    private let mirrors: [OneDNNPrimitive]
    /// Floats of a worker.
    private let blockFloats: Int

    /// The kernel that packs, and the product; nil where oneDNN packs a part of the columns otherwise
    /// than all of them.
    static func kernels(
        _ source: Int, to result: Int, _ shape: ProductShape, _ context: inout KernelContext
    ) throws -> [any Kernel]? {
        let rows = Pieces(shape.m, size: min(512, max((shape.m / 8 + 15) / 16 * 16, 32)))
        let made = try (0..<rows.count).map { piece in
            try context.primitives.entry(
                .product, rows: rows.range(piece).count, inputs: shape.k,
                outputs: rows.range(piece).upperBound)
        }
        guard let whole = made.last?.packed, let blocks = PointwiseConvolution.columnBlocks(whole),
            rows.size % blocks.width == 0,
            made.allSatisfy({ PointwiseConvolution.areBlockedAlike($0.packed, whole) })
        else { return nil }
        let packed = context.scratch(floats: (PointwiseConvolution.byteCount(whole) + 3) / 4)
        return [
            try PackColumns(source, shape, to: packed, layout: whole, workers: context.threads),
            try GramRows(
                source, packed.value, to: result, shape, rows, made.map(\.primitive), &context),
        ]
    }

    private init(
        _ source: Int, _ packed: Int, to result: Int, _ shape: ProductShape, _ rows: Pieces,
        _ products: [OneDNNPrimitive], _ context: inout KernelContext
    ) throws {
        self.source = source
        self.packed = packed
        self.result = result
        self.rows = rows
        self.products = products
        k = shape.k
        let workers = context.threads
        mirrors = try (1..<rows.count).map { piece in
            let range = rows.range(piece)
            return try PointwiseConvolution.reorder(
                from: PointwiseConvolution.plain(
                    inputs: range.lowerBound, outputs: range.count, inputStride: 1,
                    outputStride: range.upperBound),
                to: PointwiseConvolution.plain(
                    inputs: range.lowerBound, outputs: range.count, inputStride: shape.m,
                    outputStride: 1), workers: workers)
        }
        blockFloats = (rows.size * shape.m + 15) / 16 * 16
        workspace = context.scratch(floats: workers * blockFloats)
    }

    var operation: String { "dot" }
    var reads: [Int] { [source, packed] }
    var writes: [Int] { [result] }
    var scratch: Scratch? { workspace }
    var runner: KernelRunner { .oneDNN }
    var pieces: Int { rows.count }

    func run(_ frame: Frame, piece: Int, worker: Int) {
        // The longest rows first, so that workers end together.
        let index = rows.count - 1 - piece
        let range = rows.range(index)
        let width = range.upperBound
        let x = unsafe frame.floats(source) + range.lowerBound * k
        let block = unsafe frame.floats(workspace.value) + worker * blockFloats
        let y = unsafe frame.floats(result)
        unsafe products[index].run(worker: worker, x, frame.floats(packed), block)
        for row in 0..<range.count {
            unsafe (y + (range.lowerBound + row) * rows.total).update(
                from: block + row * width, count: width)
        }
        if index > 0 {
            unsafe mirrors[index - 1].run(worker: worker, block, y + range.lowerBound)
        }
    }
}

/// `Xᵀ X` of X (k, m): a block on the diagonal or below it is a piece.
struct GramColumns: Kernel {
    let panels: Int
    let result: Int
    let workspace: Scratch

    private let columns: Pieces
    private let k: Int
    private let blocks: [(row: Int, column: Int)]
    private let products: [OneDNNPrimitive]
    /// For each block what unpacks it to its place, and to the place across the diagonal.
    private let reorders: [(below: OneDNNPrimitive, above: OneDNNPrimitive)]
    private let packedFloats: Int

    /// The kernel that cuts panels of columns, and the product.
    static func kernels(
        _ source: Int, to result: Int, _ shape: ProductShape, _ context: inout KernelContext
    ) throws -> [any Kernel] {
        let columns = Pieces(shape.m, size: 64)
        let panels = context.scratch(floats: shape.m * shape.k)
        return [
            CutPanels(source: source, panels: panels, columns: columns, rows: shape.k),
            try GramColumns(panels.value, to: result, shape, columns, &context),
        ]
    }

    private init(
        _ panels: Int, to result: Int, _ shape: ProductShape, _ columns: Pieces,
        _ context: inout KernelContext
    ) throws {
        self.panels = panels
        self.result = result
        self.columns = columns
        k = shape.k
        let blocks = (0..<columns.count).flatMap { row in (0...row).map { (row, $0) } }
        let cache = context.primitives
        let workers = context.threads
        let made = try blocks.map { row, column in
            try cache.entry(
                .transposedProduct, rows: shape.k, inputs: columns.range(row).count,
                outputs: columns.range(column).count)
        }
        var known: [[Int]: (below: OneDNNPrimitive, above: OneDNNPrimitive)] = [:]
        reorders = try zip(blocks, made).map { block, entry in
            let inputs = columns.range(block.0).count
            let outputs = columns.range(block.1).count
            if let pair = known[[inputs, outputs]] { return pair }
            func unpack(_ inputStride: Int, _ outputStride: Int) throws -> OneDNNPrimitive {
                try PointwiseConvolution.reorder(
                    from: entry.packed,
                    to: PointwiseConvolution.plain(
                        inputs: inputs, outputs: outputs, inputStride: inputStride,
                        outputStride: outputStride), workers: workers)
            }
            let pair = (below: try unpack(shape.m, 1), above: try unpack(1, shape.m))
            known[[inputs, outputs]] = pair
            return pair
        }
        self.blocks = blocks
        products = made.map(\.primitive)
        let bytes = made.map { PointwiseConvolution.byteCount($0.packed) }.max() ?? 0
        packedFloats = (bytes + 63) / 64 * 16
        workspace = context.scratch(floats: workers * packedFloats)
    }

    var operation: String { "dot" }
    var reads: [Int] { [panels] }
    var writes: [Int] { [result] }
    var scratch: Scratch? { workspace }
    var runner: KernelRunner { .oneDNN }
    var pieces: Int { blocks.count }

    func run(_ frame: Frame, piece: Int, worker: Int) {
        let (row, column) = blocks[piece]
        let panels = unsafe frame.floats(panels)
        let packed = unsafe frame.floats(workspace.value) + worker * packedFloats
        let y = unsafe frame.floats(result)
        let (i, j) = (row * columns.size, column * columns.size)
        unsafe products[piece].run(worker: worker, panels + i * k, panels + j * k, packed)
        unsafe reorders[piece].below.run(worker: worker, packed, y + i * columns.total + j)
        if row != column {
            unsafe reorders[piece].above.run(worker: worker, packed, y + j * columns.total + i)
        }
    }
}

/// Copies panels of columns, so that the rows of each lie together.
struct CutPanels: Kernel {
    let source: Int
    let panels: Scratch
    let columns: Pieces
    /// Rows of the matrix.
    let rows: Int

    var operation: String { "pack" }
    var reads: [Int] { [source] }
    var writes: [Int] { [panels.value] }
    var made: [Scratch] { [panels] }
    var runner: KernelRunner { .swift }
    var pieces: Int { columns.count }

    func run(_ frame: Frame, piece: Int, worker: Int) {
        let range = columns.range(piece)
        let from = unsafe frame.floats(source) + range.lowerBound
        let to = unsafe frame.floats(panels.value) + range.lowerBound * rows
        for row in 0..<rows {
            unsafe (to + row * range.count).update(
                from: from + row * columns.total, count: range.count)
        }
    }
}
