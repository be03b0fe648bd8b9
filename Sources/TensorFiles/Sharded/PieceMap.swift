import Formats
import Tensors

/// A tensor that lies in several places, each of which holds a box of it: its row-major bytes, put together as
/// they are read.
struct PieceMap: Sendable {
    /// A box of the tensor, row-major in its source.
    struct Piece: Sendable {
        /// Where the box begins, and its extents, along each axis.
        var offsets: [Int]
        var sizes: [Int]
        var source: ByteSource
        /// The first byte of the box in the source.
        var start: Int

        /// Elements.
        var count: Int { sizes.reduce(1, *) }
    }

    /// What the errors of the whole name.
    let path: String
    private let boxes: [Box]

    /// - Parameters:
    ///   - path: What errors name.
    ///   - shape: The tensor's.
    ///   - width: Bytes of an element.
    ///   - pieces: Boxes that cover the tensor; see ``gap(in:of:)``.
    init(path: String, shape: Shape, width: Int, pieces: [Piece]) {
        self.path = path
        boxes = pieces.filter { $0.count > 0 }.map { Box($0, shape.dimensions, width) }
    }

    /// What keeps boxes from being a tensor: one that reaches out of it, two that overlap, elements in none.
    static func gap(in shape: Shape, of pieces: [Piece]) -> String? {
        let extents = shape.dimensions
        var covered = 0
        for piece in pieces {
            guard piece.offsets.count == extents.count, piece.sizes.count == extents.count,
                extents.indices.allSatisfy({ axis in
                    let (start, size) = (piece.offsets[axis], piece.sizes[axis])
                    return start >= 0 && size >= 0 && start <= extents[axis]
                        && size <= extents[axis] - start
                })
            else {
                return "a piece at \(piece.offsets) of \(piece.sizes) in a tensor of \(extents)"
            }
            // None is larger than the tensor, whose count fits.
            let (sum, overflow) = covered.addingReportingOverflow(piece.count)
            guard !overflow else { return "pieces that overlap" }
            covered = sum
        }
        guard covered == shape.count else {
            return "pieces of \(covered) elements together, of \(shape.count)"
        }
        let solid = pieces.filter { $0.count > 0 }
        // Along the axis that is cut most, few of them stand side by side.
        let axis = extents.indices.max { a, b in
            Set(solid.map { $0.offsets[a] }).count < Set(solid.map { $0.offsets[b] }).count
        }
        guard let axis else { return solid.count > 1 ? "pieces that overlap" : nil }
        let sorted = solid.sorted { $0.offsets[axis] < $1.offsets[axis] }
        for (place, piece) in sorted.enumerated() {
            let end = piece.offsets[axis] + piece.sizes[axis]
            for other in sorted[(place + 1)...] {
                guard other.offsets[axis] < end else { break }
                let isApart = extents.indices.contains { axis in
                    piece.offsets[axis] + piece.sizes[axis] <= other.offsets[axis]
                        || other.offsets[axis] + other.sizes[axis] <= piece.offsets[axis]
                }
                guard isApart else {
                    return "pieces at \(piece.offsets) and \(other.offsets) that overlap"
                }
            }
        }
        return nil
    }

    /// Fills `buffer` with the tensor's bytes from `offset` on.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FormatError) {
        for box in boxes { try unsafe box.read(at: offset, into: buffer) }
    }

    /// A box as runs of bytes that are as long in the tensor as in the source.
    private struct Box: Sendable {
        let source: ByteSource
        let start: Int
        /// Bytes of a run.
        let run: Int
        /// How many there are.
        let count: Int
        /// The axes that a run does not reach over: extent of the box, and bytes between neighbours in the tensor.
        let outer: [(size: Int, stride: Int)]
        /// The tensor's byte at which the first run begins.
        let first: Int

        init(_ piece: Piece, _ extents: [Int], _ width: Int) {
            (source, start) = (piece.source, piece.start)
            var strides = [Int](repeating: width, count: extents.count)
            for axis in extents.indices.dropLast().reversed() {
                strides[axis] = strides[axis + 1] * extents[axis + 1]
            }
            // Behind this axis the box is as wide as the tensor.
            let cut = extents.indices.last { piece.sizes[$0] != extents[$0] } ?? 0
            run = extents.isEmpty ? width : strides[cut] * piece.sizes[cut]
            outer = extents.indices.prefix(cut).map { (piece.sizes[$0], strides[$0]) }
            count = outer.reduce(1) { $0 * $1.size }
            first = zip(piece.offsets, strides).reduce(0) { $0 + $1.0 * $1.1 }
        }

        /// The tensor's byte at which a run begins; later runs begin later.
        func begin(_ number: Int) -> Int {
            var (rest, place) = (number, first)
            for (size, stride) in outer.reversed() {
                place += rest % size * stride
                rest /= size
            }
            return place
        }

        func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FormatError) {
            let end = offset + buffer.count
            // The first run that ends behind the offset.
            var (low, high) = (0, count)
            while low < high {
                let middle = (low + high) / 2
                if begin(middle) + run <= offset { low = middle + 1 } else { high = middle }
            }
            for number in low..<max(count, low) {
                let place = begin(number)
                guard place < end else { return }
                let (from, to) = (max(place, offset), min(place + run, end))
                let part = unsafe UnsafeMutableRawBufferPointer(
                    rebasing: buffer[from - offset..<to - offset])
                try unsafe source.read(at: start + number * run + from - place, into: part)
            }
        }
    }
}
