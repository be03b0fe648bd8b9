import Sweeps
public import Training

/// The validation loss after the last step, in nats; that before the first where a run ended above it or
/// became NaN or infinite.
public struct LossMeasure: RunMeasure {
    public static let name = "loss"
    public let words = "final loss"
    public let unit = "nats"

    public init(_ reader: FindingReader) throws(ConfigurationError) {}

    public func value(_ run: FindingRun) throws(FindingGap) -> Double { run.clampedLoss }
}
