import Documents
public import Engines
import Foundation
import OrderedCollections
import RunTables
import Statistics
public import Sweeps
public import Training
import Yams

/// A factorial study of mitigations: what each does, what it does beside each other one, and which is still needed
/// once another is in.
///
/// ```yaml
/// name: mitigations
/// base: {...}                              # without any of them
/// factors:
///   qk-norm: {model.qk-norm: true}         # the keys that are set where it is in
///   z-loss: {loss.z-loss: 1e-4}
/// grid:
///   model.width: [32, 64]
///   optimizer.learning-rate: [1e-3, 1e-2, 1e-1]
/// seeds: [0, 1]
/// interactions:
///   measure: sensitivity                   # or lowest-loss
///   margin: 0.02                           # nats: the smallest effect that matters
///   spread: 0.03                           # nats from seed to seed, assumed before there are replicates
///   confidence: 0.95
/// ```
///
/// All sets of factors are trained. Effects are contrasts over all of them (Box, Hunter and Hunter, Statistics for
/// Experimenters, chapter 5), of each seed at each size, with Student's interval over seeds pooled over sizes.
public struct InteractionStudy: StudyKind {
    /// The grid, its cells named by their configuration.
    public let study: Study
    /// The factors, in the order of the file.
    public let factors: [String]
    /// What is measured of each set of factors.
    public let measure: Measure
    /// The smallest effect that matters, in nats.
    public let margin: Double
    /// The standard deviation of an effect from seed to seed that is assumed before the study, in nats.
    public let spread: Double
    /// The share of intervals that are to hold.
    public let confidence: Double

    /// What is measured.
    public enum Measure: String, Sendable, Hashable, Codable, CaseIterable {
        /// The learning-rate sensitivity over the grid (arXiv 2309.14322).
        case sensitivity
        /// The lowest final loss over the grid.
        case lowestLoss = "lowest-loss"
    }

    private static let keys = ["measure", "margin", "spread", "confidence"]

    /// Reads a study file.
    ///
    /// - Parameters:
    ///   - path: A YAML file.
    ///   - overrides: `KEY.PATH=VALUE`, applied to every cell.
    ///   - count: The number of seeds, from 0, in place of the file's.
    /// - Throws: `ConfigurationError` for a study that cannot conclude, with the next step.
    public init(
        path: String, overrides: [String] = [], seeds count: Int? = nil
    ) throws(ConfigurationError) {
        func refuse(_ key: String, _ reason: String) -> ConfigurationError {
            .malformed(source: path, key: key, reason: reason)
        }
        let file = try ConfigurationFile.yaml(at: path)
        guard case .mapping(let named)? = file["factors"] else {
            throw refuse(
                "factors",
                "is not a mapping from names to keys, as {qk-norm: {model.qk-norm: true}}")
        }
        factors = named.keys.compactMap(\.string)
        study = try Study(
            path: path, overrides: overrides,
            seeds: count.map { (0..<UInt64(max($0, 0))).map { $0 } }
        ).contentAddressed
        try study.requireDistinctCells(source: path)
        let settings = file["interactions"]
        if let settings {
            guard case .mapping(let mapping) = settings else {
                throw refuse("interactions", "is not a mapping")
            }
            for key in mapping.keys.compactMap(\.string) where !Self.keys.contains(key) {
                throw .unknownKey(
                    source: path, key: "interactions.\(key)", nearest: [], siblings: Self.keys)
            }
        }
        func number(
            _ key: String, _ value: Double, _ range: ClosedRange<Double>
        ) throws(ConfigurationError) -> Double {
            guard let node = settings?[key] else { return value }
            guard let number = node.float, range.contains(number) else {
                throw refuse(
                    "interactions.\(key)",
                    "\(node.string ?? "a mapping") is not a number from \(range.lowerBound) to "
                        + "\(range.upperBound)")
            }
            return number
        }
        margin = try number("margin", 0.02, 1e-6...10)
        spread = try number("spread", 0.03, 1e-6...10)
        confidence = try number("confidence", 0.95, 0.5...0.999)
        let name = settings?["measure"].map { $0.string ?? "" } ?? Measure.sensitivity.rawValue
        guard let measure = Measure(rawValue: name) else {
            throw refuse(
                "interactions.measure",
                "\(name) is none of \(Measure.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self.measure = measure
        let table = study.table
        guard table.replicates.count >= 2 else {
            throw refuse(
                "seeds",
                "\(table.replicates.count): without a replicate no effect has an interval; give "
                    + "[0, 1], or --seeds 2")
        }
        let least = measure == .sensitivity ? 3 : 1
        guard table.learningRates.count >= least else {
            throw refuse(
                "grid.optimizer.learning-rate",
                "\(table.learningRates.count): a sensitivity is a mean over a grid about the optimum; "
                    + "give [1e-3, 3e-3, 1e-2, 3e-2, 1e-1]")
        }
        let others = table.interventions.filter { $0 != .key("variant") }.map(\.key)
        guard others.isEmpty else {
            throw refuse(
                "grid.\(others[0])",
                "is swept beside the factors: make it one of them, or leave it out")
        }
    }

    /// The study's name.
    public var folderName: String { study.name }
    /// None: the grid's configurations are many.
    public var recipes: [Recipe] { [] }
    /// The grid.
    public var plan: Study? { study }

    /// What is asked.
    public var announcement: [String] {
        let rates = study.table.learningRates.map { NumberText.roundedRate($0) }
        return [
            "\(study.name): which of \(factors.joined(separator: ", ")) is still needed once another is in?",
            "  all \(1 << factors.count) sets of them; \(sizes.count) sizes; \(rates.count) learning "
                + "rates from \(rates.first ?? "") to \(rates.last ?? ""); "
                + "\(study.table.replicates.count) seeds; effects on "
                + (measure == .sensitivity ? "the learning-rate sensitivity" : "the lowest loss"),
        ]
    }

    /// Of an effect.
    public var power: [PowerAnalysis] {
        guard
            let detectable = DetectableDifference(
                strata: sizes.count, seeds: study.table.replicates.count, spread: spread,
                significance: 1 - confidence)
        else { return [] }
        return [
            PowerAnalysis(
                "effect", detectable: detectable.value, halfWidth: detectable.halfWidth,
                text: "detects an effect of \(NumberText.digits(detectable.value)) nats (80%); "
                    + "95% CI ±\(NumberText.digits(detectable.halfWidth)) if the seeds' SD is "
                    + "\(NumberText.digits(spread)) (assumed: interactions.spread)")
        ]
    }

    /// Widths and depths, in the order of the grid.
    var sizes: OrderedSet<InteractionResult.Size> {
        OrderedSet(study.table.rows.map(InteractionResult.Size.init))
    }

    /// Effects and what is still needed.
    public func result(_ runs: StudyRuns, on engine: any Engine) -> InteractionResult {
        result(runs.record)
    }
}
