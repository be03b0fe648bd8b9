import Foundation
import Modules
import Optimizers
import OrderedCollections
public import Statistics
public import Training
import Yams

/// A study of learning-rate sensitivity: learning rates x sizes x variants x seeds.
///
/// A ``Study`` over `optimizer.learning-rate`, at least two sizes (`model.width`, `model.depth`, or
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
        /// The width of the residual stream.
        public var width: Int
        /// The number of blocks.
        public var depth: Int
        /// Parameters of attention and MLP matrices.
        public var parameters: Int
        /// The places of its cells in the study.
        public var cells: [Int]
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
    public let seeds: [UInt64]

    /// Reads a study file.
    ///
    /// - Parameters:
    ///   - path: A YAML file.
    ///   - overrides: `KEY.PATH=VALUE`, applied to every cell.
    ///   - seeds: The number of seeds, from 0, in place of the file's.
    /// - Throws: ``ConfigurationError`` for a study that cannot conclude, with the next step.
    public init(
        path: String, overrides: [String] = [], seeds: Int? = nil
    ) throws(ConfigurationError) {
        settings = try SensitivitySettings(
            ConfigurationFile.yaml(at: path)["sensitivity"], source: path)
        let study = try Study(
            path: path, overrides: overrides,
            seeds: seeds.map { count in (0..<UInt64(max(count, 0))).map { $0 } })
        self.study = study.keyed
        try self.study.requireDistinctCells(source: path)
        func refuse(_ key: String, _ reason: String) -> ConfigurationError {
            .malformed(source: path, key: key, reason: reason)
        }
        let cells = study.cells.map(\.configuration)
        learningRates = OrderedSet(cells.map(\.optimizer.learningRate)).sorted()
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
        self.seeds = Array(OrderedSet(cells.map(\.seed)))
        guard self.seeds.count >= 2 else {
            throw refuse(
                "seeds",
                "\(self.seeds.count): without a replicate no difference has an interval; give "
                    + "[0, 1, 2], or --seeds 3")
        }
        var groups: OrderedDictionary<[String], [Int]> = [:]
        for (index, cell) in study.cells.enumerated() {
            let model = cell.configuration.model
            groups[
                [Self.variant(of: cell, study.axes), "\(model.width)", "\(model.depth)"],
                default: []
            ].append(index)
        }
        lines = groups.map { key, places in
            let configuration = cells[places[0]]
            return Line(
                variant: key[0], width: configuration.model.width,
                depth: configuration.model.depth, parameters: configuration.matrixParameters,
                cells: places)
        }
        variants = Array(OrderedSet(lines.map(\.variant)))
        for variant in variants {
            let own = lines.filter { $0.variant == variant }
            guard own.count >= 2 else {
                throw refuse(
                    "grid.model.width",
                    "\(variant.isEmpty ? "the study" : variant) has one size: how a sensitivity "
                        + "scales takes two or more; give [32, 64, 128]")
            }
            let expected = learningRates.count * self.seeds.count
            guard own.allSatisfy({ $0.cells.count == expected }) else {
                throw refuse(
                    "grid", "\(variant) has sizes of which not all have \(expected) runs")
            }
        }
        baseline = settings.baseline ?? variants[0]
        for name in [baseline] + settings.claims.keys.sorted() where !variants.contains(name) {
            throw refuse(
                "sensitivity",
                "there is no variant \(name); there are "
                    + variants.joined(separator: ", "))
        }
    }

    /// What tells a cell's variant apart: the name in `variants`, or the swept keys with their values.
    private static func variant(of cell: Study.Cell, _ axes: [String]) -> String {
        let others: Set = ["optimizer.learning-rate", "seed", "model.width", "model.depth"]
        return axes.filter { !others.contains($0) }.compactMap { key in
            cell.settings[key].map { key == "variant" ? $0.text : "\(key)=\($0.text)" }
        }.joined(separator: " ")
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
            for row in ScaledProtocol.lines(study.cells[line.cells[0]].configuration) {
                rows.append(row)
            }
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
        let (a, b) = (
            study.cells[own.cells[0]].configuration, study.cells[other.cells[0]].configuration
        )
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

extension RunConfiguration {
    /// Parameters of the attention and MLP matrices, N of arXiv 2309.14322 but for gains.
    var matrixParameters: Int {
        let attention = 4 * model.width * model.width
        let mlp = (model.mlp == .swiglu ? 3 : 2) * model.mlpRatio * model.width * model.width
        return model.depth * (attention + mlp)
    }
}
