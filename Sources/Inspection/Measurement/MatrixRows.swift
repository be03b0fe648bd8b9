import CKernels
import Formats
import TensorFiles

/// A matrix in memory, as stored, whose rows are decoded when asked for.
struct MatrixRows: Sendable {
    /// Where the elements stand.
    enum Elements: Sendable {
        case stored([UInt8], ElementDecoder)
        case floats([Float])
    }

    let elements: Elements
    /// The first row's place among those stored.
    let first: Int
    let count: Int
    let columns: Int

    /// The whole of a matrix of floats.
    init(_ floats: [Float], rows: Int, columns: Int) {
        precondition(
            floats.count == rows * columns,
            "MatrixRows: \(floats.count) elements for \(rows) x \(columns)")
        elements = .floats(floats)
        first = 0
        count = rows
        self.columns = columns
    }

    /// Some rows of a matrix whose rows each begin at a whole byte.
    init(_ bytes: [UInt8], _ decoder: ElementDecoder, rows: Range<Int>, columns: Int) {
        precondition(columns * decoder.type.bitCount % 8 == 0, "MatrixRows: rows within bytes")
        elements = .stored(bytes, decoder)
        first = rows.lowerBound
        count = rows.count
        self.columns = columns
    }

    /// Calls `body` with each row in order; its floats are good until the next.
    func forEach(_ body: (Int, UnsafePointer<Float>) -> Void) {
        guard count > 0, columns > 0 else { return }
        switch elements {
        case .floats(let floats):
            unsafe floats.withUnsafeBufferPointer { all in
                guard let base = all.baseAddress else { return }
                for row in 0..<count { unsafe body(row, base + (first + row) * columns) }
            }
        case .stored(let bytes, let decoder):
            let size = columns * decoder.type.bitCount / 8
            let scratch = UnsafeMutableBufferPointer<Float>.allocate(capacity: columns)
            defer { unsafe scratch.deallocate() }
            guard let base = scratch.baseAddress else { return }
            unsafe bytes.withUnsafeBytes { all in
                for row in 0..<count {
                    let start = (first + row) * size
                    unsafe decoder.decode(
                        UnsafeRawBufferPointer(rebasing: all[start..<start + size]), into: scratch)
                    unsafe body(row, UnsafePointer(base))
                }
            }
        }
    }
}
