import Modules
public import RunTables
public import Telemetry
public import Training

/// The largest root mean square of a weight, late in the run, against the ranges of number formats.
///
/// A tensor whose root mean square is a sixth of a format's largest number has elements beyond it.
public struct WeightNormSignal: ForecastSignal {
    public let name = "weight-rms"
    public let meaning =
        "the largest root mean square of a weight; a format is exhausted where six times as much exceeds "
        + "its largest number"

    public init() {}

    public func thresholds(_ configuration: RunConfiguration?) -> [ForecastThreshold] {
        ForecastThreshold.formats(configuration?.model.elementType)
    }

    public func metrics(in row: RunRow) -> [Metric] {
        row.series[MetricFamily.weights].map(\.metric)
    }
}

/// The largest root mean square of the residual stream after a block, late in the run, against the
/// ranges of number formats.
public struct ActivationNormSignal: ForecastSignal {
    public let name = "activation-rms"
    public let meaning =
        "the largest root mean square of the residual stream after a block; a format ends where six "
        + "times as much is beyond its largest number"

    public init() {}

    public func thresholds(_ configuration: RunConfiguration?) -> [ForecastThreshold] {
        ForecastThreshold.formats(configuration?.model.elementType)
    }

    public func metrics(in row: RunRow) -> [Metric] {
        row.depth.map { depth in (0..<max(depth, 0)).map { .residual($0) } }
            ?? row.series[MetricFamily.residuals].map(\.metric)
    }
}
