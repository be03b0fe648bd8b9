import Statistics
import Sweeps
public import Training

/// The learning-rate sensitivity S of arXiv 2309.14322, section 2, in nats.
public struct SensitivityMeasure: CurveMeasure {
    public static let name = "sensitivity"
    public let words = "learning-rate sensitivity S"
    public let unit = "nats"

    public init(_ reader: FindingReader) throws(ConfigurationError) {}

    public func value(_ curve: [(learningRate: Double, run: FindingRun)]) throws(FindingGap)
        -> Double
    {
        do throws(SensitivityError) {
            return try LearningRateSensitivity(
                curve.map {
                    .init(
                        learningRate: $0.learningRate, loss: $0.run.loss,
                        initialLoss: $0.run.initialLoss)
                }
            ).value
        } catch {
            throw FindingGap("\(curve.first?.run.name ?? ""): \(error.description)")
        }
    }
}
