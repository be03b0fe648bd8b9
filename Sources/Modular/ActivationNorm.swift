public import Tensors

/// How activations are measured; the norm of a tuple is the sum over its entries.
public enum ActivationNorm: String, Sendable, Hashable, CaseIterable {
    /// The largest root mean square along the last axis, over all others.
    case rootMeanSquare = "root-mean-square"
    /// The largest magnitude of an element: of attention scores.
    case largest
    /// The largest sum of magnitudes along the last axis, over all others: of attention weights.
    case rowSum = "row-sum"

    /// The size of an activation.
    ///
    /// - Parameter x: A tensor of at least one axis.
    /// - Returns: The norm; nan where an element is.
    public func size(_ x: Tensor) -> Double {
        rows(x).map(measure).reduce(0) { $0.isNaN || $1.isNaN ? .nan : max($0, $1) }
    }

    /// What has the inner product `size(x)` with an activation, and at most their size with all others.
    ///
    /// - Parameter x: An activation that is not zero.
    /// - Returns: A tensor of `f64`.
    public func support(of x: Tensor) -> Tensor {
        let rows = rows(x)
        let sizes = rows.map(measure)
        let chosen = sizes.indices.max { sizes[$0] < sizes[$1] } ?? 0
        return assembled(x.shape, rows.indices.map { $0 == chosen ? support(of: rows[$0]) : nil })
    }

    /// The activation of size one that is farthest along a gradient.
    ///
    /// - Parameter gradient: A tensor of at least one axis.
    /// - Returns: A tensor of `f64`; zero where the gradient is.
    public func farthest(along gradient: Tensor) -> Tensor {
        assembled(gradient.shape, rows(gradient).map(farthest))
    }

    private func rows(_ x: Tensor) -> [ArraySlice<Double>] {
        let elements = x.doubles
        let width = max(x.shape.dimensions.last ?? 1, 1)
        return stride(from: 0, to: elements.count, by: width).map { elements[$0..<$0 + width] }
    }

    private func assembled(_ shape: Shape, _ rows: [[Double]?]) -> Tensor {
        let width = shape.dimensions.last ?? 1
        return Tensor(
            doubles: rows.flatMap { $0 ?? [Double](repeating: 0, count: width) }, shape: shape)
    }

    private func measure(_ row: ArraySlice<Double>) -> Double {
        switch self {
        case .rootMeanSquare: (length(row) / Double(row.count).squareRoot())
        case .largest: row.reduce(0) { $0.isNaN || $1.isNaN ? .nan : max($0, $1.magnitude) }
        case .rowSum: row.reduce(0) { $0 + $1.magnitude }
        }
    }

    private func support(of row: ArraySlice<Double>) -> [Double] {
        switch self {
        case .rootMeanSquare:
            let size = length(row) * Double(row.count).squareRoot()
            return row.map { size > 0 ? $0 / size : 0 }
        case .largest: return peak(row)
        case .rowSum: return row.map(sign)
        }
    }

    private func farthest(along row: ArraySlice<Double>) -> [Double] {
        switch self {
        case .rootMeanSquare:
            let size = length(row) / Double(row.count).squareRoot()
            return row.map { size > 0 ? $0 / size : 0 }
        case .largest: return row.map(sign)
        case .rowSum: return peak(row)
        }
    }

    /// The sign of the largest element in its place, and zeros.
    private func peak(_ row: ArraySlice<Double>) -> [Double] {
        let place = row.indices.max { row[$0].magnitude < row[$1].magnitude }
        return row.indices.map { $0 == place ? sign(row[$0]) : 0 }
    }

    private func sign(_ x: Double) -> Double { x > 0 ? 1 : x < 0 ? -1 : 0 }

    private func length(_ row: ArraySlice<Double>) -> Double {
        row.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
}
