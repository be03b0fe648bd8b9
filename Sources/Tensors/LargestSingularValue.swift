extension Tensor {
    /// The largest singular value of this matrix, on the host in double.
    ///
    /// The method of Lanczos on the smaller Gram matrix, every vector made orthogonal to all before it,
    /// until the value stands still in its last bits: a fraction of the time of an exact decomposition, and
    /// the largest value alone. It is found from below.
    ///
    /// - Returns: Zero for a matrix of zeros.
    /// - Precondition: There are two axes.
    public func largestSingularValue() -> Double {
        precondition(shape.rank == 2, "largestSingularValue: a tensor of shape \(shape)")
        let (rows, columns) = (shape[0], shape[1])
        let elements = doubles
        /// The matrix times a vector.
        func image(_ x: [Double]) -> [Double] {
            (0..<rows).map { row in
                var sum = 0.0
                for column in 0..<columns { sum += elements[row * columns + column] * x[column] }
                return sum
            }
        }
        /// The transposed matrix times a vector.
        func transposedImage(_ x: [Double]) -> [Double] {
            var sums = [Double](repeating: 0, count: columns)
            for row in 0..<rows {
                for column in 0..<columns {
                    sums[column] += elements[row * columns + column] * x[row]
                }
            }
            return sums
        }
        let isWide = rows < columns
        let count = min(rows, columns)
        // Numbers of all frequencies: the fractional parts of multiples of the golden ratio.
        var vector = (0..<count).map { place in
            let multiple = 0.6180339887498949 * Double(place + 1)
            return multiple - multiple.rounded(.down) - 0.45
        }
        var (basis, diagonal, beside): ([[Double]], [Double], [Double]) = ([], [], [])
        var estimate = 0.0
        while basis.count < count {
            let length = Self.inner(vector, vector).squareRoot()
            // Nothing is left that the vectors so far do not span.
            if length <= 1e-14 * (diagonal.max() ?? 0) { break }
            if !basis.isEmpty { beside.append(length) }
            let unit = vector.map { $0 / length }
            basis.append(unit)
            vector = isWide ? image(transposedImage(unit)) : transposedImage(image(unit))
            diagonal.append(Self.inner(unit, vector))
            for _ in 0..<2 {
                for other in basis {
                    let overlap = Self.inner(other, vector)
                    for place in 0..<count { vector[place] -= overlap * other[place] }
                }
            }
            guard basis.count % 8 == 0 else { continue }
            let value = largestEigenvalue(diagonal, beside)
            if value <= estimate * (1 + 1e-14) { break }
            estimate = value
        }
        return largestEigenvalue(diagonal, beside).squareRoot()
    }
}

/// The largest eigenvalue of a symmetric matrix of a diagonal and its neighbours, by halving.
private func largestEigenvalue(_ diagonal: [Double], _ beside: [Double]) -> Double {
    /// Whether all eigenvalues are below x: the signs of Sturm's sequence.
    func isAbove(_ x: Double) -> Bool {
        var pivot = 1.0
        for (index, element) in diagonal.enumerated() {
            let square = index > 0 ? beside[index - 1] * beside[index - 1] : 0
            pivot = element - x - square / pivot
            if pivot >= 0 { return false }
        }
        return true
    }
    // No eigenvalue is above the largest sum of magnitudes of a row.
    var high = 0.0
    for (index, element) in diagonal.enumerated() {
        let left = index > 0 ? beside[index - 1] : 0
        let right = index < beside.count ? beside[index] : 0
        high = max(high, element + left + right)
    }
    var low = 0.0
    for _ in 0..<64 {
        let middle = (low + high) / 2
        if isAbove(middle) { high = middle } else { low = middle }
    }
    return low
}
