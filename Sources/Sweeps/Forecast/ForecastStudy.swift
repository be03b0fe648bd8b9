import Foundation
import OrderedCollections
package import Runs
import Statistics
public import Training

/// The runs of a sweep, put in order for forecasts: for each intervention and learning rate, what each
/// size recorded under each seed.
///
/// Everything swept but the learning rate, the seeds, the width, the depth and the width of heads names
/// an intervention.
public struct ForecastStudy: Sendable {
    /// A run with what it was asked to train.
    package struct Run: Sendable {
        var configuration: RunConfiguration
        var record: CellRecord

        /// Creates a run.
        package init(configuration: RunConfiguration, record: CellRecord) {
            self.configuration = configuration
            self.record = record
        }
    }

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
        var runs: [Run]
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
    /// A configuration of the largest size.
    public let configuration: RunConfiguration
    let lines: [Line]
    /// The learning rates that ran, ascending.
    public var learningRates: [Double] { Set(lines.map(\.learningRate)).sorted() }

    /// Sizes and seeds without which there is no forecast.
    public static let leastSizes = GrowthForecast.leastSizes
    private static let leastSeeds = 2

    /// Reads a sweep's folder.
    ///
    /// - Parameter folder: The folder of a sweep or a transfer study.
    /// - Throws: ``ConfigurationError`` for a sweep that cannot carry a forecast, with what it lacks;
    ///   ``RunError`` for a folder that is none.
    public init(folder: String) throws {
        let plan = try SweepFolder(folder).readPlan()
        let place = SweepFolder(folder, plan: plan)
        if let mixture = place.mixture(of: plan) {
            throw ConfigurationError.malformed(
                source: folder, key: "",
                reason: mixture + "; train the sweep in a folder of its own")
        }
        let record = try SweepFolder(folder).read()
        let found = try record.cells.compactMap { cell -> Run? in
            let path = place.cell(cell.name).configuration
            guard cell.result != nil, FileManager.default.fileExists(atPath: path) else {
                return nil
            }
            return Run(configuration: try ConfigurationFile.read(path), record: cell)
        }
        try self.init(record: record, runs: found, folder: folder)
    }

    /// Puts runs that have a result in order.
    package init(record: SweepRecord, runs: [Run], folder: String) throws(ConfigurationError) {
        func refuse(_ key: String, _ reason: String) -> ConfigurationError {
            .malformed(source: folder, key: key, reason: reason)
        }
        name = record.name
        self.folder = folder
        self.runs = record.cells.count
        missing = record.cells.count - runs.count
        diverged = runs.count { $0.record.state == .diverged }
        let sizes = OrderedSet(runs.compactMap { $0.parameters }).sorted()
        self.sizes = sizes
        guard sizes.count >= Self.leastSizes else {
            throw refuse(
                "grid.model.width",
                "\(sizes.count) size\(sizes.count == 1 ? "" : "s") with a result: a forecast takes "
                    + "at least \(Self.leastSizes), so that one can be held out; sweep model.width "
                    + "(as [16, 24, 32, 48, 64, 96, 128]) or model.depth")
        }
        let seeds = Set(runs.map { [$0.configuration.seed, $0.configuration.data.dataSeed] })
        guard seeds.count >= Self.leastSeeds else {
            throw refuse(
                "seeds",
                "\(seeds.count): without a replicate a forecast has no interval; give [0, 1]")
        }
        guard let largest = runs.max(by: { ($0.parameters ?? 0) < ($1.parameters ?? 0) }) else {
            throw refuse("cells", "no run has a result")
        }
        configuration = largest.configuration
        let notLabels = ["learning-rate", "seed", "data-seed", "width", "depth", "head-dimension"]
        let keys = record.axes.filter { key in
            !notLabels.contains(key.split(separator: ".").last.map(String.init) ?? key)
        }
        var groups: OrderedDictionary<[String], [Run]> = [:]
        for run in runs {
            let label = keys.compactMap { key in
                run.record.settings[key].map { "\(key)=\($0.text)" }
            }.joined(separator: " ")
            let rate = run.configuration.optimizer.learningRate
            groups[[label, "\(rate)"], default: []].append(run)
        }
        lines = groups.map { group, runs in
            let bySize = Dictionary(grouping: runs) { $0.parameters ?? 0 }
            return Line(
                intervention: group[0],
                learningRate: runs[0].configuration.optimizer.learningRate,
                sizes: bySize.keys.sorted().map { size in
                    Size(parameters: size, runs: bySize[size] ?? [])
                })
        }.sorted { ($0.intervention, $0.learningRate) < ($1.intervention, $1.learningRate) }
    }
}

extension ForecastStudy.Run {
    /// Parameters without the embedding and the head.
    var parameters: Double? { (record.result?.parameters).map(Double.init) }

    /// The final loss of a run that did not diverge.
    var loss: Double? {
        guard let result = record.result, !result.diverged, let loss = result.finalLoss,
            loss.isFinite
        else { return nil }
        return loss
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
                values: size.runs.compactMap { signal.value($0.record, $0.configuration, reading) })
        }
    }

    /// The mean loss of the largest size; nil where a run diverged or ended above its start.
    var largestLoss: Double? {
        let losses = sizes.last?.runs.map(\.loss) ?? []
        return losses.contains(nil) ? nil : Descriptive.mean(of: losses.compactMap { $0 })
    }
}
