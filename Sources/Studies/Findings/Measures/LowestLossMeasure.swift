public import Training

/// The lowest final loss over the learning rates of the grid, in nats: what a recipe reaches when it is tuned.
///
/// Of a grid whose best learning rate stands at an end there is none: a wider one could be lower.
public struct LowestLossMeasure: CurveMeasure {
    public static let name = "lowest-loss"
    public let words = "lowest final loss"
    public let unit = "nats"

    public init(_ reader: FindingReader) throws(ConfigurationError) {}

    public func value(_ curve: [(learningRate: Double, run: FindingRun)]) throws(FindingGap)
        -> Double
    {
        let losses = curve.map { $0.run.loss.map { $0.isFinite ? $0 : .infinity } ?? .infinity }
        guard let lowest = losses.min(), lowest < .infinity,
            let place = losses.firstIndex(of: lowest)
        else { throw FindingGap("\(curve.first?.run.name ?? ""): every run diverged") }
        guard place > 0, place < losses.count - 1 else {
            let end = place == 0 ? "lowest" : "highest"
            throw FindingGap(
                "\(curve[place].run.name): the lowest loss is at the \(end) learning rate; extend "
                    + "the grid")
        }
        return lowest
    }
}
