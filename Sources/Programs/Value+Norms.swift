import Tensors

extension Value {
    /// 2⁻⁵⁰: a tensor, a row or a vector whose norm is at most this counts as zero when it is divided
    /// by its norm.
    ///
    /// The square, 2⁻¹⁰⁰, is so far above the smallest normal `f32`, 2⁻¹²⁶, that terms which
    /// underflow cannot matter in a sum of squares: what is scaled to unit size has unit size.
    public static var smallestNorm: Double { 0x1p-50 }

    /// The root of the sum of the squares of all elements.
    public func frobeniusNorm() -> Value { (self * self).sum().squareRoot() }

    /// This value times `1 / norm`, or zero where the norm is at most ``smallestNorm``.
    ///
    /// - Parameter norm: A scalar, not negative.
    /// - Returns: A value of this type; nan where the norm is.
    public func scaled(toUnit norm: Value) -> Value { self * norm.guardedReciprocal() }

    /// This value over its Frobenius norm; zero for zero.
    public func scaledToUnitFrobeniusNorm() -> Value { scaled(toUnit: frobeniusNorm()) }

    /// Each matrix along the first of three axes over its Frobenius norm; zero for zero.
    public func withUnitFrobeniusNorms() -> Value {
        let norms = (self * self).sum(over: [1, 2]).squareRoot()
        return self * norms.guardedReciprocal().repeated(along: [1, 2], of: shape)
    }

    /// The Euclidean norm of each row of a matrix.
    public func rowNorms() -> Value { (self * self).sum(over: [1]).squareRoot() }

    /// Each row of a matrix over its Euclidean norm; rows of zero stay.
    public func withUnitRows() -> Value {
        self * rowNorms().guardedReciprocal().repeated(along: [1], of: shape)
    }

    /// One over each element, and zero over those that are at most ``smallestNorm``.
    public func guardedReciprocal() -> Value {
        let smallest = filled(with: Self.smallestNorm)
        return compared(.lessOrEqual, smallest).select(filled(with: 0), 1 / self)
    }

    /// The sum of the products of equal places.
    public func inner(_ other: Value) -> Value { (self * other).sum() }
}
