import COneDNN
import Programs

/// The extents of a product, and how its operands lie in memory.
struct ProductShape: Sendable, Hashable {
    /// Pairs of matrices.
    var batch: Int
    /// Rows of the result.
    var m: Int
    /// Columns of the result.
    var n: Int
    /// Terms of each sum.
    var k: Int
    /// Whether the left operand is (k, m) in memory rather than (m, k).
    var transposeLeft: Bool
    /// Whether the right operand is (n, k) in memory rather than (k, n).
    var transposeRight: Bool
}

/// Chooses what multiplies matrices.
enum ProductSelection {
    /// The kernels of one product, in order.
    ///
    /// With AVX2, products go to oneDNN's pointwise convolutions, which are half as fast again as
    /// its `sgemm` there. With AVX-512 `sgemm` alone reaches nine tenths of the processor's peak.
    static func kernels(
        _ left: Int, _ right: Int, to result: Int, _ shape: ProductShape,
        _ context: inout KernelContext
    ) throws -> [any Kernel] {
        // Narrower ones would be mostly padding.
        let isWide = shape.batch == 1 && min(shape.m, shape.n, shape.k) >= 8
        if context.instructionSet == .avx2, isWide {
            if left == right,
                let kernels = try GramProduct.kernels(of: left, to: result, shape, &context)
            {
                return kernels
            }
            if !shape.transposeLeft {
                return try PackedProduct.kernels(left, right, to: result, shape, &context)
            }
            if !shape.transposeRight {
                return [try PanelProduct(left, right, to: result, shape, &context)]
            }
        }
        return [MatrixProduct(left, right, to: result, shape, &context)]
    }
}

/// Primitives of one program, each made once.
final class PrimitiveCache {
    private struct Key: Hashable {
        var form: PointwiseConvolution.Form
        var rows: Int
        var inputs: Int
        var outputs: Int
    }

    typealias Entry = (primitive: OneDNNPrimitive, packed: PointwiseConvolution.Layout)

    private let workers: Int
    private var products: [Key: Entry] = [:]

    init(workers: Int) { self.workers = workers }

    /// See ``PointwiseConvolution/make(_:rows:inputs:outputs:workers:)``.
    func entry(
        _ form: PointwiseConvolution.Form, rows: Int, inputs: Int, outputs: Int
    ) throws -> Entry {
        let key = Key(form: form, rows: rows, inputs: inputs, outputs: outputs)
        if let known = products[key] { return known }
        let made = try PointwiseConvolution.make(
            form, rows: rows, inputs: inputs, outputs: outputs, workers: workers)
        products[key] = made
        return made
    }
}
