extension Tensor {
    /// A random matrix with orthonormal rows or columns, whichever are fewer, times a number.
    ///
    /// Normal numbers are made orthogonal by the method of Gram and Schmidt, twice, which is orthogonal
    /// to the last bits of double precision. All such matrices are equally likely.
    ///
    /// - Parameters:
    ///   - rows: The first extent.
    ///   - columns: The second extent.
    ///   - scale: All singular values of the result.
    ///   - key: The randomness.
    /// - Returns: A tensor of `f32`.
    public static func orthogonal(
        rows: Int, columns: Int, scale: Double, _ key: RandomKey
    ) -> Tensor {
        let (count, length) = (min(rows, columns), max(rows, columns))
        let numbers = key.normals(count * length, deviation: 1)
        var vectors: [[Double]] = []
        for index in 0..<count {
            var vector = numbers[index * length..<(index + 1) * length].map(Double.init)
            for _ in 0..<2 {
                for other in vectors {
                    let overlap = inner(vector, other)
                    for place in 0..<length { vector[place] -= overlap * other[place] }
                }
            }
            let norm = inner(vector, vector).squareRoot()
            vectors.append(vector.map { $0 / norm })
        }
        var elements = [Float](repeating: 0, count: rows * columns)
        for (index, vector) in vectors.enumerated() {
            for (place, value) in vector.enumerated() {
                elements[rows < columns ? index * columns + place : place * columns + index] =
                    Float(scale * value)
            }
        }
        return Tensor(elements, shape: [rows, columns])
    }

    /// A random table whose rows have root mean square one.
    ///
    /// - Parameters:
    ///   - rows: The first extent.
    ///   - columns: The second extent.
    ///   - key: The randomness.
    /// - Returns: A tensor of `f32`.
    public static func unitRows(_ rows: Int, columns: Int, _ key: RandomKey) -> Tensor {
        let numbers = key.normals(rows * columns, deviation: 1).map(Double.init)
        let elements = (0..<rows).flatMap { row -> [Float] in
            let vector = Array(numbers[row * columns..<(row + 1) * columns])
            let size = (inner(vector, vector) / Double(columns)).squareRoot()
            return vector.map { Float($0 / size) }
        }
        return Tensor(elements, shape: [rows, columns])
    }

    /// The sum of the products of equal places.
    static func inner(_ a: [Double], _ b: [Double]) -> Double {
        var sum = 0.0
        for index in a.indices { sum += a[index] * b[index] }
        return sum
    }
}
