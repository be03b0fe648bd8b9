import Datasets
public import Engines
import Foundation
import Modules
public import OrderedCollections
import RunTables
import Runs
import Statistics
public import Sweeps
import Tensors
import Training
import TransferStudies

extension PermutationStudy {
    /// What the runs of all recipes say.
    ///
    /// - Parameters:
    ///   - losses: For each recipe the final losses, by order and then by seed; nil for a run that
    ///     diverged.
    ///   - ends: For each recipe the ends of its runs, those that did not diverge.
    ///   - groups: For each recipe the group of each parameter, by `parameter/PATH`.
    /// - Returns: Components, spreads, distances and verdicts.
    public func result(
        losses: [[[Double?]]], ends: [[EndPoint]], groups: [OrderedDictionary<String, String>]
    ) -> PermutationResult {
        var entries: [PermutationResult.Entry] = []
        var first: VarianceComponents.Combined?
        for (index, recipe) in recipes.enumerated() {
            let table = losses[index].map { $0.compactMap(\.self) }
            let components = VarianceComponents(table, confidence: confidence)
            let combined = components?.withinColumns
            entries.append(
                entry(
                    recipe.name, losses[index], components, ends[index],
                    EndPointDistances.all(ends[index], groups: groups[index]),
                    over: index == 0 ? nil : first))
            if index == 0 { first = combined }
        }
        return PermutationResult(
            verdict: entries[0].verdict, bound: bound, confidence: confidence, orders: orders,
            seeds: seeds, recipes: entries)
    }

    private func entry(
        _ name: String, _ losses: [[Double?]], _ components: VarianceComponents?,
        _ ends: [EndPoint], _ distances: [EndPointDistances],
        over first: VarianceComponents.Combined?
    ) -> PermutationResult.Entry {
        let noise = evaluationNoise(ends)
        var entry = PermutationResult.Entry(
            name: name, verdict: .inconclusive, reason: nil, losses: losses, mean: nil, order: nil,
            seed: nil, interaction: nil, overOrders: nil, overSeeds: nil,
            evaluationNoise: noise.level, pairedEvaluationNoise: noise.paired, overRecipe: nil,
            distances: distances)
        guard let components else {
            let lost = losses.joined().filter { $0 == nil }.count
            entry.reason =
                "\(lost) of \(orders.count * seeds.count) runs diverged, which have no final loss; "
                + "lower optimizer.learning-rate"
            return entry
        }
        let combined = components.withinColumns
        entry.mean = components.mean
        entry.order = spread(components.rows)
        entry.seed = spread(components.columns)
        entry.interaction = spread(components.residual)
        entry.overOrders = spread(combined)
        entry.overSeeds = spread(components.withinRows)
        entry.overRecipe = first.flatMap { combined.ratio(to: $0, confidence: confidence) }
            .map { .init(value: $0.value, low: $0.low, high: $0.high) }
        let interval = combined.interval(confidence: confidence)
        entry.verdict = Verdict(interval, within: 0...bound)
        if entry.verdict == .inconclusive { entry.reason = settling(combined) }
        return entry
    }

    /// What would settle a spread whose interval crosses the bound.
    private func settling(_ spread: VarianceComponents.Combined) -> String {
        func isSettled(_ orders: Int) -> Bool {
            // The degrees of freedom grow with the orders.
            let freedom =
                spread.degreesOfFreedom * Double(orders - 1) / Double(self.orders.count - 1)
            let chi = ChiSquaredDistribution(degreesOfFreedom: freedom)
            let ends = [(1 + confidence) / 2, (1 - confidence) / 2].map {
                spread.deviation * (freedom / chi.quantile($0)).squareRoot()
            }
            return ends[1] <= bound || ends[0] > bound
        }
        let enough = (orders.count + 1...200).first(where: isSettled)
        let interval = spread.interval(confidence: confidence)
        func text(_ value: Double) -> String { String(format: "%.4f", value) }
        return "the interval of the spread over orders, \(text(interval.lowerBound)) to "
            + "\(text(interval.upperBound)) nats, crosses the bound of \(text(bound)); "
            + (enough.map { "if the spread stays, --orders \($0) settles it" }
                ?? "the spread is at the bound: no number of orders up to 200 settles it")
    }

