public import RunTables
public import Telemetry
public import Training

/// The largest attention logit of block 0, early in warm-up.
///
/// Published at step 2000 of 100,000, in a warm-up of 5000, so at 0.4 of the peak learning rate: 2% of
/// the steps. Every run beyond 1e4 diverged later; losses suffer from 1e3 on.
///
/// Source: arXiv 2309.14322, section 3.3 and figures 9 and 10.
public struct AttentionLogitSignal: ForecastSignal {
    public let name = "attention-logit"
    public let meaning =
        "the largest attention logit of block 0 (arXiv 2309.14322, section 3.3: step 2000 of 100,000, "
        + "at 0.4 of the peak learning rate)"

    public init() {}

    public var readings: [ForecastReading] {
        [0.02, 0.01, 0.05, 0.1, 0.25, 0.5, 1].map(ForecastReading.at)
    }

    public func thresholds(_ configuration: RunConfiguration?) -> [ForecastThreshold] {
        [
            ForecastThreshold("runs diverge", 1e4, .alarm, isCeiling: true),
            ForecastThreshold("losses suffer", 1e3, .warning, isCeiling: true),
        ]
    }

    public func metrics(in row: RunRow) -> [Metric] {
        [.maxAttentionLogit(0)]
    }
}
