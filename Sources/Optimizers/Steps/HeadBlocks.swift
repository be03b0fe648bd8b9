import Modules
import Programs
import Tensors

extension HeadSplit {
    /// The number of heads.
    private var count: Int {
        switch self {
        case .rows(let count), .columns(let count): count
        }
    }

    /// The extents of one head's block of a matrix.
    func extents(of shape: Shape) -> (rows: Int, columns: Int) {
        switch self {
        case .rows(let count): (shape[0] / count, shape[1])
        case .columns(let count): (shape[0], shape[1] / count)
        }
    }

    /// The blocks of a matrix: (head, rows, columns).
    func blocks(of matrix: Value) -> Value {
        let (rows, columns) = extents(of: matrix.shape)
        return switch self {
        case .rows: matrix.reshaped([count, rows, columns])
        case .columns: matrix.reshaped([rows, count, columns]).transposed([1, 0, 2])
        }
    }

    /// The matrix of these blocks.
    func joined(_ blocks: Value, into shape: Shape) -> Value {
        switch self {
        case .rows: blocks.reshaped(shape)
        case .columns: blocks.transposed([1, 0, 2]).reshaped(shape)
        }
    }
}
