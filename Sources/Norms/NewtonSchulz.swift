public import Programs
public import Tensors

/// Brings all singular values of a matrix near one, by products alone.
///
/// ```
/// X ← G / ‖G‖_F
/// X ← a X + b (X Xᵀ) X + c (X Xᵀ)² X        for each (a, b, c)
/// ```
///
/// Every step maps each singular value `s` to `a s + b s³ + c s⁵` and keeps the singular vectors, so
/// that `G = U Σ Vᵀ` becomes `U f(Σ) Vᵀ`. After the division by the Frobenius norm the values lie in
/// (0, 1]. Where they end depends on the coefficients; measured on two million points, for values of
/// at least 1/10, 1/100 and 1/1000 of the Frobenius norm:
///
/// | set | steps | from 1e-1 | from 1e-2 | from 1e-3 | slope at 0 |
/// |---|---|---|---|---|---|
/// | ``modula`` | 6 | 0.9955 ... 0.9994 | 0.9955 ... 0.9994 | 0.866 ... 0.9994 | 1137 |
/// | ``muon`` | 5 | 0.681 ... 1.135 | 0.681 ... 1.135 | 0.470 ... 1.203 | 485 |
/// | ``dion`` | 5 | 0.977 ... 1.032 | 0.977 ... 1.032 | 0.474 ... 1.146 | 493 |
/// | ``cubic`` | 15 | 0.9999 ... 1 | 0.9999 ... 1 | 0.416 ... 1 | 438 |
///
/// Singular values below a thousandth of the Frobenius norm are not brought to one: they grow by the
/// slope at most. A gradient of zero gives zero.
///
/// ## Numerics
///
/// The smaller of the two Gram matrices is formed, without transposing anything, so that tall and
/// wide matrices cost the same. A matrix whose Frobenius norm is at most `Value.smallestNorm`
/// counts as zero.
///
/// Source: Bernstein and Newhouse, arXiv 2410.21265, for the map; each set cites its own.
public enum NewtonSchulz: String, Sendable, Hashable, Codable, CaseIterable {
    /// Six steps whose coefficients differ, of the library Modula (`modula/atom.py`, in 1024ths): the
    /// tightest of the sets that cost so little.
    case modula
    /// Five equal steps of the optimizer Muon (`KellerJordan/Muon`, `muon.py`), made for a steep
    /// slope: their sum 0.701 is not one, so values wander in a band around one.
    case muon
    /// Five steps whose coefficients differ, Optax's preset `dion` (`optax/contrib/_muon.py`).
    case dion
    /// Fifteen steps of `3/2 s − 1/2 s³`, which converge to one from all of (0, √3).
    case cubic

    /// The coefficients of one step: `a s + b s³ + c s⁵`.
    public struct Step: Sendable, Hashable {
        /// The factor of s.
        public var a: Double
        /// The factor of s³.
        public var b: Double
        /// The factor of s⁵.
        public var c: Double

        public init(_ a: Double, _ b: Double, _ c: Double) {
            self.a = a
            self.b = b
            self.c = c
        }

        /// Where a singular value goes.
        public func image(of s: Double) -> Double { s * (a + s * s * (b + s * s * c)) }
    }

    /// The steps in order.
    public var steps: [Step] {
        switch self {
        case .modula:
            [
                (3955, -8306, 5008), (3735, -6681, 3463), (3799, -6499, 3211),
                (4019, -6385, 2906), (2677, -3029, 1162), (2172, -1833, 682),
            ].map { Step($0 / 1024, $1 / 1024, $2 / 1024) }
        case .muon: [Step](repeating: Step(3.4445, -4.7750, 2.0315), count: 5)
        case .dion:
            [
                Step(4.0848, -6.8946, 2.9270), Step(3.9505, -6.3029, 2.6377),
                Step(3.7418, -5.5913, 2.3037), Step(2.8769, -3.1427, 1.2046),
                Step(2.8366, -3.0525, 1.2012),
            ]
        case .cubic: [Step](repeating: .cubic, count: 15)
        }
    }

    /// Where singular values from 1/100 of the Frobenius norm up to it end.
    public var band: ClosedRange<Double> {
        switch self {
        case .modula: 0.9955...0.9994
        case .muon: 0.681...1.135
        case .dion: 0.977...1.032
        case .cubic: 0.9999...1
        }
    }

    /// Where a singular value goes that is `s` times the Frobenius norm.
    public func image(of s: Double) -> Double { steps.reduce(s) { $1.image(of: $0) } }

    /// The matrix with its singular values brought near one, or each of several matrices.
    ///
    /// - Parameters:
    ///   - matrix: A value of rank 2 and of a floating-point type; of rank 3 it is as many matrices as its
    ///     first axis has places.
    ///   - productType: What the factors of every product are rounded to, as `bf16`; products are
    ///     summed in the type of `matrix`. Nil rounds nothing. In `bf16` singular values end within
    ///     about a hundredth of where they would.
    /// - Returns: A value of the same type; zero where `matrix` is zero.
    public func orthogonalized(_ matrix: Value, productType: ElementType? = nil) -> Value {
        let unit =
            matrix.shape.rank == 2
            ? matrix.scaledToUnitFrobeniusNorm() : matrix.withUnitFrobeniusNorms()
        return steps.reduce(unit) {
            $1.applied(to: $0, productType: productType)
        }
    }
}

extension NewtonSchulz.Step {
    /// `3/2 s − 1/2 s³`, which squares the distance to one of what is near it.
    public static let cubic = Self(1.5, -0.5, 0)

    /// One step on a matrix, or on several, whose singular values lie where the step is meant for.
    ///
    /// - Parameters:
    ///   - x: The matrix, or several along a first of three axes.
    ///   - productType: What the factors of products are rounded to; nil rounds nothing.
    /// - Returns: `a x + b (x xᵀ) x + c (x xᵀ)² x`, of the type of `x`.
    public func applied(to x: Value, productType: ElementType? = nil) -> Value {
        let type = x.type.elementType
        let factor = { (value: Value) in value.converted(to: productType ?? type) }
        let result = productType == nil ? nil : type
        let rows = x.shape.rank - 2
        let batch = Array(0..<rows)
        func axes(_ left: Int, _ right: Int) -> DotAxes {
            DotAxes(
                batch: (batch, batch), contracted: ([rows + left], [rows + right]), result: result)
        }
        let isTall = x.shape[rows] > x.shape[rows + 1]
        let summed = isTall ? 0 : 1
        let matrix = factor(x)
        let gram = matrix.dot(matrix, axes(summed, summed))
        var polynomial = gram * b
        if c != 0 {
            // A symmetric matrix is its own transpose: engines compute half of such a product.
            let symmetric = factor(gram)
            let square = symmetric.dot(symmetric, axes(1, 1))
            polynomial = polynomial + square * c
        }
        let rounded = factor(polynomial)
        let product =
            isTall ? matrix.dot(rounded, axes(1, 0)) : rounded.dot(matrix, axes(1, 0))
        return x * a + product
    }
}
