public import Programs
import Tensors

extension Value {
    /// The largest singular value of this matrix, found by squaring.
    ///
    /// The smaller Gram matrix is squared twelve times, each time scaled to unit size. What is left, P,
    /// weighs the singular vectors by `(σᵢ/σ₁)` to the power of 8192, and σ is what the matrix does to
    /// its columns: `σ² = ‖W P‖² / ‖P‖²`, a mean of the squares of singular values with the squares
    /// of these weights.
    ///
    /// It is never above σ₁, and below it by at most ln(r) / 16384 of it for r singular values, whatever
    /// the distance of the second: what is farther below has no weight, and what has weight is not far
    /// below. A matrix of zeros gives zero. Twelve products of the smaller extent cost as much as
    /// orthogonalisation does.
    ///
    /// - Returns: A scalar.
    public func spectralNorm() -> Value {
        let summed = shape[0] > shape[1] ? 0 : 1
        let unit = scaledToUnitFrobeniusNorm()
        let gram = unit.dot(unit, DotAxes(contracted: ([summed], [summed])))
        let weights = gram.squaredToUnit(times: 12)
        let kept = shape[0] > shape[1] ? 1 : 0
        return dot(weights, DotAxes(contracted: ([kept], [0]))).frobeniusNorm()
    }
}
