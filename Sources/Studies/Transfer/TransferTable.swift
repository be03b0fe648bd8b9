import Documents
import Formats
import Statistics
public import Sweeps

/// The contents of `transfer.csv`: a row a size, with its optimum and its ladder's drift.
public struct TransferTable {
    private let result: TransferResult

    /// Describes a result.
    public init(_ result: TransferResult) { self.result = result }

    /// The table as text.
    public var text: String {
        var table = CSVTable(columns: [
            "ladder", "axis", "extent", "seeds", "optimum", "optimum_low", "optimum_high",
            "lowest_loss", "curvature", "diverged", "reason", "drift_per_doubling",
            "drift_per_doubling_low", "drift_per_doubling_high", "total_drift", "total_drift_low",
            "total_drift_high", "verdict",
        ])
        for ladder in result.ladders {
            let drift = ladder.drift
            for curve in ladder.curves {
                table.append([
                    .text(ladder.name), .text(ladder.axis.rawValue), .integer(curve.extent),
                    .integer(ladder.seeds), .optional(curve.optimum?.learningRate),
                    .optional(curve.optimum?.low), .optional(curve.optimum?.high),
                    .optional(curve.optimum?.loss), .optional(curve.optimum?.curvature),
                    .integer(curve.points.reduce(0) { $0 + $1.diverged }),
                    .text(curve.reason ?? ""), .optional(drift?.perDoubling),
                    .optional(drift?.perDoublingLow), .optional(drift?.perDoublingHigh),
                    .optional(drift?.total), .optional(drift?.totalLow),
                    .optional(drift?.totalHigh), .text(ladder.verdict.rawValue),
                ])
            }
        }
        return table.text
    }
}
