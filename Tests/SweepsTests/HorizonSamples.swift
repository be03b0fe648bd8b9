import Foundation
import Modules
import RunTables
import Runs
import Studies
import Sweeps
import Telemetry
import Tensors
import Training

/// Horizon studies whose runs logged what a function says.
enum HorizonSamples {
    /// A recipe of 64 steps.
    static func configuration() -> RunConfiguration {
        var configuration = RunConfiguration()
        configuration.model.width = 16
        configuration.model.depth = 1
        configuration.model.context = 16
        configuration.model.headDimension = 8
        configuration.data.batch = 4
        configuration.steps = 64
        configuration.optimizer.learningRate = 1e-2
        return configuration
    }

    /// The paths of the recipe's matrices.
    static let matrices: Set<String> = {
        let parameters = try? ProxyTransformer(configuration().model).parameters()
        return Set((parameters ?? []).filter { $0.shape.rank == 2 }.map(\.path))
    }()

    /// A study of the recipe and, where names are given, of others with other decays.
    static func study(
        _ names: [String] = [], horizons: Int = 4, rates: Int = 1, seeds: Int = 3,
        band: Double = 0.1
    ) throws -> HorizonStudy {
        var recipes = [Recipe(name: "recipe", configuration: configuration())]
        for (index, name) in names.enumerated() {
            var other = configuration()
            other.optimizer.weightDecay.rate *= Double(index + 2)
            recipes.append(Recipe(name: name, configuration: other))
        }
        return try HorizonStudy(
            recipes, horizons: horizons, rates: rates, seeds: seeds, band: band)
    }

    /// Where a number is read.
    struct Place {
        var recipe: String
        var learningRate: Double
        var seed: Int
        var horizon: Double
    }

    /// A record in which each weight has a size at each horizon, and each branch a loss; nil is a run that
    /// diverged.
    static func record(
        _ study: HorizonStudy, weight: (String, Place) -> Double = { _, _ in 1 },
        loss: (Place) -> Double? = { _ in 2 }
    ) throws -> RunTable {
        let paths = try ProxyTransformer(configuration().model).parameters().map(\.path)
        let cells = study.study.cells.map { cell -> RunRow in
            func place(_ horizon: Int) -> Place {
                var place = Place(recipe: "", learningRate: 0, seed: 0, horizon: Double(horizon))
                if case .text(let name)? = cell.settings["recipe"] { place.recipe = name }
                if case .number(let rate)? = cell.settings["optimizer.learning-rate"] {
                    place.learningRate = rate
                }
                if case .number(let seed)? = cell.settings["seed"] { place.seed = Int(seed) }
                return place
            }
            let isTrunk = cell.startStep == 0
            let horizons = isTrunk ? study.design.horizons : [cell.startStep]
            var series: [Metric: Series] = [:]
            for path in paths {
                series[.weight(path)] = Series(
                    horizons.map { horizon in
                        .init(
                            step: isTrunk ? horizon : cell.configuration.steps,
                            value: weight(path, place(horizon)))
                    })
            }
            let end = loss(place(horizons[horizons.count - 1]))
            return RunRow(
                name: cell.name, settings: cell.settings,
                state: end == nil ? .diverged : .finished,
                result: TransferSamples.result(cell.configuration, loss: end),
                series: RunSeries(series))
        }
        return RunTable(
            name: study.study.name, axes: study.study.axes, rows: cells, wallSeconds: 1)
    }
}
