import Documents
import Formats
import Runs

/// The contents of `runs.csv`: every cell of a sweep, a row each.
struct RunTable {
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
        for cell in sweep.record.cells {
            let size = sweep.size(of: cell)
            let result = cell.result
            table.append([
                .text(cell.name), .text(cell.state.rawValue),
                .text(sweep.labels.intervention(cell)), .optional(size.width),
                .optional(size.depth), .optional(result?.parameters),
                .optional(cell.learningRate), .optional(result.map { Int(clamping: $0.seed) }),
                .optional(result?.stepsDone), .optional(result?.initialLoss),
                .optional(result?.usableLoss), .optional(result?.maxAttentionLogit),
                .optional(result?.lossSpikes), .optional(result?.gradientSpikes),
                .optional(result?.tokensPerSecond), .optional(result?.divergedStep),
                .text(result?.divergedTensor ?? ""),
            ])
        }
        return table
    }
}
