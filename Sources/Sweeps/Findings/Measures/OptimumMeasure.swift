import Foundation
import Statistics
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
        let place = LowestPoint.place(
            curve.map { log($0.learningRate) }, curve.map(\.run.clampedLoss))
        guard let place else {
            throw FindingGap(
                "\(curve.first?.run.name ?? ""): the lowest loss stands at an end of the learning "
                    + "rates; extend them")
        }
        return exp(place)
    }
}
