import Modules
import Optimizers
public import RunTables
public import Telemetry
public import Training

/// The gradient of the first MLP matrix of block 0 before clipping, late in the run, against Adam's
/// epsilon and the floors of the number formats.
///
/// Published as the mean over the last 500 of 100,000 steps. Updates shrink once it is below epsilon.
///
/// Source: arXiv 2309.14322, section 3.4 and figure 11.
public struct GradientSignal: ForecastSignal {
    public let name = "gradient-rms"
    public let meaning =
        "the root mean square of the gradient of blocks.0.mlp.up before clipping, against epsilon "
        + "(arXiv 2309.14322, section 3.4: the mean over the last 500 of 100,000 steps)"

    public init() {}

    public func thresholds(_ configuration: RunConfiguration?) -> [ForecastThreshold] {
        var lines: [ForecastThreshold] = []
        if case .number(let epsilon)? = configuration?.optimizer["epsilon"], epsilon > 0 {
            lines = [
                ForecastThreshold("epsilon", epsilon, .alarm, isCeiling: false),
                ForecastThreshold("ten times epsilon", 10 * epsilon, .warning, isCeiling: false),
            ]
        }
        return lines + ForecastThreshold.formats(configuration?.model.elementType, floors: true)
    }

    public func metrics(in row: RunRow) -> [Metric] {
        [.gradient("blocks.0.mlp.up")]
    }
}
