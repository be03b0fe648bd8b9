import Foundation
import Modules
import OrderedCollections
import Reports
public import RunTables
import Runs
public import Statistics
public import Sweeps
public import Training
import Yams

/// A study of whether the optimal learning rate stays where it is when a model grows.
///
/// A `Study` over `optimizer.learning-rate`, at least one of `model.width`, `model.depth` and `steps`,
/// and seeds. Each axis of size, at each value of the others and of whatever else is swept, is a
/// ``SizeSeries`` with a verdict of its own. Cells are named by their configuration, so that studies in one
/// directory share them and a grid may be extended.
public struct TransferStudy: Sendable {
    /// Models that differ in one size, each over the grid of learning rates.
    public struct SizeSeries: Sendable {
        /// What grows.
        public var axis: TransferAxis
        /// The other swept settings, as `optimizer.rule=muon`; empty when there are none.
        public var intervention: String
        /// The swept sizes that stay as they are.
        public var fixed: [TransferAxis: Int]
        /// The sizes, ascending.
        public var extents: [Int]
        /// The learning rates, ascending.
        public var learningRates: [Double]
        /// The seeds.
        public var seeds: [Replicate]
        /// The places of its runs in the table.
        public var rows: [Int]
    }

    /// The grid, its cells named by their configuration.
    public let study: Study
    /// What is asked of it.
    public let settings: TransferSettings
    /// The size series, in the order of the grid.
    public let sizeSeries: [SizeSeries]
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
    ///   - bound: The largest drift that passes, in place of the file's.
    /// - Throws: `ConfigurationError` for a study that cannot conclude, with the next step.
    public init(
        path: String, overrides: [String] = [], seeds: Int? = nil, bound: Double? = nil
    ) throws(ConfigurationError) {
        var settings = try TransferSettings(
            ConfigurationFile.yaml(at: path)["transfer"], source: path)
        if let bound { settings.bound = bound }
        let seeds = seeds.map { count in (0..<UInt64(max(count, 0))).map { $0 } }
        var study = try Study(path: path, overrides: overrides, seeds: seeds)
        if settings.heads == .fixedCount {
            for index in study.cells.indices {
                try study.cells[index].configuration.keepHeads()
            }
        }
        try self.init(study.contentAddressed, study.table, settings, source: path)
        try self.study.requireDistinctCells(source: path)
    }

    /// Takes runs that are there, whoever trained them; nothing is left to train.
    ///
    /// - Parameters:
    ///   - table: The runs.
    ///   - settings: What is asked of them.
    ///   - source: Where they stand, for messages.
    /// - Throws: `ConfigurationError` for runs that cannot conclude, with what they lack.
    public init(
        _ table: RunTable, settings: TransferSettings = TransferSettings(), source: String
    ) throws(ConfigurationError) {
        try self.init(
            Study(name: table.name, axes: [], cells: []), table, settings, source: source)
        given = GivenRuns(table, in: source)
    }

    private init(
        _ study: Study, _ table: RunTable, _ settings: TransferSettings, source: String
    ) throws(ConfigurationError) {
        self.settings = settings
        self.study = study
        self.table = table
        sizeSeries = try Self.sizeSeries(of: table, settings, source)
    }

    private static func sizeSeries(
        of table: RunTable, _ settings: TransferSettings, _ path: String
    ) throws(ConfigurationError) -> [SizeSeries] {
        func refuse(_ key: String, _ reason: String) -> ConfigurationError {
            .malformed(source: path, key: key, reason: reason)
        }
        let rates = table.learningRates
        try check(learningRates: rates, settings, path)
        let axes = TransferAxis.allCases.filter { axis in
            Set(table.rows.map(axis.extent)).count > 1
                && (axis != .steps || table.interventions.contains(.steps))
        }
        guard !axes.isEmpty else {
            throw refuse(
                "grid",
                "every model has one size; sweep model.width (as [32, 64, 128, 256]), model.depth "
                    + "or steps")
        }
        let seeds = table.replicates
        guard seeds.count >= 2 else {
            throw refuse(
                "seeds",
                "\(seeds.count): without a replicate a drift has no interval; give [0, 1], or "
                    + "--seeds 2")
        }
        let interventions = table.interventions.filter { axis in
            !axes.contains { $0.axis == axis }
        }
        var sizeSeries: [SizeSeries] = []
        for axis in axes {
            let others = axes.filter { $0 != axis }
            var groups: OrderedDictionary<[String], [Int]> = [:]
            for (index, row) in table.rows.enumerated() {
                guard axis.extent(of: row) != nil else {
                    throw refuse(
                        "cells.\(row.name)",
                        "does not say its \(axis.rawValue), in which others differ")
                }
                let sizes = others.map { "\($0.rawValue) \($0.extent(of: row) ?? 0)" }
                groups[[row.label(interventions)] + sizes, default: []].append(index)
            }
            for (group, places) in groups {
                let rows = places.map { table.rows[$0] }
                let extents = Set(rows.compactMap(axis.extent)).sorted()
                try check(extents, of: axis, settings, path)
                let fixed = others.compactMap { other in
                    other.extent(of: rows[0]).map { (other, $0) }
                }
                sizeSeries.append(
                    SizeSeries(
                        axis: axis, intervention: group[0],
                        fixed: Dictionary(uniqueKeysWithValues: fixed), extents: extents,
                        learningRates: rates, seeds: seeds, rows: places))
            }
        }
        return sizeSeries
    }

