import Statistics
import Sweeps
public import Training

/// The learning rate of the lowest loss, between the points of the grid.
public struct OptimumMeasure: CurveMeasure {
    public static let name = "optimum"
    public let words = "optimal learning rate"
    public let unit = ""

    public init(_ reader: FindingReader) throws(ConfigurationError) {}

    public func value(_ curve: [(learningRate: Double, run: FindingRun)]) throws(FindingGap)
        -> Double
    {
        let points = curve.map { point in
            LossCurve.Point(
                learningRate: point.learningRate,
                losses: [point.run.loss.flatMap { $0 <= point.run.initialLoss ? $0 : nil }])
        }
        do throws(OptimumError) {
            return try Optimum(LossCurve(points), pointsOnEachSide: 1).learningRate
        } catch {
            throw FindingGap("\(curve.first?.run.name ?? ""): \(error)")
        }
    }
}
