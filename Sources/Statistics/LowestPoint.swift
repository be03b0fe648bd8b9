/// Where a curve of a few points is lowest, between the points.
///
/// The vertex of the parabola through the lowest point and its two neighbours. ``Optimum`` asks more of a
/// curve, and knows its error; this is for curves of which the error comes from replicates.
public enum LowestPoint {
    /// The place; nil where the lowest point stands at an end, or a number is not finite.
    ///
    /// - Parameters:
    ///   - x: Different places, in any order.
    ///   - y: The values there, as many.
    /// - Returns: Between the neighbours of the lowest point.
    /// - Precondition: `x.count == y.count`.
    public static func place(_ x: [Double], _ y: [Double]) -> Double? {
        precondition(x.count == y.count, "LowestPoint: \(x.count) places and \(y.count) values")
        guard (x + y).allSatisfy(\.isFinite) else { return nil }
        let points = zip(x, y).sorted { $0.0 < $1.0 }
        guard let best = points.indices.min(by: { points[$0].1 < points[$1].1 }), best > 0,
            best < points.count - 1
        else { return nil }
        let near = points[best - 1...best + 1]
        guard let vertex = Parabola(near.map(\.0), near.map(\.1))?.vertex else {
            return points[best].0  // All three are level.
        }
        return min(max(vertex, points[best - 1].0), points[best + 1].0)
    }
}
