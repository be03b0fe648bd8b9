import Foundation
import Modules
import Optimizers
import Sweeps
public import Training
import TransferStudies

/// The design of the runs that a prescription rests on: the contents of `plan.json`.
///
/// It is made once, from the recipe, the target, the budget and the speed of the machine, and kept: the
/// same command goes on with the same runs wherever it was stopped.
public struct PrescriptionPlan: Sendable, Hashable, Codable {
    /// The version of these keys; a change of meaning changes it.
    public var schema = "ballast.prescription-plan/1"
    /// The digest of the recipe that it was made for.
    public var recipe: String
    /// The widths of the proxies, ascending.
    public var widths: [Int]
    /// Their blocks.
    public var depth: Int
    /// The width of their heads.
    public var headDimension: Int
    /// The learning rates to begin with, ascending; the recipe's own is among them.
    public var learningRates: [Double]
    /// Their seeds.
    public var seeds: [UInt64]
    /// Their steps.
    public var steps: Int
    /// Their sequences in a batch.
    public var batch: Int
    /// Tokens in their sequences; nil, as in older plans, for as many as the recipe has.
    public var context: Int?

    /// From one learning rate to the next.
    public static let factor = 3.0

    /// The proxy of a width, with the recipe's learning rate and seed.
    ///
    /// What tells nothing or costs much is left out: evaluations between both ends, checkpoints, probes.
    ///
    /// - Parameters:
    ///   - recipe: What is to be prescribed for.
    ///   - width: One of ``widths``.
    /// - Returns: Its configuration.
    public func proxy(of recipe: RunConfiguration, width: Int) -> RunConfiguration {
        var proxy = recipe
        proxy.model.width = width
        proxy.model.depth = depth
        proxy.model.headDimension = headDimension
        proxy.steps = steps
        proxy.data.batch = batch
        proxy.model.context = context ?? recipe.model.context
        proxy.evaluation.every = 0
        proxy.evaluation.batches = min(recipe.evaluation.batches, 8)
        proxy.telemetry = RunConfiguration().telemetry
        proxy.telemetry.every = max(steps / 200, 1)
        proxy.checkpoints.every = 0
        proxy.checkpoints.keep = 1
        return proxy
    }

    /// Learning rates about a recipe's own: factors of ``factor`` in four digits, as many on each side.
    ///
    /// - Parameters:
    ///   - own: The recipe's learning rate.
    ///   - count: How many; odd.
    /// - Returns: The rates, ascending.
    static func learningRates(about own: Double, count: Int) -> [Double] {
        (0..<count).map { rate(own, steps: $0 - count / 2) }
    }

    /// The learning rate some steps of the grid from another.
    static func rate(_ own: Double, steps: Int) -> Double {
        if steps == 0 { return own }
        let value = own * pow(factor, Double(steps))
        return Double(String(format: "%.4g", value)) ?? value
    }

    /// What the proxies have otherwise than the recipe, beside their width.
    public func changes(of recipe: RunConfiguration) -> [PrescriptionResult.Change] {
        [
            ("data.batch", recipe.data.batch, batch), ("model.depth", recipe.model.depth, depth),
            ("steps", recipe.steps, steps),
            ("model.context", recipe.model.context, context ?? recipe.model.context),
            ("model.head-dimension", recipe.model.headDimension, headDimension),
        ].filter { $0.1 != $0.2 }.map { .init(key: $0.0, recipe: $0.1, proxy: $0.2) }
    }

    /// Tokens that each run trains on.
    public func tokens(of recipe: RunConfiguration) -> Int {
        steps * batch * (context ?? recipe.model.context)
    }
}
