/// A parabola through points by least squares.
///
/// ```
/// y = a + b z + c z²,   z = x − centre
/// ```
///
/// The coefficients are linear in the heights, so that the error of each height passes on to the lowest
/// point by ``vertexInfluence``.
public struct Parabola: Sendable, Hashable {
    /// The weighted mean of the places.
    public let centre: Double
    /// The coefficients a, b, c.
    public let coefficients: [Double]
    private let linearWeights: [Double]
    private let squareWeights: [Double]

    /// Fits a parabola; nil with fewer than three different places of weight, or a height that is not
    /// finite.
    ///
    /// - Parameters:
    ///   - x: Places, at least three different ones.
    ///   - y: The heights there, as many and finite.
    ///   - weights: The weights of the squared distances, as many, zero or more; all one when nil.
    /// - Precondition: `x.count == y.count`, and `weights.count` too.
    public init?(_ x: [Double], _ y: [Double], weights: [Double]? = nil) {
        let w = weights ?? [Double](repeating: 1, count: x.count)
        precondition(
            x.count == y.count && w.count == x.count,
            "Parabola: \(x.count) places, \(y.count) heights and \(w.count) weights")
        guard Set(x.indices.filter { w[$0] > 0 }.map { x[$0] }).count >= 3,
            (x + y + w).allSatisfy(\.isFinite)
        else { return nil }
        func sum(_ values: [Double]) -> Double { zip(w, values).reduce(0) { $0 + $1.0 * $1.1 } }
        let count = w.reduce(0, +)
        let centre = sum(x) / count
        let z = x.map { $0 - centre }
        // Polynomials orthogonal over the places: 1, z, z² − α z − β.
        let squares = sum(z.map { $0 * $0 })
        let alpha = sum(z.map { $0 * $0 * $0 }) / squares
        let beta = squares / count
        let bend = z.map { $0 * $0 - alpha * $0 - beta }
        let bendSquares = sum(bend.map { $0 * $0 })
        guard bendSquares > 0 else { return nil }
        let second = zip(w, bend).map { $0 * $1 / bendSquares }
        let first = x.indices.map { w[$0] * z[$0] / squares - alpha * second[$0] }
        let zeroth = zip(w, second).map { $0 / count - beta * $1 }
        squareWeights = second
        linearWeights = first
        self.centre = centre
        coefficients = [zeroth, first, second].map { weights in
            zip(weights, y).reduce(0) { $0 + $1.0 * $1.1 }
        }
    }

    /// The place of the lowest point; nil where the parabola has none.
    public var vertex: Double? {
        coefficients[2] > 0 ? centre - coefficients[1] / (2 * coefficients[2]) : nil
    }

    /// The height at a place.
    public func height(at x: Double) -> Double {
        let z = x - centre
        return coefficients[0] + z * (coefficients[1] + z * coefficients[2])
    }

    /// The standard error of c, for heights of a standard error of one.
    public var squareError: Double {
        squareWeights.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }

    /// How far the vertex moves for each height that rises by one, in the order of the points.
    public var vertexInfluence: [Double] {
        let (b, c) = (coefficients[1], coefficients[2])
        return zip(linearWeights, squareWeights).map { linear, square in
            -linear / (2 * c) + b * square / (2 * c * c)
        }
    }
}
