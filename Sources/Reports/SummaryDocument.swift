import RunTables
import Runs
import Statistics

/// What a sweep came to, for programs: the contents of `summary.json`.
///
/// Losses are cross-entropies in nats per token. What is not known is written as `null`, never left out.
public struct SummaryDocument: Sendable, Hashable, Codable {
    /// The study's name.
    public var name: String
    /// Seconds during which at least one cell was being trained.
    public var wallSeconds: Double
    /// Every cell of the sweep, in the order of the grid.
    public var runs: [Run]
    /// The learning-rate sensitivity of each size under each intervention.
    public var learningRateSensitivity: [Sensitivity]

    /// One cell.
    public struct Run: Sendable, Hashable, Codable {
        /// The name of the cell's folder.
        public var name: String
        /// `finished`, `diverged`, `running`, `interrupted`, `failed` or `missing`.
        public var state: String
        /// The width of the residual stream.
        public var width: Int?
        /// The number of blocks.
        public var depth: Int?
        /// Parameters without the embedding and the head.
        public var parameters: Int?
        /// Whether queries and keys are normalised.
        public var qkNorm: Bool?
        /// The peak learning rate.
        public var learningRate: Double?
        /// Seed of the initial weights.
        public var seed: UInt64?
        /// The loss after the last step; nil when the run diverged or has not ended.
        public var finalLoss: Double?
        /// The loss before the first step.
        public var initialLoss: Double?
        /// The largest attention logit of all steps and layers.
        public var maxAttentionLogit: Double?
        /// The share of recorded training losses that leap out, from 0 to 1; nil with too few records.
        public var lossSpikes: Double?
        /// The share of recorded gradient norms that leap out; nil with too few records.
        public var gradientSpikes: Double?
        /// Whether the run has ended, by a number that is not finite.
        public var diverged: Bool
    }

    /// The learning-rate sensitivity of one size under one intervention.
    public struct Sensitivity: Sendable, Hashable, Codable {
        /// The swept settings that tell this line apart from others of its size; empty when none do.
        public var intervention: String
        /// The width of the residual stream.
        public var width: Int?
        /// The number of blocks.
        public var depth: Int?
        /// Parameters without the embedding and the head.
        public var parameters: Int?
        /// Whether queries and keys are normalised.
        public var qkNorm: Bool?
        /// The sensitivity in nats; nil when there is none, for the ``reason`` given.
        public var value: Double?
        /// The learning rates averaged over, ascending.
        public var grid: [Double]
        /// The learning rates of the sweep that have no result here.
        public var missing: [Double]
        /// How many runs counted as their loss at initialisation.
        public var clamped: Int?
        /// The learning rate of the lowest loss.
        public var bestLearningRate: Double?
        /// The lowest loss, averaged over seeds.
        public var bestLoss: Double?
        /// Why there is no value.
        public var reason: String?
    }

    private enum CodingKeys: String, CodingKey {
        case name, runs
        case wallSeconds = "wall_seconds"
        case learningRateSensitivity = "lr_sensitivity"
    }
}

extension SummaryDocument.Run {
    private enum CodingKeys: String, CodingKey {
        case name, state, width, depth, parameters, seed, diverged
        case qkNorm = "qk_norm"
        case learningRate = "learning_rate"
        case finalLoss = "final_loss"
        case initialLoss = "initial_loss"
        case maxAttentionLogit = "max_attention_logit"
        case lossSpikes = "loss_spikes"
        case gradientSpikes = "gradient_spikes"
    }

    /// Writes every key, with `null` for what is not known.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(state, forKey: .state)
        try container.encode(width, forKey: .width)
        try container.encode(depth, forKey: .depth)
        try container.encode(parameters, forKey: .parameters)
        try container.encode(qkNorm, forKey: .qkNorm)
        try container.encode(learningRate, forKey: .learningRate)
        try container.encode(seed, forKey: .seed)
        try container.encode(finalLoss, forKey: .finalLoss)
        try container.encode(initialLoss, forKey: .initialLoss)
        try container.encode(maxAttentionLogit, forKey: .maxAttentionLogit)
        try container.encode(lossSpikes, forKey: .lossSpikes)
        try container.encode(gradientSpikes, forKey: .gradientSpikes)
        try container.encode(diverged, forKey: .diverged)
    }
}

extension SummaryDocument.Sensitivity {
    private enum CodingKeys: String, CodingKey {
        case intervention, width, depth, parameters, value, grid, missing, clamped, reason
        case qkNorm = "qk_norm"
        case bestLearningRate = "best_learning_rate"
        case bestLoss = "best_loss"
    }

    /// Writes every key, with `null` for what is not known.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(intervention, forKey: .intervention)
        try container.encode(width, forKey: .width)
        try container.encode(depth, forKey: .depth)
        try container.encode(parameters, forKey: .parameters)
        try container.encode(qkNorm, forKey: .qkNorm)
        try container.encode(value, forKey: .value)
        try container.encode(grid, forKey: .grid)
        try container.encode(missing, forKey: .missing)
        try container.encode(clamped, forKey: .clamped)
        try container.encode(bestLearningRate, forKey: .bestLearningRate)
        try container.encode(bestLoss, forKey: .bestLoss)
        try container.encode(reason, forKey: .reason)
    }
}

extension SummaryDocument {
    init(_ sweep: SweepGrid) {
        name = sweep.table.name
        let seconds = sweep.table.wallSeconds
        wallSeconds = seconds.isFinite ? seconds : 0
        runs = sweep.table.rows.map { row in
            let result = row.result
            return Run(
                name: row.name, state: row.state.rawValue, width: row.width, depth: row.depth,
                parameters: result.flatMap { _ in row.parameters }, qkNorm: row.qkNorm,
                learningRate: row.learningRate,
                seed: row.replicate.seed,
                finalLoss: row.finalLoss, initialLoss: result?.initialLoss?.finite,
                maxAttentionLogit: result?.maxAttentionLogit?.finite,
                lossSpikes: result?.lossSpikes, gradientSpikes: result?.gradientSpikes,
                diverged: result != nil && row.finalLoss == nil)
        }
        learningRateSensitivity = sweep.lines.map { line in
            var reason: String?
            if case .failure(let error) = line.sensitivity { reason = error.description }
            let value = line.sensitivityValue
            return Sensitivity(
                intervention: line.intervention, width: line.size.width, depth: line.size.depth,
                parameters: line.parameters, qkNorm: line.qkNorm, value: value?.value,
                grid: value?.grid ?? [], missing: line.missing, clamped: value?.clamped,
                bestLearningRate: line.best?.learningRate, bestLoss: line.best?.loss,
                reason: reason)
        }
    }
}

extension Double {
    /// The number, if it is one.
    fileprivate var finite: Double? { isFinite ? self : nil }
}
