import COneDNN
import Engines

/// Matrix products as convolutions with a kernel of one place: rows are places, columns channels.
///
/// oneDNN's AVX2 code for these is half as fast again as its `sgemm`, which packs nothing where a
/// matrix is narrow: 93 to 97 of about 100 GFLOP/s against 42 to 70 on a Zen 3 core.
enum PointwiseConvolution {
    /// Numbers of four dimensions: batch or outputs, channels, height, width.
    typealias Layout = dnnl_memory_desc_t

    /// What is computed of x (rows, inputs), w (inputs, outputs) and y (rows, outputs).
    enum Form: Hashable {
        /// y = x w; the primitive takes x, w, y.
        case product
        /// w = transpose(x) y; the primitive takes x, y, w.
        case transposedProduct
    }

    /// The primitive, and the layout in which it reads or writes w.
    static func make(
        _ form: Form, rows: Int, inputs: Int, outputs: Int, workers: Int
    ) throws -> (primitive: OneDNNPrimitive, packed: Layout) {
        var x = try rowMajor(rows, inputs)
        var y = try rowMajor(rows, outputs)
        var w = try kernel(inputs: inputs, outputs: outputs)
        let forward = try unsafe forward(&x, &w, &y)
        if form == .product {
            let packed = try unsafe layout(of: dnnl_query_weights_md, in: forward)
            let primitive = try unsafe OneDNNPrimitive(
                taking: forward,
                operands: [(DNNL_ARG_SRC, x), (DNNL_ARG_WEIGHTS, packed), (DNNL_ARG_DST, y)],
                workers: workers)
            return (primitive, packed)
        }
        // The gradient of w, for which oneDNN wants to see the product whose gradient it is.
        defer { unsafe dnnl_primitive_desc_destroy(forward) }
        var operation = dnnl_convolution_desc_t()
        try OneDNN.check(
            unsafe dnnl_convolution_backward_weights_desc_init(
                &operation, dnnl_convolution_direct, &x, &w, nil, &y, [1, 1], [0, 0], [0, 0]),
            "describe a product")
        let gradient = try unsafe describe(&operation, hint: forward)
        let packed = try unsafe layout(of: dnnl_query_diff_weights_md, in: gradient)
        let primitive = try unsafe OneDNNPrimitive(
            taking: gradient,
            operands: [(DNNL_ARG_SRC, x), (DNNL_ARG_DIFF_DST, y), (DNNL_ARG_DIFF_WEIGHTS, packed)],
            workers: workers)
        return (primitive, packed)
    }

    /// Moves w between layouts; the primitive takes from, to.
    static func reorder(from: Layout, to: Layout, workers: Int) throws -> OneDNNPrimitive {
        var (from, to) = (from, to)
        let engine = try unsafe OneDNN.processor()
        let attributes = try unsafe OneDNN.attributes()
        defer { unsafe dnnl_primitive_attr_destroy(attributes) }
        var description: dnnl_primitive_desc_t?
        try OneDNN.check(
            unsafe dnnl_reorder_primitive_desc_create(
                &description, &from, engine, &to, engine, attributes), "describe a reorder")
        guard let description = unsafe description else { throw OneDNN.failure("reorder") }
        return try unsafe OneDNNPrimitive(
            taking: description, operands: [(DNNL_ARG_FROM, from), (DNNL_ARG_TO, to)],
            workers: workers)
    }

    /// The layout of w (inputs, outputs) with these strides in elements.
    static func plain(
        inputs: Int, outputs: Int, inputStride: Int, outputStride: Int
    ) throws -> Layout {
        var layout = Layout()
        try OneDNN.check(
            unsafe dnnl_memory_desc_init_by_strides(
                &layout, 4, [Int64(outputs), Int64(inputs), 1, 1], dnnl_f32,
                [Int64(outputStride), Int64(inputStride), 1, 1]), "describe a matrix")
        return layout
    }

    /// The bytes of a tensor, padding included.
    static func byteCount(_ layout: Layout) -> Int {
        var layout = layout
        return unsafe dnnl_memory_desc_get_size(&layout)
    }

