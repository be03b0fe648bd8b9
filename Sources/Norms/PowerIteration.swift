public import Programs
import Tensors

/// The largest singular value of a matrix, and the vectors that go with it, as far as known.
///
/// ```
/// u ← W v / ‖W v‖,   v ← Wᵀ u / ‖Wᵀ u‖,   σ = ‖Wᵀ u‖
/// ```
///
/// σ is never above the largest singular value σ₁, and each iteration shrinks what `v` has of the
/// other singular vectors by (σ₂/σ₁)². A step of training moves a matrix little: keep ``right`` as
/// state and give it to the next step, and one iteration a step follows the largest singular value.
///
/// ```swift
/// let estimate = PowerIteration(weight, startingFrom: vector)
/// builder.output("state/vector", estimate.right)
/// ```
///
/// A starting vector of zero, as state begins, is replaced by a fixed irregular one. For a matrix of
/// zeros σ is zero and ``right`` the starting vector.
///
/// Source: Miyato et al., arXiv 1802.05957, section 2.1, who keep the vector from step to step.
public struct PowerIteration {
    /// σ, a scalar.
    public let norm: Value
    /// u, of unit length, one element an output; zero for a matrix of zeros.
    public let left: Value
    /// v, of unit length, one element an input.
    public let right: Value

    /// Iterates.
    ///
    /// - Parameters:
    ///   - matrix: (outputs, inputs).
    ///   - vector: (inputs), of any length; the ``right`` of the step before, or zero.
    ///   - iterations: How often, at least once.
    /// - Precondition: `iterations` is positive.
    public init(_ matrix: Value, startingFrom vector: Value, iterations: Int = 1) {
        precondition(iterations > 0, "PowerIteration: \(iterations) iterations")
        var right = Self.usable(vector)
        var left = right
        var norm = right
        for _ in 0..<iterations {
            let image = matrix.dot(right, DotAxes(contracted: ([1], [0])))
            left = image.scaledToUnitFrobeniusNorm()
            let back = matrix.dot(left, DotAxes(contracted: ([0], [0])))
            norm = back.frobeniusNorm()
            let isZero = norm.compared(.lessOrEqual, norm.filled(with: Value.smallestNorm))
            right = isZero.broadcast(to: back.shape, axes: []).select(
                right, back.scaled(toUnit: norm))
        }
        self.norm = norm
        self.left = left
        self.right = right
    }

    /// The vector, or in place of zero a fixed one with all frequencies: the fractional parts of
    /// multiples of the golden ratio, about zero.
    private static func usable(_ vector: Value) -> Value {
        let golden = 0.6180339887498949
        let multiples =
            vector.builder.iota(vector.shape, axis: 0, vector.type.elementType) * golden
        let fixed = (multiples - multiples.floor() - 0.45).scaledToUnitFrobeniusNorm()
        let length = vector.frobeniusNorm()
        let isZero = length.compared(.lessOrEqual, length.filled(with: Value.smallestNorm))
        return isZero.broadcast(to: vector.shape, axes: []).select(
            fixed, vector.scaled(toUnit: length))
    }
}