    /// The noise of a loss from the choice of batches, averaged over runs, and that of differences.
    private func evaluationNoise(_ ends: [EndPoint]) -> (level: Double?, paired: Double?) {
        guard let count = ends.first?.losses.count, count > 1 else { return (nil, nil) }
        let key = RandomKey(seed: 0).split("evaluation batches")
        func rootMean(_ rows: [[Double]]) -> Double? {
            let squares = rows.compactMap { Bootstrap.deviationOfMean(of: $0, key: key) }.map {
                $0 * $0
            }
            return Descriptive.mean(of: squares)?.squareRoot()
        }
        let means = (0..<count).map { batch in
            ends.reduce(0) { $0 + $1.losses[batch] } / Double(ends.count)
        }
        // A run's distance from the mean of runs has (n − 1)/n of the variance of one run; the
        // difference of two runs has twice that of one.
        let factor = (2 * Double(ends.count) / Double(max(ends.count - 1, 1))).squareRoot()
        let paired =
            ends.count > 1
            ? rootMean(ends.map { zip($0.losses, means).map { $0 - $1 } }) : nil
        return (rootMean(ends.map(\.losses)), paired.map { $0 * factor })
    }

    private func spread(_ component: VarianceComponents.Component) -> PermutationResult.Spread {
        let interval = component.deviationInterval
        return .init(
            deviation: component.deviation, low: interval.lowerBound, high: interval.upperBound,
            isClamped: component.isClamped, probability: component.probability)
    }

    private func spread(_ combined: VarianceComponents.Combined) -> PermutationResult.Spread {
        let interval = combined.interval(confidence: confidence)
        return .init(
            deviation: combined.deviation, low: interval.lowerBound, high: interval.upperBound,
            isClamped: false, probability: nil)
    }
}

extension PermutationStudy: StudyKind {
    /// One for each question: other orders, seeds, controls or bounds stand beside it.
    public var folderName: String { study.name }
    /// All runs.
    public var plan: Study? { study }

    /// What is asked.
    public var announcement: [String] {
        let recipes = "\(recipes.count) \(recipes.count == 1 ? "recipe" : "recipes")"
        let question = "does the order of the data matter? \(recipes), \(orders.count) orders, "
        return [question + "\(seeds.count) seeds"]
            + (orders.count == 2
                ? ["  too wide to conclude where seeds agree: give more --orders"] : [])
    }

    /// The interval of the spread, as factors on it.
    public var power: [PowerAnalysis] {
        func factors(_ range: ClosedRange<Double>) -> String {
            String(format: "%.2f to %.2f", range.lowerBound, range.upperBound)
        }
        return [
            PowerAnalysis(
                "spread over orders",
                text: "\(Int((confidence * 100).rounded()))% CI of the spread over orders spans "
                    + "\(factors(intervalFactors.best)) times the estimate where each seed has orders "
                    + "of its own, \(factors(intervalFactors.worst)) where all seeds agree on them")
        ]
    }

    /// All runs at once.
    public func next(_ runs: StudyRuns) -> Stage? { runs.stages == 0 ? .runs(study) : nil }

    /// Evaluates the ends of all runs, here and one after another.
    public func result(_ runs: StudyRuns, on engine: any Engine) throws -> PermutationResult {
        let results = runs.record.byName.mapValues(\.result)
        var losses: [[[Double?]]] = []
        var ends: [[EndPoint]] = []
        var groups: [OrderedDictionary<String, String>] = []
        for recipe in recipes {
            let configuration = recipe.configuration
            let cache = try TokenCache(
                configuration.textSource, vocabulary: configuration.model.vocabulary)
            let evaluator = try Evaluator(
                configuration, batches: configuration.batches(of: cache), engine: engine)
            var points: [EndPoint] = []
            var table: [[Double?]] = []
            for (order, row) in cells(of: recipe).enumerated() {
                table.append(row.map { (results[$0.name] ?? nil)?.finalLoss })
                for (seed, cell) in row.enumerated() where table[order][seed] != nil {
                    let run = runs.folder.cell(cell.name)
                    let step = run.checkpointSteps.last ?? 0
                    let tensors = try Checkpoint(path: run.checkpoint(step)).tensors
                    points.append(
                        EndPoint(
                            order: order, seed: seed, parameters: tensors,
                            losses: try evaluator.losses(tensors),
                            predictions: try evaluator.logProbabilities(
                                tensors, batches: predictionBatches)))
                }
            }
            losses.append(table)
            ends.append(points)
            var roles: OrderedDictionary<String, String> = [:]
            for parameter in try TrainingProgram(recipe.configuration).parameters {
                roles["parameter/" + parameter.path] = parameter.role.rawValue
            }
            groups.append(roles)
        }
        return result(losses: losses, ends: ends, groups: groups)
    }
}
