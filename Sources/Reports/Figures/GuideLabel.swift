import Foundation
import RunTables

/// Where the name of a guide meets the fewest lines.
struct GuideLabel {
    /// Whether the name stands under the guide.
    var below = false
    /// Whether it stands at the right end.
    var fromRight = false

    /// The part of the panel's width that a name takes, and of its height.
    private static let share = (width: 0.5, height: 0.08)

    /// Chooses a place for a name.
    ///
    /// - Parameters:
    ///   - guide: The guide's height.
    ///   - lines: The lines as points from 0 to 1 along x, with values along y.
    ///   - range: The logarithmic axis of the values.
    ///   - preferred: The places tried, the first of those that meet equally few lines is taken.
    init(
        at guide: Double, among lines: [[(x: Double, value: Double)]], range: ClosedRange<Double>,
        preferred: [(below: Bool, fromRight: Bool)]
    ) {
        let height = log(range.upperBound / range.lowerBound)
        func place(_ value: Double) -> Double { log(max(value, 1e-300) / guide) / height }
        var points: [(x: Double, y: Double)] = []
        for line in lines {
            for (from, to) in zip(line, line.dropFirst()) {
                let start = place(from.value)
                let rise = place(to.value) - start
                for part in stride(from: 0.0, through: 1, by: 0.1) {
                    points.append((from.x + part * (to.x - from.x), start + part * rise))
                }
            }
        }
        var fewest = Int.max
        for (below, fromRight) in preferred {
            let hits = points.count { point in
                let along = fromRight ? 1 - point.x : point.x
                let up = below ? -point.y : point.y
                return along < Self.share.width && up > -0.01 && up < Self.share.height
            }
            guard hits < fewest else { continue }
            fewest = hits
            self.below = below
            self.fromRight = fromRight
        }
    }

    /// The lines of a sweep against the learning rate, drawn on a logarithmic axis.
    static func lines(
        of sweep: SweepGrid, _ value: (SweepGrid.RatePoint) -> Double?
    ) -> [[(x: Double, value: Double)]] {
        guard let first = sweep.learningRates.first, let last = sweep.learningRates.last,
            last > first
        else { return [] }
        return sweep.lines.map { line in
            line.stops.compactMap { stop in
                value(stop).map { (log(stop.learningRate / first) / log(last / first), $0) }
            }
        }
    }
}
