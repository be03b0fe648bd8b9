import Foundation
import Runs
import Statistics
public import Sweeps
import Tensors
public import Training
import TransferStudies

/// Whether the order of the data matters: the same sequences in several orders, under several seeds of
/// the weights, for a recipe and for variants of it that control norms.
///
/// Each run of a recipe visits the same sequences, each as often; only their order differs
/// (`data.order-seed`), or the initial weights (`seed`). The final losses make a table of orders by
/// seeds, which `VarianceComponents` takes apart.
public struct PermutationStudy: Sendable {
    /// The recipe, and then its variants.
    public let recipes: [Recipe]
    /// The keys of the orders.
    public let orders: [UInt64]
    /// The seeds of the weights.
    public let seeds: [UInt64]
    /// The largest spread over orders that passes, in nats.
    public let bound: Double
    /// Validation batches on which predictions are compared.
    public let predictionBatches: Int
    /// The share of intervals that are to hold.
    public let confidence = 0.95
    /// All runs, recipe by recipe, order by order, seed by seed.
    public let study: Study

    /// Describes a study.
    ///
    /// - Parameters:
    ///   - recipes: The recipe, and then its variants.
    ///   - orders: The number of orders.
    ///   - seeds: The number of seeds.
    ///   - bound: The largest spread over orders that passes, in nats.
    ///   - predictionBatches: Validation batches on which predictions are compared.
    /// - Throws: `ConfigurationError` for a study that cannot conclude.
    public init(
        _ recipes: [Recipe], orders: Int, seeds: Int, bound: Double, predictionBatches: Int = 2
    ) throws(ConfigurationError) {
        guard orders >= 2 else {
            throw .impossible(
                key: "--orders", reason: "\(orders): one order has no spread; give at least 3")
        }
        guard seeds >= 2 else {
            throw .impossible(
                key: "--seeds",
                reason: "\(seeds): without a replicate of the weights, order and chance are one; "
                    + "give at least 2")
        }
        guard bound > 0, bound.isFinite else {
            throw .impossible(key: "--bound", reason: "\(bound) is not a positive number of nats")
        }
        self.recipes = recipes
        self.bound = bound
        self.predictionBatches = predictionBatches
        let base = recipes[0].configuration
        self.orders = (0..<UInt64(orders)).map { base.data.orderSeed + $0 }
        self.seeds = (0..<UInt64(seeds)).map { base.seed + $0 }
        var cells: [Study.Cell] = []
        for recipe in recipes {
            for order in self.orders {
                for seed in self.seeds {
                    var configuration = recipe.configuration
                    configuration.data.orderSeed = order
                    configuration.seed = seed
                    cells.append(
                        Study.Cell(
                            name: "\(recipe.name),order=\(order),seed=\(seed)",
                            settings: [
                                "recipe": .text(recipe.name),
                                "data.order-seed": .number(Double(order)),
                                "seed": .number(Double(seed)),
                            ], configuration: configuration))
                }
            }
        }
        let question = Question(cells, settings: [bound, Double(predictionBatches)])
        study =
            Study(
                name: question.name("permutation", of: base),
                axes: ["recipe", "data.order-seed", "seed"],
                cells: cells
            ).contentAddressed
    }

    /// How far the interval of a spread reaches, as factors on it, where orders differ alike for all
    /// seeds and where each seed has orders of its own: the two extremes.
    public var intervalFactors: (worst: ClosedRange<Double>, best: ClosedRange<Double>) {
        func factors(_ freedom: Int) -> ClosedRange<Double> {
            let chi = ChiSquaredDistribution(degreesOfFreedom: Double(freedom))
            func end(_ p: Double) -> Double { (Double(freedom) / chi.quantile(p)).squareRoot() }
            return end((1 + confidence) / 2)...end((1 - confidence) / 2)
        }
        return (factors(orders.count - 1), factors((orders.count - 1) * seeds.count))
    }

    /// The cells of a recipe: by order, then by seed.
    public func cells(of recipe: Recipe) -> [[Study.Cell]] {
        let index = recipes.firstIndex { $0.name == recipe.name } ?? 0
        let start = index * orders.count * seeds.count
        return orders.indices.map { order in
            let first = start + order * seeds.count
            return Array(study.cells[first..<first + seeds.count])
        }
    }
}
