public import RunTables
public import Telemetry
public import Training

/// The mean log of the softmax's denominator at the output, late in the run.
///
/// The lines are where bf16, with eight bits of precision, rounds a logit to an eighth of a nat and to a
/// whole one; no line is published.
///
/// Source of the signal: arXiv 2309.14322, figures 3 and 4.
public struct OutputScaleSignal: ForecastSignal {
    public let name = "output-logz"
    public let meaning =
        "the magnitude of the mean log Z of the output (arXiv 2309.14322, section 3.1.2; the lines "
        + "are where bf16 rounds logits to 1/8 and to 1 nat)"

    public init() {}

    public func thresholds(_ configuration: RunConfiguration?) -> [ForecastThreshold] {
        Self.lines
    }

    static let lines = [
        ForecastThreshold("bf16 rounds logits to 1 nat", 128, .alarm, isCeiling: true),
        ForecastThreshold("bf16 rounds logits to 1/8 nat", 16, .warning, isCeiling: true),
    ]

    public func metrics(in row: RunRow) -> [Metric] {
        [.logZ]
    }
}

/// The magnitude of the mean output logit, which drifts to large negative values without decay or
/// z-loss, late in the run.
///
/// Source of the signal: arXiv 2309.14322, figure 4; lines as ``OutputScaleSignal``.
public struct OutputDriftSignal: ForecastSignal {
    public let name = "output-logit-mean"
    public let meaning =
        "the magnitude of the mean output logit (arXiv 2309.14322, figure 4; the lines are where "
        + "bf16 rounds logits to 1/8 and to 1 nat)"

    public init() {}

    public func thresholds(_ configuration: RunConfiguration?) -> [ForecastThreshold] {
        OutputScaleSignal.lines
    }

    public func metrics(in row: RunRow) -> [Metric] {
        [.logitMean]
    }
}
