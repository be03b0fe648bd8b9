import ForecastStudies
import Foundation
import Modules
import Statistics
import Sweeps
public import Training
import TransferStudies

/// Chooses the runs of a prescription so that they fit its budget.
///
/// The first stage, the recipe itself over sizes, learning rates and seeds, takes two fifths of the budget
/// at most, so that about two mitigations can be tried after it. Sizes, seeds and learning rates are given up
/// before tokens; what is left is refused when it cannot carry a forecast.
public struct PrescriptionPlanner {
    /// The recipe.
    public var recipe: RunConfiguration
    /// The target's parameters without embedding and head.
    public var target: Double
    /// Seconds that a run takes.
    public var seconds: (RunConfiguration) -> Double
    /// Runs that compute at the same time.
    public var sideBySide: Double

    /// The part of the budget that the first stage may take.
    public static let share = 0.4
    /// The part that it may take where only the least design fits.
    ///
    /// A budget is refused with one that gives the least design ``share``: what that one was worked out from
    /// may be off by a half, and it is still taken.
    public static let mostShare = 0.6
    /// Tokens of a proxy's run, at most.
    static let mostTokens = 1 << 20
    /// Blocks of a proxy, at most.
    static let mostBlocks = 3
    /// Tokens in a sequence of a proxy, at most: a recipe of a large model has thousands, which are too dear
    /// for runs of minutes.
    static let mostContext = 256
    /// Tokens in a sequence where the budget carries nothing longer.
    static let fewestContext = 128

    /// From the best to the least: the ladder, learning rates, seeds.
    private static let designs = [(2, 7, 3), (1, 7, 3), (1, 7, 2), (1, 5, 2), (0, 5, 2)]

    /// Prepares to choose.
    ///
    /// - Parameters:
    ///   - recipe: What is to be prescribed for.
    ///   - target: The target's parameters without embedding and head.
    ///   - sideBySide: Runs that compute at the same time.
    ///   - seconds: What a run takes.
    public init(
        _ recipe: RunConfiguration, target: Double, sideBySide: Double = 1,
        seconds: @escaping (RunConfiguration) -> Double
    ) {
        self.recipe = recipe
        self.target = target
        self.sideBySide = sideBySide
        self.seconds = seconds
    }

    /// The cheapest and the dearest proxy of the least design, whose steps are to be timed.
    ///
    /// - Parameter recipe: What is to be prescribed for.
    /// - Returns: Both.
    public static func ends(
        of recipe: RunConfiguration
    ) -> (cheapest: RunConfiguration, dearest: RunConfiguration) {
        let heads = headDimensions(recipe)
        func proxy(_ multiple: Int) -> RunConfiguration {
            let head = heads.last ?? recipe.model.headDimension
            let width = recipe.widthUnit(head: head) * multiple
            return plan(
                recipe, widths: [width], head: head, rates: 1, seeds: 1, level: leastLevel(recipe)
            ).proxy(of: recipe, width: width)
        }
        return (proxy(1), proxy(6))
    }

    /// The widths of heads that proxies may have: the recipe's own, then 16.
    private static func headDimensions(_ recipe: RunConfiguration) -> [Int] {
        let own = recipe.model.headDimension
        guard own > 16 else { return [own] }
        var small = recipe
        small.model.headDimension = 16
        small.model.width = recipe.widthUnit(head: 16)
        return (try? small.validate()) == nil ? [own] : [own, 16]
    }

    /// What a proxy's run trains on.
    struct Level: Equatable {
        /// Steps of the run.
        var steps: Int
        /// Sequences in a batch.
        var batch: Int
        /// Tokens in a sequence.
        var context: Int
        /// Tokens of the run.
        var tokens: Int { steps * batch * context }
    }

    /// From the recipe's own steps and sequences down to the fewest that say something.
    ///
    /// Batches shrink before steps do: over a range of batches at equal data, and of steps, the
    /// sensitivity to the learning rate stays what it is (arXiv 2309.14322, appendices E.7 and E.9).
    /// Sequences shrink last: what attention does over them is what the recipe is asked about.
    static func levels(_ recipe: RunConfiguration) -> [Level] {
        let fewest = (steps: min(recipe.steps, 100), batch: min(recipe.data.batch, 4))
        var level = Level(
            steps: recipe.steps, batch: recipe.data.batch,
            context: min(recipe.model.context, mostContext))
        var levels = [level]
        while level.batch > fewest.batch {
            level.batch = max(level.batch / 2, fewest.batch)
            levels.append(level)
        }
        while level.steps > fewest.steps {
            level.steps = max(Int(0.7 * Double(level.steps)), fewest.steps)
            levels.append(level)
        }
        if level.context > fewestContext {
            level.context = fewestContext
            levels.append(level)
        }
        return levels
    }

