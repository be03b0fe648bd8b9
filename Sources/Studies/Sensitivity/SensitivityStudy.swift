import Foundation
import Modules
import Optimizers
import OrderedCollections
import Reports
public import RunTables
public import Statistics
public import Sweeps
public import Training
import TransferStudies
import Yams

/// A study of learning-rate sensitivity: learning rates x sizes x variants x seeds.
///
/// A `Study` over `optimizer.learning-rate`, at least two sizes (`model.width`, `model.depth`, or
/// `sizes` of both) and seeds. Whatever else is swept, and each entry of `variants`, is a variant. Cells
/// are named by their configuration, so that studies in one directory share them: a baseline is trained
/// once.
///
/// Source: Wortsman et al. 2023, arXiv 2309.14322.
public struct SensitivityStudy: Sendable {
    /// A size under a variant.
    public struct Line: Sendable {
        /// The variant.
        public var variant: String
        /// The width of the residual stream; nil where it is not known.
        public var width: Int?
        /// The number of blocks; nil where it is not known.
        public var depth: Int?
        /// Parameters of attention and MLP matrices; nil where they are not known.
        public var parameters: Int?
        /// The places of its runs in the table.
        public var rows: [Int]

        /// The size in words: `32 x 2`, width times depth.
        public var size: String { SensitivityStudy.size(width, depth) }
    }

    static func size(_ width: Int?, _ depth: Int?) -> String {
        [width, depth].map { $0.map(String.init) ?? "unknown" }.joined(separator: " x ")
    }

    /// The grid, its cells named by their configuration.
    public let study: Study
    /// What is asked of it.
    public let settings: SensitivitySettings
    /// The variant that others are compared with.
    public let baseline: String
    /// The variants, in the order of the file.
    public let variants: [String]
    /// The lines, by variant and then by size.
    public let lines: [Line]
    /// The learning rates, ascending.
    public let learningRates: [Double]
    /// The seeds.
    public let seeds: [Replicate]
    /// Runs that are there, about which alone is asked; nil where the grid is trained.
    public private(set) var given: GivenRuns?
    /// The runs as planned.
    let table: RunTable

    /// Reads a study file.
    ///
    /// - Parameters:
    ///   - path: A YAML file.
    ///   - overrides: `KEY.PATH=VALUE`, applied to every cell.
    ///   - seeds: The number of seeds, from 0, in place of the file's.
    /// - Throws: `ConfigurationError` for a study that cannot conclude, with the next step.
    public init(
        path: String, overrides: [String] = [], seeds: Int? = nil
    ) throws(ConfigurationError) {
        let settings = try SensitivitySettings(
            ConfigurationFile.yaml(at: path)["sensitivity"], source: path)
        let study = try Study(
            path: path, overrides: overrides,
            seeds: seeds.map { count in (0..<UInt64(max(count, 0))).map { $0 } })
        try study.contentAddressed.requireDistinctCells(source: path)
        try self.init(study.contentAddressed, study.table, settings, source: path)
        for variant in variants {
            let own = lines.filter { $0.variant == variant }
            let expected = learningRates.count * self.seeds.count
            guard own.allSatisfy({ $0.rows.count == expected }) else {
                throw .malformed(
                    source: path, key: "grid",
                    reason: "\(variant) has sizes of which not all have \(expected) runs")
            }
        }
    }

    /// Takes runs that are there, whoever trained them; nothing is left to train.
    ///
    /// - Parameters:
    ///   - table: The runs.
    ///   - settings: What is asked of them.
    ///   - source: Where they stand, for messages.
    /// - Throws: `ConfigurationError` for runs that cannot conclude, with what they lack.
    public init(
        _ table: RunTable, settings: SensitivitySettings = SensitivitySettings(), source: String
    ) throws(ConfigurationError) {
        try self.init(
            Study(name: table.name, axes: [], cells: []), table, settings, source: source)
        given = GivenRuns(table, in: source)
    }

