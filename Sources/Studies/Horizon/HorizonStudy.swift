import Foundation
import Reports
import Runs
public import Statistics
public import Sweeps
public import Training
import TransferStudies

/// Whether what is trained depends on how long: norms, losses and the optimal learning rate at several
/// horizons, for a recipe and for interventions on it.
///
/// For each recipe, learning rate and seed one trunk serves all horizons (``HorizonDesign``). What a seed
/// adds is common to its horizons, so an exponent is fitted to each seed, and the spread of these makes
/// the interval.
public struct HorizonStudy: Sendable {
    /// The recipe, and then its interventions.
    public let recipes: [Recipe]
    /// The horizons.
    public let design: HorizonDesign
    /// Learning rates of each recipe, a factor of two apart about its own.
    public let rates: Int
    /// The seeds of the weights.
    public let seeds: [UInt64]
    /// The largest exponent of a weight, of either sign, that passes.
    public let band: Double
    /// The largest total drift of the optimal learning rate that passes, as a factor of either direction.
    public let bound: Double
    /// The share of intervals that are to hold.
    public let confidence = 0.95
    /// All runs: for each recipe, learning rate and seed the trunk and then its branches.
    public let study: Study

    /// The standard deviation of an exponent from seed to seed that is assumed before there are seeds.
    public static let assumedSpread = 0.01

    /// Describes a study.
    ///
    /// - Parameters:
    ///   - recipes: The recipe, and then its interventions; the first has the steps of the trunk.
    ///   - horizons: The number of horizons.
    ///   - cooldown: Cooldown steps over those before the cooldown.
    ///   - rates: The number of learning rates, 1 where the optimum is not asked for.
    ///   - seeds: The number of seeds.
    ///   - band: The largest exponent of a weight that passes.
    ///   - bound: The largest total drift of the optimum that passes, as a factor above 1.
    /// - Throws: `ConfigurationError` for a study that cannot conclude.
    public init(
        _ recipes: [Recipe], horizons: Int = 4, cooldown: Double = 0.2, rates: Int = 1,
        seeds: Int = 3, band: Double = 0.1, bound: Double = 1.4
    ) throws(ConfigurationError) {
        guard seeds >= 2 else {
            throw .impossible(
                key: "--seeds",
                reason: "\(seeds): without a replicate an exponent has no interval; give at least 2"
            )
        }
        guard band > 0, band.isFinite else {
            throw .impossible(key: "--band", reason: "\(band) is not a positive exponent")
        }
        guard bound > 1, bound.isFinite else {
            throw .impossible(key: "--bound", reason: "\(bound) is not a factor above 1")
        }
        try Self.check(rates: rates)
        let base = recipes[0].configuration
        design = try HorizonDesign(longest: base.steps, count: horizons, cooldown: cooldown)
        self.recipes = recipes
        self.rates = rates
        self.band = band
        self.bound = bound
        self.seeds = (0..<UInt64(seeds)).map { base.seed + $0 }
        var cells: [Study.Cell] = []
        var trunks: [String: String] = [:]
        for recipe in recipes {
            guard recipe.configuration.steps == base.steps else {
                throw .impossible(
                    key: recipe.name,
                    reason: "trains \(recipe.configuration.steps) steps where the recipe trains "
                        + "\(base.steps); horizons are common to all")
            }
            for rate in Self.learningRates(of: recipe, count: rates) {
                for seed in self.seeds {
                    var configuration = recipe.configuration
                    configuration.optimizer.learningRate = rate
                    configuration.seed = seed
                    let own = try Self.cells(recipe.name, configuration, design)
                    let digest = own[0].configuration.digest
                    if let other = trunks.updateValue(recipe.name, forKey: digest) {
                        throw .impossible(
                            key: recipe.name,
                            reason: "changes nothing here: it is \(other), whose schedule is "
                                + "replaced too")
                    }
                    cells += own
                }
            }
        }
        let question = Question(cells, settings: [band, bound])
        study =
            Study(
                name: question.name("horizon", of: base),
                axes: ["recipe", "optimizer.learning-rate", "seed", "horizon"], cells: cells
            ).contentAddressed
    }

    private static func check(rates: Int) throws(ConfigurationError) {
        let least = 2 * Optimum.pointsOnEachSide + 1
        guard rates != 1 else { return }
        guard rates >= least, !rates.isMultiple(of: 2), rates <= 31 else {
            throw .impossible(
                key: "--rates",
                reason: rates > 0 && rates < least
                    ? "\(rates): an optimum needs three learning rates on each side; give "
                        + "\(least + 2), or 1 to leave the optimum out"
                    : "\(rates) is not an odd number from \(least) to 31, or 1")
        }
    }

    /// The learning rates of a recipe, ascending: its own in the middle of factors of two.
    static func learningRates(of recipe: Recipe, count: Int) -> [Double] {
        (0..<count).map { index in
            recipe.configuration.optimizer.learningRate * exp2(Double(index - count / 2))
        }
    }

    /// A trunk and its branches.
    private static func cells(
        _ recipe: String, _ configuration: RunConfiguration, _ design: HorizonDesign
    ) throws(ConfigurationError) -> [Study.Cell] {
        let rate = configuration.optimizer.learningRate
        func cell(
            _ horizon: Int?, _ run: RunConfiguration
        ) -> Study.Cell {
            var settings: [String: SettingValue] = [
                "recipe": .text(recipe), "optimizer.learning-rate": .number(rate),
                "seed": .number(Double(configuration.seed)),
            ]
            if let horizon { settings["horizon"] = .number(Double(horizon)) }
            return Study.Cell(
                name: "\(recipe),learning-rate=\(rate),seed=\(configuration.seed),"
                    + (horizon.map { "horizon=\($0)" } ?? "trunk"),
                settings: settings, configuration: run, startStep: horizon ?? 0)
        }
        var cells = [cell(nil, try design.trunk(configuration))]
        for horizon in design.horizons {
            cells.append(cell(horizon, try design.branch(configuration, at: horizon)))
        }
        return cells
    }

    /// The learning rates of a recipe, ascending.
    public func learningRates(of recipe: Int) -> [Double] {
        Self.learningRates(of: recipes[recipe], count: rates)
    }

    /// The place of a recipe's own learning rate among them.
    public var ownRate: Int { rates / 2 }

    /// The trunk of a recipe, learning rate and seed, by their places, and then its branches by horizon.
    public func cells(recipe: Int, rate: Int, seed: Int) -> [Study.Cell] {
        let size = design.horizons.count + 1
        let start = ((recipe * rates + rate) * seeds.count + seed) * size
        return Array(study.cells[start..<start + size])
    }

    /// All trunks with their branches.
    var trees: [[Study.Cell]] {
        let size = design.horizons.count + 1
        return stride(from: 0, to: study.cells.count, by: size).map {
            Array(study.cells[$0..<$0 + size])
        }
    }

    /// What a design sees of an exponent and of the optimum before it has seeds; nil where it has no
    /// optimum to see.
    public var detectable: (exponent: DetectableDifference?, optimum: SmallestDrift?) {
        let exponent = DetectableDifference(
            strata: 1, seeds: seeds.count, spread: Self.assumedSpread,
            significance: 1 - confidence)
        let optimum =
            rates == 1
            ? nil
            : SmallestDrift(
                extents: design.horizons.map(Double.init), seeds: seeds.count,
                spread: TransferSettings().spread, confidence: confidence)
        return (exponent, optimum)
    }
}
