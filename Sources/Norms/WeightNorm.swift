public import Programs
import Tensors

/// How large a weight or its update is, in a norm for which a bound holds whatever the width.
///
/// With m outputs and n inputs, `W` of shape (m, n), and `RMS(x) = ‖x‖₂ / √dim`:
///
/// | norm | value | unit ball's farthest point along G | for |
/// |---|---|---|---|
/// | ``rmsToRMS`` | `√(n/m) ‖W‖₂` | `√(m/n) U Vᵀ` | matrices between activations |
/// | ``oneToRMS`` | `max over rows of RMS(row)` | each row over its RMS | tables of rows |
/// | ``largestElement`` | `n max \|w\|` | `sign(G) / n` | heads |
/// | ``largestMagnitude`` | `max \|w\|` | `sign(G)` | gains, as diagonal matrices |
/// | ``rootMeanSquare`` | `RMS(w)` | `G / RMS(G)` | gains |
/// | ``frobenius`` | `‖W‖_F` | `G / ‖G‖_F` | normalised descent |
///
/// The farthest point is the dual map of arXiv 2410.21265: of all `T` in the unit ball it has the
/// largest inner product with `G`, which is the dual norm of `G`. It is the direction of steepest
/// descent, without the sign; a gradient of zero gives zero.
///
/// Source: Bernstein and Newhouse, arXiv 2410.21265, for the first two; LIONS-EPFL/scion, `scion.py`,
/// for the largest element and the root mean square (arXiv 2502.07529).
public enum WeightNorm: String, Sendable, Hashable, Codable, CaseIterable {
    /// The largest gain in root mean square from inputs to outputs.
    case rmsToRMS = "rms-to-rms"
    /// The largest root mean square of a row that a token looks up.
    case oneToRMS = "one-to-rms"
    /// The largest magnitude, times the inputs.
    case largestElement = "largest-element"
    /// The largest magnitude: the largest gain in root mean square of a diagonal matrix.
    case largestMagnitude = "largest-magnitude"
    /// The root mean square of all elements.
    case rootMeanSquare = "root-mean-square"
    /// The root of the sum of squares.
    case frobenius

    /// The point of the unit ball that is farthest along a gradient.
    ///
    /// - Parameters:
    ///   - gradient: A matrix (outputs, inputs) or a table (rows, width); of any rank for the
    ///     last three.
    ///   - orthogonalization: What stands for `U Vᵀ`; its band is that of the norm of the result.
    /// - Returns: A value of the gradient's type.
    public func dualized(
        _ gradient: Value, by orthogonalization: NewtonSchulz = .modula
    ) -> Value {
        let shape = gradient.shape
        switch self {
        case .rmsToRMS:
            let gain = (Double(shape[0]) / Double(shape[1])).squareRoot()
            return orthogonalization.orthogonalized(gradient) * gain
        case .oneToRMS: return gradient.withUnitRows() * Double(shape[1]).squareRoot()
        case .largestElement: return gradient.sign() / Double(shape[shape.rank - 1])
        case .largestMagnitude: return gradient.sign()
        case .rootMeanSquare:
            return gradient.scaledToUnitFrobeniusNorm() * Double(shape.count).squareRoot()
        case .frobenius: return gradient.scaledToUnitFrobeniusNorm()
        }
    }
}