    private static func leastLevel(_ recipe: RunConfiguration) -> Level {
        let levels = levels(recipe)
        return levels[levels.count - 1]
    }

    private static func plan(
        _ recipe: RunConfiguration, widths: [Int], head: Int, rates: Int, seeds: Int, level: Level
    ) -> PrescriptionPlan {
        PrescriptionPlan(
            recipe: recipe.digest, widths: widths, depth: min(recipe.model.depth, mostBlocks),
            headDimension: head,
            learningRates: PrescriptionPlan.learningRates(
                about: recipe.optimizer.learningRate, count: rates),
            seeds: (0..<UInt64(seeds)).map { recipe.seed + $0 }, steps: level.steps,
            batch: level.batch, context: level.context)
    }

    /// Seconds that the first stage of a plan takes.
    public func cost(_ plan: PrescriptionPlan) -> Double {
        let column = plan.widths.reduce(0) { $0 + seconds(plan.proxy(of: recipe, width: $1)) }
        return column * Double(plan.learningRates.count * plan.seeds.count) / sideBySide
    }

    /// Chooses the runs.
    ///
    /// - Parameter budget: Seconds for all stages.
    /// - Returns: The best design whose first stage fits its share.
    /// - Throws: `ConfigurationError` for a target below the proxies, a recipe that takes no learning
    ///   rate, or a budget that is too small, with the smallest that would do.
    public func plan(budget: Double) throws(ConfigurationError) -> PrescriptionPlan {
        let heads = Self.headDimensions(recipe)
        try check()
        let levels = Self.levels(recipe)
        let last = levels.count - 1
        for head in heads {
            for (index, design) in Self.designs.enumerated() {
                let unit = recipe.widthUnit(head: head)
                let widths = RunConfiguration.proxyWidths[design.0].map { $0 * unit }
                guard isBelowTarget(widths) else { continue }
                let isLeast = index == Self.designs.count - 1
                for (place, level) in levels.enumerated() {
                    let isComfortable =
                        level.steps >= min(recipe.steps, 200)
                        && level.batch >= min(recipe.data.batch, 4)
                    let isShort = level.tokens <= Self.mostTokens || place == last
                    guard isShort, isComfortable || isLeast else { continue }
                    let plan = Self.plan(
                        recipe, widths: widths, head: head, rates: design.1, seeds: design.2,
                        level: level)
                    if cost(plan) <= Self.share * budget { return plan }
                }
            }
        }
        let least = leastPlan()
        if cost(least) <= Self.mostShare * budget { return least }
        let needed = cost(least) / Self.share
        throw .impossible(
            key: "--budget",
            reason: "\(PrescriptionWords.number(budget)) s is too small: the least that carries a "
                + "forecast, \(least.widths.count) widths from \(least.widths[0]) to "
                + "\(least.widths[least.widths.count - 1]), \(least.learningRates.count) learning "
                + "rates and \(least.seeds.count) seeds of \(least.steps) steps, takes about "
                + "\(Int(clamped: cost(least).rounded(.up))) s here and may take two fifths of it, the rest is "
                + "for mitigations; use --budget \(TimeBudget.text(atLeast: needed))")
    }

    /// The plan below which nothing can be said.
    private func leastPlan() -> PrescriptionPlan {
        let head = Self.headDimensions(recipe).last ?? recipe.model.headDimension
        let design = Self.designs[Self.designs.count - 1]
        let unit = recipe.widthUnit(head: head)
        return Self.plan(
            recipe, widths: RunConfiguration.proxyWidths[design.0].map { $0 * unit }, head: head,
            rates: design.1, seeds: design.2, level: Self.leastLevel(recipe))
    }

    private func isBelowTarget(_ widths: [Int]) -> Bool {
        var largest = recipe
        largest.model.width = widths[widths.count - 1]
        largest.model.depth = min(recipe.model.depth, Self.mostBlocks)
        return Double(largest.model.matrixParameters) < target
    }

    private func check() throws(ConfigurationError) {
        let least = leastPlan()
        guard isBelowTarget(least.widths) else {
            var largest = recipe
            largest.model.width = least.widths[least.widths.count - 1]
            largest.model.depth = least.depth
            throw .impossible(
                key: "--target",
                reason:
                    "\(Int(clamped: target)) parameters are no more than the largest of five proxies has, "
                    + "\(largest.model.matrixParameters); train the target itself, with `ballast "
                    + "sensitivity` over learning rates")
        }
        for width in least.widths {
            for rate in least.learningRates {
                var proxy = least.proxy(of: recipe, width: width)
                proxy.optimizer.learningRate = rate
                try proxy.validate()
            }
        }
    }
}
