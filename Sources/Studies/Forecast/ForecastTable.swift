import Documents
import Formats
import Statistics

/// The contents of `forecast.csv`: a row a size of each line, the target and the held-out forecasts.
struct ForecastTable {
    private let result: ForecastResult

    /// Describes a result.
    init(_ result: ForecastResult) { self.result = result }

    /// `kind` is `measured`, one row a run; `held-out`, the forecast of the largest size; `forecast`.
    var table: CSVTable {
        var table = CSVTable(columns: [
            "signal", "intervention", "learning_rate", "kind", "parameters", "value", "low", "high",
            "extrapolation_factor", "model", "covered", "runs", "verdict", "reason",
        ])
        for signal in result.signals {
            for line in signal.lines {
                func row(
                    _ kind: String, _ parameters: Double?, _ value: Double?, _ low: Double? = nil,
                    _ high: Double? = nil, extrapolationFactor: Double? = nil, model: String = "",
                    covered: Int? = nil, runs: Int? = nil, verdict: String = "",
                    reason: String = ""
                ) {
                    table.append([
                        .text(signal.name), .text(line.intervention), .number(line.learningRate),
                        .text(kind), .optional(parameters), .optional(value), .optional(low),
                        .optional(high), .optional(extrapolationFactor), .text(model),
                        .optional(covered),
                        .optional(runs), .text(verdict), .text(reason),
                    ])
                }
                for point in line.points {
                    for value in point.values { row("measured", point.parameters, value) }
                }
                for held in line.heldOut {
                    row(
                        "held-out", line.points.last?.parameters, held.value, held.low, held.high,
                        extrapolationFactor: held.extrapolationFactor, model: held.model.rawValue,
                        covered: held.covered,
                        runs: held.truths.count)
                }
                row(
                    "forecast", result.targetParameters, line.value, line.low, line.high,
                    extrapolationFactor: result.extrapolationFactor,
                    model: line.model?.rawValue ?? "",
                    verdict: line.verdict?.rawValue ?? "", reason: line.reason ?? "")
            }
        }
        return table
    }
}
