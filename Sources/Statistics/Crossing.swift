import Foundation

/// Where a curve leaves its best value.
///
/// Beginning at its extreme point the curve is followed in one direction to the first two neighbours on
/// both sides of the level, between which it is taken as straight over the logarithm of the place.
///
/// ```swift
/// // 2.0 rises by 0.1 half way, in logarithms, between 100 and 1000.
/// Crossing.place([10, 100, 1000], [2, 2, 2.2], level: .rise(0.1), towards: .larger)   // 316.2
/// ```
public enum Crossing {
    /// The level, from the extreme of the curve.
    public enum Level: Sendable, Hashable {
        /// So much above the lowest value.
        case rise(Double)
        /// This share of the largest value.
        case fall(Double)
    }

    /// Where the curve is followed to.
    public enum Direction: String, Sendable, Hashable, Codable, CaseIterable {
        /// To larger places.
        case larger
        /// To smaller places.
        case smaller
    }

    /// The place; nil where the level is not reached, for fewer than two points, and for a place that is
    /// not above zero or a number that is not finite.
    ///
    /// - Parameters:
    ///   - x: The places, in any order.
    ///   - y: The values there, as many.
    ///   - level: The level.
    ///   - direction: Where the curve is followed to.
    /// - Returns: In the unit of `x`.
    /// - Precondition: `x.count == y.count`.
    public static func place(
        _ x: [Double], _ y: [Double], level: Level, towards direction: Direction
    ) -> Double? {
        precondition(x.count == y.count, "Crossing: \(x.count) places and \(y.count) values")
        guard x.count >= 2, (x + y).allSatisfy(\.isFinite), x.allSatisfy({ $0 > 0 }) else {
            return nil
        }
        let ascending = zip(x, y).sorted { $0.0 < $1.0 }
        let points = direction == .larger ? ascending : ascending.reversed()
        // Heights above the level of the best point, which is below zero there.
        let heights: [Double]
        switch level {
        case .rise(let amount):
            let lowest = y.min() ?? 0
            heights = points.map { $0.1 - (lowest + amount) }
        case .fall(let share):
            let largest = y.max() ?? 0
            heights = points.map { share * largest - $0.1 }
        }
        guard var last = heights.indices.min(by: { heights[$0] < heights[$1] }), heights[last] < 0
        else { return nil }
        for next in heights.indices.dropFirst(last + 1) {
            if heights[next] >= 0 {
                let part = -heights[last] / (heights[next] - heights[last])
                return exp((1 - part) * log(points[last].0) + part * log(points[next].0))
            }
            last = next
        }
        return nil
    }
}
