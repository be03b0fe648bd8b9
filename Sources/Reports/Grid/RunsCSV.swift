import Documents
import Formats
import RunTables
import Runs

/// The contents of `runs.csv`: every cell of a sweep, a row each.
struct RunsCSV {
    private let sweep: SweepGrid

    /// Describes a sweep.
    init(_ sweep: SweepGrid) { self.sweep = sweep }

    /// Losses are in nats per token, spikes shares of what was recorded; what is not known is empty.
    var table: CSVTable {
        var table = CSVTable(columns: [
            "run", "state", "intervention", "width", "depth", "parameters", "learning_rate", "seed",
            "steps_done", "initial_loss", "final_loss", "max_attention_logit", "loss_spikes",
            "gradient_spikes", "tokens_per_second", "diverged_step", "diverged_tensor",
        ])
        for row in sweep.table.rows {
            let result = row.result
            table.append([
                .text(row.name), .text(row.state.rawValue),
                .text(sweep.intervention(row)), .optional(row.size.width),
                .optional(row.size.depth), .optional(result.flatMap { _ in row.parameters }),
                .optional(row.learningRate), .optional(result?.seed.map { Int(clamping: $0) }),
                .optional(result?.stepsDone), .optional(result?.initialLoss),
                .optional(result?.finiteLoss), .optional(result?.maxAttentionLogit),
                .optional(result?.lossSpikes), .optional(result?.gradientSpikes),
                .optional(result?.tokensPerSecond), .optional(result?.divergedStep),
                .text(result?.divergedTensor ?? ""),
            ])
        }
        return table
    }
}
