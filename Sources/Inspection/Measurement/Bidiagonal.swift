import CKernels

/// Singular values by bidiagonalisation with Householder reflections, in double.
///
/// `U A V = B` with a diagonal and its upper neighbours (Golub and Kahan, 1965); the singular values of B are
/// the positive eigenvalues of the symmetric matrix with zeros on its diagonal and the elements of B,
/// interleaved, beside it, which halving finds one by one.
struct Bidiagonal {
    private(set) var diagonal: [Double] = []
    private(set) var beside: [Double] = []

    /// Reduces a matrix.
    ///
    /// - Parameters:
    ///   - elements: Row-major, finite.
    ///   - rows: Its rows.
    ///   - columns: Its columns.
    init(_ elements: [Double], rows: Int, columns: Int) {
        var tall = elements
        var (m, n) = (rows, columns)
        if rows < columns {
            for row in 0..<rows {
                for column in 0..<columns {
                    tall[column * rows + row] = elements[row * columns + column]
                }
            }
            (m, n) = (columns, rows)
        }
        var reflection = [Double](repeating: 0, count: max(m, n))
        var sums = [Double](repeating: 0, count: n)
        unsafe tall.withUnsafeMutableBufferPointer { matrix in
            guard let a = matrix.baseAddress else { return }
            for k in 0..<n {
                // Column k below the diagonal.
                for row in k..<m { reflection[row - k] = unsafe a[row * n + k] }
                let (head, factor) = Self.reflect(&reflection, m - k)
                diagonal.append(head)
                let width = n - k - 1
                guard width > 0 else { break }
                if factor > 0 {
                    for column in 0..<width { sums[column] = 0 }
                    for row in k..<m {
                        unsafe ck_add_scaled_f64(
                            width, reflection[row - k], a + row * n + k + 1, &sums)
                    }
                    for row in k..<m {
                        unsafe ck_add_scaled_f64(
                            width, -factor * reflection[row - k], sums, a + row * n + k + 1)
                    }
                }
                // Row k right of the first neighbour.
                for column in 0..<width { reflection[column] = unsafe a[k * n + k + 1 + column] }
                let (next, share) = Self.reflect(&reflection, width)
                beside.append(next)
                guard share > 0 else { continue }
                for row in k + 1..<max(m, k + 1) {
                    let dot = unsafe ck_dot_f64(width, reflection, a + row * n + k + 1)
                    unsafe ck_add_scaled_f64(width, -share * dot, reflection, a + row * n + k + 1)
                }
            }
        }
    }

    /// Makes a vector the normal of the reflection that maps it onto the first axis; returns what stands
    /// there afterwards, and the factor of the reflection `1 - factor v vᵀ`.
    private static func reflect(_ v: inout [Double], _ count: Int) -> (Double, Double) {
        var squares = 0.0
        for index in 0..<count { squares += v[index] * v[index] }
        let length = squares.squareRoot()
        guard length > 0 else { return (0, 0) }
        let head = v[0] > 0 ? -length : length
        // v·v afterwards: length² - 2 head v₀ + head².
        let normal = 2 * (squares - head * v[0])
        v[0] -= head
        return (head, normal > 0 ? 2 / normal : 0)
    }

    /// The singular values, the largest first.
    var singularValues: [Double] {
        var offDiagonal: [Double] = []
        for index in diagonal.indices {
            offDiagonal.append(diagonal[index].magnitude)
            if index < beside.count { offDiagonal.append(beside[index].magnitude) }
        }
        let zeros = [Double](repeating: 0, count: offDiagonal.count + 1)
        return diagonal.indices.map { Self.eigenvalue($0, zeros, offDiagonal) }
    }

    /// The largest eigenvalue of a symmetric tridiagonal matrix.
    static func largestEigenvalue(_ diagonal: [Double], _ beside: [Double]) -> Double {
        max(eigenvalue(0, diagonal, beside), 0)
    }

    /// The eigenvalue that has `above` larger ones, by halving and the signs of Sturm's sequence.
    private static func eigenvalue(_ above: Int, _ diagonal: [Double], _ beside: [Double]) -> Double
    {
        var high = 0.0
        for (index, element) in diagonal.enumerated() {
            let left = index > 0 ? beside[index - 1].magnitude : 0
            let right = index < beside.count ? beside[index].magnitude : 0
            high = max(high, element + left + right)
        }
        let tiny = max(high * 1e-300, .leastNormalMagnitude)
        var low = 0.0
        for _ in 0..<60 {
            let middle = (low + high) / 2
            var (pivot, larger) = (1.0, 0)
            for (index, element) in diagonal.enumerated() {
                let square = index > 0 ? beside[index - 1] * beside[index - 1] : 0
                pivot = element - middle - square / pivot
                if pivot.magnitude < tiny { pivot = -tiny }
                if pivot > 0 { larger += 1 }
            }
            if larger > above { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }
}
