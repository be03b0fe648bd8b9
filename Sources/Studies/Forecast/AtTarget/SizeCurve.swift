import Foundation
import Reports
import RunTables
import Statistics
import Sweeps

/// The losses of a size over learning rates, under all its seeds.
struct SizeCurve {
    let parameters: Double
    let curve: LossCurve

    /// Takes the learning rates at which every seed has a result.
    init(_ parameters: Double, _ lines: [ForecastStudy.Line]) {
        self.parameters = parameters
        let table = RunTable(
            name: "size", axes: [], rows: ForecastStudy.rows(parameters, lines))
        curve = LossCurve(
            table.points().filter { $0.missing == 0 }.map { point in
                LossCurve.Point(
                    learningRate: point.learningRate, losses: point.usableLosses)
            })
    }

    /// The loss of a seed between the learning rates that ran, on the parabola through the three about it.
    ///
    /// - Parameters:
    ///   - seed: The place of the seed.
    ///   - place: log₂ of the learning rate.
    /// - Returns: Nil outside the grid, and where one of the three diverged.
    func loss(of seed: Int, at place: Double) -> Double? {
        let points = curve.points.map { (place: log2($0.learningRate), loss: $0.losses[seed]) }
        guard points.count >= 3, let first = points.first, let last = points.last,
            (first.place...last.place).contains(place)
        else { return nil }
        let centre = (1..<points.count - 1).min {
            (points[$0].place - place).magnitude < (points[$1].place - place).magnitude
        }
        guard let centre else { return nil }
        let near = points[centre - 1...centre + 1]
        let losses = near.compactMap(\.loss)
        guard losses.count == 3 else { return nil }
        return Parabola(near.map(\.place), losses)?.height(at: place)
    }
}
