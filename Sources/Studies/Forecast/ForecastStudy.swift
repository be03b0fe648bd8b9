import Foundation
import OrderedCollections
import Reports
package import RunTables
import Runs
import Statistics
import Sweeps
public import Training

/// The runs of a sweep, put in order for forecasts: for each intervention and learning rate, what each
/// size recorded under each seed.
///
/// What names an intervention is `RunTables.RunTable.interventions`; a size is the number of parameters of
/// attention and MLP matrices, which interventions leave as it is.
public struct ForecastStudy: Sendable {
    /// The runs of one intervention at one learning rate.
    struct Line: Sendable {
        var intervention: String
        var learningRate: Double
        /// The runs of each size, ascending.
        var sizes: [Size]
    }

    /// The runs of a size, one for each seed.
    struct Size: Sendable {
        var parameters: Double
        var runs: [RunRow]
    }

    /// The sweep's name.
    public let name: String
    /// The folder it was read from.
    public let folder: String
    /// Runs of the sweep.
    public let runs: Int
    /// Those without a result.
    public let missing: Int
    /// Those that diverged.
    public let diverged: Int
    /// The parameters of the sizes, ascending.
    public let sizes: [Double]
    /// A configuration of the largest size; nil where it is not known.
    public let configuration: RunConfiguration?
    /// The steps of its runs.
    let steps: Int
    let lines: [Line]
    /// All of its runs.
    let table: RunTable
    /// The learning rates that ran, ascending.
    public var learningRates: [Double] { Set(lines.map(\.learningRate)).sorted() }

    /// The lines of each intervention, in their order.
    var interventions: OrderedDictionary<String, [Line]> {
        OrderedDictionary(grouping: lines, by: \.intervention)
    }

    /// Sizes and seeds without which there is no forecast.
    public static let leastSizes = GrowthForecast.leastSizes
    private static let leastSeeds = 2

    /// Reads a sweep's folder.
    ///
    /// - Parameter folder: The folder of a sweep or a transfer study.
    /// - Throws: `ConfigurationError` for a sweep that cannot carry a forecast, with what it lacks;
    ///   `RunError` for a folder that is none.
    public init(folder: String) throws {
        let plan = try SweepFolder(folder).readPlan()
        let place = SweepFolder(folder, plan: plan)
        if let mixture = place.mixture(of: plan) {
            throw ConfigurationError.malformed(
                source: folder, key: "",
                reason: mixture + "; train the sweep in a folder of its own")
        }
        let table = try place.read()
        // A run of ours that does not say what it trained is damaged.
        for row in table.rows where row.result != nil && row.configuration == nil {
            let run = place.cell(row.name)
            if run.exists { _ = try ConfigurationFile.read(run.configuration) }
        }
        try self.init(table, folder: folder)
    }

    /// Puts runs in order.
    package init(_ table: RunTable, folder: String) throws(ConfigurationError) {
        func refuse(_ key: String, _ reason: String) -> ConfigurationError {
            .malformed(source: folder, key: key, reason: reason)
        }
        let runs = table.rows.filter { $0.result != nil }
        self.table = table
        name = table.name
        self.folder = folder
        self.runs = table.rows.count
        missing = table.rows.count - runs.count
        diverged = runs.count { $0.state == .diverged }
        if let run = runs.first(where: { $0.parameters == nil }) {
            throw refuse(
                "cells.\(run.name)",
                "does not say its parameters of attention and MLP matrices, N; import the runs with "
                    + "--column parameters=NAME")
        }
        let sizes = Set(runs.compactMap(\.parameters)).sorted()
        self.sizes = sizes.map(Double.init)
        guard sizes.count >= Self.leastSizes else {
            throw refuse(
                "grid.model.width",
                "\(sizes.count) size\(sizes.count == 1 ? "" : "s") with a result: a forecast needs "
                    + "at least \(Self.leastSizes), so that one can be held out; sweep model.width "
                    + "(as [16, 24, 32, 48, 64, 96, 128]) or model.depth")
        }
        let seeds = Set(runs.map(\.replicate)).count
        guard seeds >= Self.leastSeeds else {
            throw refuse(
                "seeds", "\(seeds): without a replicate a forecast has no interval; give [0, 1]")
        }
        guard let largest = runs.max(by: { ($0.parameters ?? 0) < ($1.parameters ?? 0) }) else {
            throw refuse("cells", "no run has a result")
        }
        configuration = largest.configuration
        steps = largest.steps ?? 1
        let interventions = table.interventions
        struct Key: Hashable {
            var intervention: String
            var learningRate: Double?
        }
        let groups = OrderedDictionary(grouping: runs) {
            Key(intervention: $0.label(interventions), learningRate: $0.learningRate)
        }
        if let run = groups.first(where: { $0.key.learningRate == nil })?.value.first {
            throw refuse("cells.\(run.name)", "does not say its learning rate")
        }
        lines = groups.map { group, runs in
            let bySize = Dictionary(grouping: runs) { $0.parameters ?? 0 }
            return Line(
                intervention: group.intervention, learningRate: group.learningRate ?? 0,
                sizes: bySize.keys.sorted().map { size in
                    Size(parameters: Double(size), runs: bySize[size] ?? [])
                })
        }.sorted { ($0.intervention, $0.learningRate) < ($1.intervention, $1.learningRate) }
    }
}

extension ForecastStudy.Line {
    /// What each size measured; values that are not there are left out.
    func measured(
        _ signal: any ForecastSignal, _ reading: ForecastReading
    ) -> [GrowthForecast.Size] {
        sizes.map { size in
            GrowthForecast.Size(
                extent: size.parameters,
                values: size.runs.compactMap { signal.value($0, reading) })
        }
    }

    /// The mean loss of the largest size; nil where a run diverged or ended above its start.
    var largestLoss: Double? {
        let losses = sizes.last?.runs.map(\.finalLoss) ?? []
        return losses.contains(nil) ? nil : Descriptive.mean(of: losses.compactMap { $0 })
    }
}
