package import Runs
package import Statistics

/// One size under one intervention: a line of a figure, a row of a table.
package struct SweepLine: Sendable {
    /// The size.
    package let size: SweepSize
    /// The intervention's short name; empty when none is swept.
    package let intervention: String
    /// Parameters without the embedding and the head, when a result says it.
    package let parameters: Int?
    /// Whether queries and keys are normalised, when a result or the settings say it.
    package let qkNorm: Bool?
    /// The learning rates of this line, ascending.
    package let stops: [Stop]
    /// The learning rates of the sweep that have no result here.
    package let missing: [Double]
    /// The learning-rate sensitivity over the learning rates that have a result.
    package let sensitivity: Result<LearningRateSensitivity, SensitivityError>
    /// The sensitivities of the seeds that have a result at every learning rate of the line,
    /// ascending; empty for fewer than two such seeds.
    package let seedSensitivities: [Double]

    /// The cells at one learning rate, which differ in their seeds.
    package struct Stop: Sendable {
        /// The peak learning rate.
        package let learningRate: Double
        /// Cells, finished or not.
        package let cells: [CellRecord]

        /// The results there are.
        package var results: [RunResult] { cells.compactMap(\.result) }
        /// The final losses of the runs that did not diverge.
        package var losses: [Double] { results.compactMap(\.usableLoss) }
        /// How many runs diverged.
        package var diverged: Int { results.count - losses.count }
        /// The largest attention logits that were recorded and are finite.
        package var logits: [Double] {
            results.compactMap(\.maxAttentionLogit).filter(\.isFinite)
        }
        /// Runs whose largest attention logit left the finite numbers unrecorded.
        package var lostLogits: Int { results.count - logits.count }

        /// What the cells without a result are: `missing`, `running` and so on; nil when all have one.
        package var openState: CellState? { cells.first { $0.result == nil }?.state }
    }

    /// Reads a line from its cells.
    init(_ cells: [CellRecord], size: SweepSize, intervention: String, grid: [Double]) {
        self.size = size
        self.intervention = intervention
        parameters = cells.compactMap(\.result).first?.parameters
        qkNorm = cells.compactMap(\.qkNorm).first
        let groups = Dictionary(grouping: cells, by: \.learningRate)
        stops = groups.compactMap { rate, cells in
            rate.map { Stop(learningRate: $0, cells: cells) }
        }.sorted { $0.learningRate < $1.learningRate }
        let done = stops.filter { !$0.results.isEmpty }.map(\.learningRate)
        missing = grid.filter { !done.contains($0) }
        sensitivity = Self.sensitivity(of: stops.flatMap(\.results))
        let seeds = Dictionary(grouping: stops.flatMap(\.results)) { [$0.seed, $0.dataSeed] }
        let complete = seeds.values.compactMap { results -> Double? in
            guard Set(results.map(\.learningRate)).count == done.count else { return nil }
            return try? Self.sensitivity(of: results).get().value
        }
        seedSensitivities = complete.count > 1 ? complete.sorted() : []
    }

    private static func sensitivity(
        of results: [RunResult]
    ) -> Result<LearningRateSensitivity, SensitivityError> {
        Result { () throws(SensitivityError) in
            try LearningRateSensitivity(
                results.map {
                    .init(
                        learningRate: $0.learningRate, loss: $0.usableLoss,
                        initialLoss: $0.initialLoss)
                })
        }
    }

    /// The sensitivity, when there is one.
    package var sensitivityValue: LearningRateSensitivity? { try? sensitivity.get() }

    /// The learning rate of the lowest mean loss and that loss; a stop where a run diverged counts it as
    /// its loss at initialisation.
    package var best: (learningRate: Double, loss: Double)? {
        if let value = sensitivityValue { return (value.bestLearningRate, value.bestLoss) }
        return stops.filter { $0.diverged == 0 }.compactMap { stop in
            Descriptive.mean(of: stop.losses).map { (stop.learningRate, $0) }
        }.min { $0.1 < $1.1 }
    }
}

extension CellRecord {
    /// The peak learning rate, as the result or the settings say it.
    package var learningRate: Double? { result?.learningRate ?? number("learning-rate") }

    /// Whether queries and keys are normalised, as the result or the settings say it.
    package var qkNorm: Bool? {
        if let result { return result.qkNorm }
        guard case .flag(let on) = setting("qk-norm") else { return nil }
        return on
    }
}

extension RunResult {
    /// The final loss of a run that did not diverge.
    package var usableLoss: Double? {
        guard !diverged, let finalLoss, finalLoss.isFinite else { return nil }
        return finalLoss
    }
}
