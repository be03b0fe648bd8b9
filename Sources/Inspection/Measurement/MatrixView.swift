import Tensors

/// How a tensor is taken as matrices.
///
/// Two axes are a matrix. Three are a stack of matrices, as the experts of a layer, unless the last is that
/// of a short filter; what remains is flattened behind the first axis, as convolutions are.
struct MatrixView: Sendable, Hashable {
    /// How many matrices there are.
    let stack: Int
    /// The rows of each.
    let rows: Int
    /// The columns of each.
    let columns: Int

    /// The longest axis that counts as that of a filter.
    private static let longestFilter = 8

    /// The matrices of a shape; one row for a vector or a number.
    init(_ shape: Shape) {
        let extents = shape.dimensions
        switch extents.count {
        case 0: (stack, rows, columns) = (1, 1, 1)
        case 1: (stack, rows, columns) = (1, 1, extents[0])
        case 2: (stack, rows, columns) = (1, extents[0], extents[1])
        case 3 where extents[2] > Self.longestFilter:
            (stack, rows, columns) = (extents[0], extents[1], extents[2])
        default:
            (stack, rows, columns) = (1, extents[0], Shape(Array(extents.dropFirst())).count)
        }
    }

    /// The elements of one matrix.
    var count: Int { rows * columns }
    /// Whether there is a spectrum to ask for.
    var isMatrix: Bool { rows > 1 && columns > 1 }
}