    /// How the columns of packed w lie: in blocks of so many outputs, so many bytes from one to the
    /// next; nil where they are not the outermost.
    static func columnBlocks(_ layout: Layout) -> (width: Int, byteStride: Int)? {
        let blocking = unsafe layout.format_desc.blocking
        var width = 1
        let (blocks, axes) = (blocking.inner_blks, blocking.inner_idxs)
        // The four innermost blocks are as many as oneDNN uses for such tensors.
        for (index, (block, axis)) in [
            (blocks.0, axes.0), (blocks.1, axes.1), (blocks.2, axes.2), (blocks.3, axes.3),
        ].enumerated() where index < blocking.inner_nblks && axis == 0 {
            width *= Int(block)
        }
        let strides = blocking.strides
        guard strides.0 >= max(strides.1, strides.2, strides.3) else { return nil }
        return (width, 4 * Int(strides.0))
    }

    /// Whether one packed w begins as the other does, so that its columns are the first of the other's.
    static func areBlockedAlike(_ one: Layout, _ other: Layout) -> Bool {
        guard let first = columnBlocks(one), let second = columnBlocks(other) else { return false }
        let (a, b) = unsafe (one.format_desc.blocking, other.format_desc.blocking)
        return first == second && one.padded_dims.1 == other.padded_dims.1
            && a.strides.1 == b.strides.1 && a.inner_nblks == b.inner_nblks
            && (a.inner_blks.0, a.inner_blks.1) == (b.inner_blks.0, b.inner_blks.1)
            && (a.inner_idxs.0, a.inner_idxs.1) == (b.inner_idxs.0, b.inner_idxs.1)
    }

    /// The first `outputs` columns of a packed w; `last` where they end with its padding.
    static func columns(_ outputs: Int, of layout: Layout, last: Bool) throws -> Layout {
        var whole = layout
        var part = Layout()
        let offset = last ? layout.dims.0 - Int64(outputs) : 0
        try OneDNN.check(
            unsafe dnnl_memory_desc_init_submemory(
                &part, &whole, [Int64(outputs), layout.dims.1, 1, 1], [offset, 0, 0, 0]),
            "describe columns")
        part.offset0 = 0
        return part
    }

    /// (rows, channels), row-major, as one image of `rows` places with channels innermost.
    private static func rowMajor(_ rows: Int, _ channels: Int) throws -> Layout {
        var layout = Layout()
        try OneDNN.check(
            unsafe dnnl_memory_desc_init_by_tag(
                &layout, 4, [1, Int64(channels), 1, Int64(rows)], dnnl_f32, dnnl_acdb),
            "describe a matrix")
        return layout
    }

    /// w in the layout that suits oneDNN.
    private static func kernel(inputs: Int, outputs: Int) throws -> Layout {
        var layout = Layout()
        try OneDNN.check(
            unsafe dnnl_memory_desc_init_by_tag(
                &layout, 4, [Int64(outputs), Int64(inputs), 1, 1], dnnl_f32,
                dnnl_format_tag_any),
            "describe a matrix")
        return layout
    }

    private static func forward(
        _ x: inout Layout, _ w: inout Layout, _ y: inout Layout
    ) throws -> dnnl_primitive_desc_t {
        var operation = dnnl_convolution_desc_t()
        try OneDNN.check(
            unsafe dnnl_convolution_forward_desc_init(
                &operation, dnnl_forward_training, dnnl_convolution_direct, &x, &w, nil, &y,
                [1, 1], [0, 0], [0, 0]),
            "describe a product")
        return try unsafe describe(&operation, hint: nil)
    }

    private static func describe(
        _ operation: inout dnnl_convolution_desc_t, hint: dnnl_primitive_desc_t?
    ) throws -> dnnl_primitive_desc_t {
        let attributes = try unsafe OneDNN.attributes()
        defer { unsafe dnnl_primitive_attr_destroy(attributes) }
        var description: dnnl_primitive_desc_t?
        try OneDNN.check(
            unsafe dnnl_primitive_desc_create(
                &description, &operation, attributes, OneDNN.processor(), hint),
            "choose code for a product")
        guard let description = unsafe description else { throw OneDNN.failure("product") }
        return unsafe description
    }

    private static func layout(
        of query: dnnl_query_t, in description: dnnl_primitive_desc_t
    ) throws -> Layout {
        guard let layout = unsafe dnnl_primitive_desc_query_md(description, query, 0) else {
            throw OneDNN.failure("layout")
        }
        return unsafe layout.pointee
    }
}