    private init(
        _ study: Study, _ table: RunTable, _ settings: SensitivitySettings, source path: String
    ) throws(ConfigurationError) {
        self.study = study
        self.table = table
        self.settings = settings
        func refuse(_ key: String, _ reason: String) -> ConfigurationError {
            .malformed(source: path, key: key, reason: reason)
        }
        learningRates = table.learningRates
        guard learningRates.count >= 3 else {
            throw refuse(
                "grid.optimizer.learning-rate",
                "\(learningRates.count == 1 ? "one learning rate" : "two learning rates"): a "
                    + "sensitivity is a mean over a grid about the optimum; give [1e-3, 3e-3, 1e-2, "
                    + "3e-2, 1e-1, 3e-1]")
        }
        for window in settings.windows
        where learningRates.count(where: window.contains) < 3 {
            throw refuse(
                "sensitivity.windows",
                "\(window.lowerBound) to \(window.upperBound) has "
                    + "\(learningRates.count(where: window.contains)) of the learning rates; give it at "
                    + "least three, or widen grid.optimizer.learning-rate")
        }
        seeds = table.replicates
        guard seeds.count >= 2 else {
            throw refuse(
                "seeds",
                "\(seeds.count): without a replicate no difference has an interval; give "
                    + "[0, 1, 2], or --seeds 3")
        }
        let interventions = table.interventions
        var groups: OrderedDictionary<[String], [Int]> = [:]
        for (index, row) in table.rows.enumerated() {
            let size = [row.width, row.depth].map { $0.map(String.init) ?? "" }
            groups[[row.label(interventions)] + size, default: []].append(index)
        }
        lines = groups.map { key, places in
            let row = table.rows[places[0]]
            return Line(
                variant: key[0], width: row.width, depth: row.depth, parameters: row.parameters,
                rows: places)
        }
        variants = Array(OrderedSet(lines.map(\.variant)))
        for variant in variants where lines.count(where: { $0.variant == variant }) < 2 {
            throw refuse(
                "grid.model.width",
                "\(variant.isEmpty ? "the study" : variant) has one size: how a sensitivity "
                    + "scales needs two or more; give [32, 64, 128]")
        }
        baseline = settings.baseline ?? variants[0]
        for name in [baseline] + settings.claims.keys.sorted() where !variants.contains(name) {
            throw refuse(
                "sensitivity",
                "there is no variant \(name); there are "
                    + variants.joined(separator: ", "))
        }
    }

    /// The difference in S that the design is to see, before there are replicates.
    public var detectable: DetectableDifference? {
        DetectableDifference(
            strata: lines.filter { $0.variant == baseline }.count, seeds: seeds.count,
            spread: settings.spread, significance: 1 - settings.confidence)
    }

    /// The protocol as the study scales it, with the paper's values.
    public var scaling: [String] {
        var rows: OrderedSet<String> = []
        for line in lines {
            guard let configuration = table.rows[line.rows[0]].configuration else { continue }
            for row in ScaledProtocol.lines(configuration) { rows.append(row) }
        }
        return Array(rows)
    }

    /// Why S of a variant does not compare with the baseline's, or compares with care; nil where it
    /// does (arXiv 2309.14322, appendix B, i).
    ///
    /// - Parameter variant: A variant.
    /// - Returns: The caveat, and whether it forbids the comparison.
    public func caveat(on variant: String) -> (text: String, isFatal: Bool)? {
        guard let own = lines.first(where: { $0.variant == variant }),
            let other = lines.first(where: { $0.variant == baseline })
        else { return nil }
        guard let a = table.rows[own.rows[0]].configuration,
            let b = table.rows[other.rows[0]].configuration
        else {
            return (
                "the runs do not say their configuration: whether a learning rate means the same in "
                    + "both is for you to judge", false
            )
        }
        func scale(_ configuration: RunConfiguration) -> UpdateScale? {
            OptimizerCatalog.type(named: configuration.optimizer.rule)?.updateScale
        }
        if scale(a) != scale(b) {
            return (
                "\(a.optimizer.rule) and \(b.optimizer.rule) mean different things by a learning "
                    + "rate", true
            )
        }
        let text = ConfigurationFile.text(of: a).split(separator: "\n")
        let changed = Set(text).subtracting(
            ConfigurationFile.text(of: b).split(separator: "\n"))
        if changed.contains(where: { $0.contains("relative") }) {
            return ("a rate relative to the size of a parameter is not a learning rate", true)
        }
        if a.model.sigmaReparam != b.model.sigmaReparam {
            return (
                "with model.sigma-reparam a learning rate counts beside the size of a matrix, which "
                    + "weight decay and the steps themselves change", false
            )
        }
        if a.parametrization != b.parametrization {
            return (
                "parametrization.kind \(a.parametrization.kind.rawValue) multiplies the learning "
                    + "rate of each matrix by a constant", false
            )
        }
        return nil
    }
}