    /// Checks that a grid of learning rates can show an optimum.
    private static func check(
        learningRates rates: [Double], _ settings: TransferSettings, _ path: String
    ) throws(ConfigurationError) {
        func refuse(_ reason: String) -> ConfigurationError {
            .malformed(source: path, key: "grid.\(RunTable.Axis.learningRate.key)", reason: reason)
        }
        let least = 2 * Optimum.pointsOnEachSide + 1
        guard rates.count >= least, let first = rates.first, let last = rates.last else {
            let given = rates.count == 1 ? "one learning rate" : "\(rates.count) learning rates"
            // The rates that were given, and three more on each side of a single one.
            let from = rates.count == 1 ? rates[0] / 8 : rates.first ?? 1e-3
            let span = log2((rates.last ?? 1) / (rates.first ?? 1))
            let count =
                rates.count == 1
                ? least + 2 : max(Int(clamped: min(span.rounded(.up), 999)) + 1, least)
            throw refuse(
                "\(given): an optimum needs three on each side, so at least \(least); give "
                    + "{from: \(String(format: "%.3g", from)), factor: 2, count: \(count)}")
        }
        let factor = pow(last / first, 1 / Double(rates.count - 1))
        for (low, high) in zip(rates, rates.dropFirst())
        where (log(high / low) / log(factor) - 1).magnitude > 0.03 {
            let count = Int(clamped: min(log2(last / first), 999)) + 1
            throw refuse(
                "the grid is not geometric: \(low) to \(high) is a factor of "
                    + "\(String(format: "%.3g", high / low)) and others differ; give {from: "
                    + "\(String(format: "%.3g", first)), factor: 2, count: \(max(count, least))}")
        }
        let finest = exp2(0.25)
        guard factor >= finest * 0.99 else {
            throw refuse(
                "learning rates a factor of \(String(format: "%.4g", factor)) apart are too close "
                    + "together to locate an optimum; make it 2")
        }
        let coarsest = max(2, settings.bound * settings.bound) * 1.01
        guard factor <= coarsest else {
            throw refuse(
                "learning rates a factor of \(String(format: "%.3g", factor)) apart cannot tell a "
                    + "drift of \(settings.bound); make it 2, with more of them")
        }
    }

    /// Checks that sizes can show a drift.
    private static func check(
        _ extents: [Int], of axis: TransferAxis, _ settings: TransferSettings, _ path: String
    ) throws(ConfigurationError) {
        guard extents.count >= 3, let first = extents.first, let last = extents.last,
            log2(Double(last) / Double(first)) >= settings.leastDoublings - 1e-9
        else {
            let doublings = log2(Double(extents.last ?? 1) / Double(extents.first ?? 1))
            let wanted = (0...Int(clamped: min(settings.leastDoublings.rounded(.up), 12))).map {
                index in
                "\((extents.first ?? 1) << index)"
            }
            throw .malformed(
                source: path, key: "grid.\(axis.axis.key)",
                reason:
                    "\(extents.count) sizes over \(String(format: "%.3g", doublings)) doublings: "
                    + "a verdict needs at least three sizes over \(settings.leastDoublings) "
                    + "doublings; give [\(wanted.joined(separator: ", "))], or lower "
                    + "transfer.least-doublings")
        }
    }

    /// What a size series can see before it has replicates.
    public func smallestDrift(of series: SizeSeries) -> SmallestDrift? {
        SmallestDrift(
            extents: series.extents.map(Double.init), seeds: series.seeds.count,
            spread: settings.spread, confidence: settings.confidence)
    }
}

extension TransferStudy.SizeSeries {
    /// What tells the size series apart: `width at depth 3, optimizer.rule=muon`.
    public var name: String {
        let others = fixed.sorted { $0.key.rawValue < $1.key.rawValue }.map {
            "\($0.key.rawValue) \($0.value)"
        }
        return axis.rawValue + (others.isEmpty ? "" : " at " + others.joined(separator: ", "))
            + (intervention.isEmpty ? "" : ", " + intervention)
    }
}

extension RunConfiguration {
    /// Makes heads as wide as leaves the number that the base model has.
    fileprivate mutating func keepHeads() throws(ConfigurationError) {
        let heads = parametrization.baseWidth / model.headDimension
        guard heads >= 1, model.width % heads == 0 else {
            throw .impossible(
                key: "transfer.heads",
                reason: "a base width of \(parametrization.baseWidth) has \(heads) heads of "
                    + "\(model.headDimension), which do not divide width \(model.width); choose "
                    + "parametrization.base-width among multiples of model.head-dimension")
        }
        model.headDimension = model.width / heads
        try validate()
    }
}
