import Engines
import Foundation
import Modules
import Telemetry
package import Tensors

/// Measures the shape of the singular values of matrices, on the host in double.
///
/// - `stable_rank` is ‖W‖_F² / σ₁², from 1 to the smaller extent;
/// - `entropy` is −Σ pᵢ log pᵢ / log n with pᵢ = σᵢ² / Σσ² over n singular values, from 0 to 1
///   (arXiv 2502.16982, section 2.2).
///
/// The decomposition is exact and slow, in proportion to the larger extent times the square of the smaller
/// one: for models of some hundred columns.
package enum SpectrumProbe {
    /// Measures a matrix.
    ///
    /// - Parameters:
    ///   - matrix: Of rank 2.
    ///   - path: The parameter's.
    /// - Returns: The two numbers; none for a matrix of zeros, and no entropy of a single value.
    package static func measure(_ matrix: Tensor, _ path: String) -> [ProbeValue] {
        guard matrix.floats.allSatisfy(\.isFinite) else { return [] }
        let squares = SingularValues(matrix).values.map { $0 * $0 }
        let total = squares.reduce(0, +)
        guard let largest = squares.first, largest > 0 else { return [] }
        var values = [
            ProbeValue(metric: MetricFamily.spectra(.stableRank)(path), value: total / largest)
        ]
        if squares.count > 1 {
            let entropy = squares.reduce(0) { sum, square in
                square > 0 ? sum - square / total * log(square / total) : sum
            }
            values.append(
                ProbeValue(
                    metric: MetricFamily.spectra(.entropy)(path),
                    value: entropy / log(Double(squares.count))))
        }
        return values
    }
}
