import CKernels

/// The largest singular value of a matrix, by the method of Lanczos.
///
/// Each step is one of power iteration on `AᵀA`; all steps together span the space in which the answer is
/// sought, so a dozen or two do what takes hundreds of plain power iteration. Found from below.
struct SpectralNorm: Sendable, Hashable {
    /// The largest singular value.
    var value: Double
    /// How far it may be from a singular value, relative to it.
    var error: Double

    private static let mostSteps = 64
    /// Ends where the residual is this share of the square.
    private static let tolerance = 1e-3

    /// The norm of a matrix of finite numbers.
    ///
    /// - Parameters:
    ///   - matrix: The matrix.
    ///   - largest: Its largest magnitude, by which it is scaled so that nothing overflows.
    ///   - instructions: What runs the products.
    init(of matrix: MatrixRows, largest: Double, instructions: ck_isa) {
        let count = matrix.columns
        guard largest > 0, count > 0 else {
            (value, error) = (0, 0)
            return
        }
        let scale = 1 / (largest * largest)
        // Numbers of all frequencies: the fractional parts of multiples of the golden ratio.
        var vector = (0..<count).map { place in
            let multiple = 0.6180339887498949 * Double(place + 1)
            return multiple - multiple.rounded(.down) - 0.45
        }
        var (basis, diagonal, beside): ([[Double]], [Double], [Double]) = ([], [], [])
        var (theta, residual) = (0.0, 0.0)
        while basis.count < min(Self.mostSteps, matrix.count, count) {
            let length = Self.dot(vector, vector).squareRoot()
            // Nothing is left that the vectors so far do not span.
            if length <= 1e-7 * (diagonal.max() ?? 0) { break }
            if !basis.isEmpty { beside.append(length) }
            let unit = vector.map { $0 / length }
            vector = Self.product(matrix, unit, scale, instructions)
            diagonal.append(Self.dot(unit, vector))
            basis.append(unit)
            for _ in 0..<2 {
                for other in basis {
                    Self.add(-Self.dot(other, vector), other, to: &vector)
                }
            }
            guard basis.count % 4 == 0 || basis.count == min(matrix.count, count) else { continue }
            (theta, residual) = Self.largestPair(
                diagonal, beside, after: Self.dot(vector, vector).squareRoot())
            if residual <= Self.tolerance * theta { break }
        }
        (theta, residual) = Self.largestPair(
            diagonal, beside, after: Self.dot(vector, vector).squareRoot())
        value = theta.squareRoot() * largest
        error = theta > 0 ? residual / (2 * theta) : 0
    }

    /// `scale AᵀA x`, in one pass over the rows.
    private static func product(
        _ matrix: MatrixRows, _ x: [Double], _ scale: Double, _ instructions: ck_isa
    ) -> [Double] {
        let narrow = x.map { Float($0) }
        var sum = [Float](repeating: 0, count: x.count)
        unsafe narrow.withUnsafeBufferPointer { narrow in
            unsafe sum.withUnsafeMutableBufferPointer { sum in
                guard let x = narrow.baseAddress, let y = sum.baseAddress else {
                    return
                }
                let count = narrow.count
                unsafe matrix.forEach { _, row in
                    let dot = unsafe ck_dot_f32(instructions, count, row, x)
                    unsafe ck_add_scaled_f32(
                        instructions, count, Float(Double(dot) * scale), row, y)
                }
            }
        }
        return sum.map { Double($0) }
    }

    private static func dot(_ x: [Double], _ y: [Double]) -> Double {
        unsafe ck_dot_f64(x.count, x, y)
    }

    private static func add(_ scale: Double, _ x: [Double], to y: inout [Double]) {
        unsafe ck_add_scaled_f64(x.count, scale, x, &y)
    }

    /// The largest eigenvalue of a symmetric tridiagonal matrix, and how far that of the matrix it stands
    /// for may be from it: the next off-diagonal times the last element of the eigenvector.
    private static func largestPair(_ diagonal: [Double], _ beside: [Double], after next: Double)
        -> (value: Double, residual: Double)
    {
        let theta = Bidiagonal.largestEigenvalue(diagonal, beside)
        guard diagonal.count > 1 else { return (theta, next) }
        // From the last element to the first, the direction in which it grows.
        var (element, following, after) = (1.0, 0.0, 0.0)
        var squares = 1.0
        for index in diagonal.indices.dropFirst().reversed() {
            guard beside[index - 1] > 0 else { break }
            after = following
            following = element
            let coupled = index < beside.count ? beside[index] * after : 0
            element = ((theta - diagonal[index]) * following - coupled) / beside[index - 1]
            squares += element * element
        }
        return (theta, next / squares.squareRoot())
    }
}
