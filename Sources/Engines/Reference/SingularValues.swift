public import Tensors

/// The singular value decomposition of a matrix in double, `W = Σᵢ σᵢ uᵢ vᵢᵀ`: an oracle.
///
/// One-sided Jacobi: pairs of columns are turned until all are orthogonal to the last bit; their
/// lengths are the singular values. Plain and slow, with small relative errors in small values too.
///
/// Source: Demmel and Veselić, "Jacobi's method is more accurate than QR", 1992, algorithm 4.1.
public struct SingularValues: Sendable, Hashable {
    /// The extents of the matrix.
    public let shape: Shape
    /// σ, from large to small, as many as the smaller extent.
    public let values: [Double]
    /// For each value its u, one element a row; zero for a value of zero.
    public let left: [[Double]]
    /// For each value its v, one element a column; zero for a value of zero in a wide matrix.
    public let right: [[Double]]

    /// Decomposes a matrix.
    ///
    /// - Parameter matrix: A tensor of rank 2 with finite elements.
    /// - Precondition: The rank is 2.
    public init(_ matrix: Tensor) {
        precondition(matrix.shape.rank == 2, "SingularValues: a matrix of shape \(matrix.shape)")
        shape = matrix.shape
        let (rows, columns) = (shape[0], shape[1])
        let elements = matrix.doubles
        let isWide = rows < columns
        // The vectors that are turned, along the longer extent.
        var lengthwise = (0..<min(rows, columns)).map { index in
            (0..<max(rows, columns)).map {
                isWide ? elements[index * columns + $0] : elements[$0 * columns + index]
            }
        }
        var turns = lengthwise.indices.map { index in
            lengthwise.indices.map { $0 == index ? 1.0 : 0 }
        }
        // Convergence is quadratic; real matrices take about ten sweeps.
        for _ in 0..<60 {
            var isDone = true
            for p in lengthwise.indices {
                for q in lengthwise.indices.dropFirst(p + 1)
                where Self.turn(&lengthwise, &turns, p, q) {
                    isDone = false
                }
            }
            if isDone { break }
        }
        let lengths = lengthwise.map { Self.inner($0, $0).squareRoot() }
        let order = lengths.indices.sorted { (lengths[$0], $1) > (lengths[$1], $0) }
        let long = order.map { index in
            lengthwise[index].map { lengths[index] > 0 ? $0 / lengths[index] : 0 }
        }
        let short = order.map { turns[$0] }
        values = order.map { lengths[$0] }
        left = isWide ? short : long
        right = isWide ? long : short
    }

    /// `U Vᵀ`, or another function of the singular values in place of one: `Σᵢ f(σᵢ) uᵢ vᵢᵀ`.
    ///
    /// - Parameter function: f; values of zero have no direction and are left out.
    /// - Returns: A tensor of `f64`.
    public func matrix(_ function: (Double) -> Double) -> Tensor {
        var elements = [Double](repeating: 0, count: shape.count)
        for (index, value) in values.enumerated() where value > 0 {
            let factor = function(value)
            for row in 0..<shape[0] {
                for column in 0..<shape[1] {
                    elements[row * shape[1] + column] +=
                        factor * left[index][row] * right[index][column]
                }
            }
        }
        return Tensor(doubles: elements, shape: shape)
    }

    /// Turns two vectors until they are orthogonal; false when they were.
    private static func turn(
        _ vectors: inout [[Double]], _ turns: inout [[Double]], _ p: Int, _ q: Int
    ) -> Bool {
        let (a, b) = (vectors[p], vectors[q])
        let (aa, bb, ab) = (inner(a, a), inner(b, b), inner(a, b))
        // What rounding leaves of a sum of as many products.
        if ab.magnitude <= 0x1p-53 * Double(a.count) * (aa * bb).squareRoot() { return false }
        let zeta = (bb - aa) / (2 * ab)
        let tangent =
            (zeta < 0 ? -1.0 : 1) / (zeta.magnitude + (1 + zeta * zeta).squareRoot())
        let cosine = 1 / (1 + tangent * tangent).squareRoot()
        let sine = cosine * tangent
        func rotate(_ pair: inout [[Double]]) {
            for index in pair[p].indices {
                let (x, y) = (pair[p][index], pair[q][index])
                pair[p][index] = cosine * x - sine * y
                pair[q][index] = sine * x + cosine * y
            }
        }
        rotate(&vectors)
        rotate(&turns)
        return true
    }

    private static func inner(_ a: [Double], _ b: [Double]) -> Double {
        zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    }
}
