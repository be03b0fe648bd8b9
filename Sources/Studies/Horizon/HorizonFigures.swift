import Documents
import Foundation
import Sweeps
import TransferStudies

/// The figures of a horizon study.
struct HorizonFigures {
    let result: HorizonResult

    /// Matrices whose norms are drawn: those that drift most.
    static let mostPanels = 24

    private var percent: String { NumberText.setting((result.confidence * 1000).rounded() / 10) }

    private var seeds: String { NumberText.count(result.seeds.count, "seed") }

    /// The paths of the matrices, in the order of the model.
    private var matrices: [String] {
        (result.recipes.first?.tensors ?? []).filter(\.isMatrix).map(\.path)
    }

    private func tensor(_ path: String, _ entry: HorizonResult.Entry) -> HorizonResult.Tensor? {
        entry.tensors.first { $0.path == path }
    }

    /// The exponent of each matrix with its interval, beside the band that passes.
    var exponents: DrawnFigure {
        IntervalPlot(
            name: "horizon-exponents", title: "How norms scale with the horizon",
            axis: "exponent of the weight RMS in the horizon", seriesTitle: "recipe",
            entries: matrices.flatMap { path in
                result.recipes.compactMap { entry in
                    tensor(path, entry).map { tensor in
                        IntervalPlot.Entry(
                            label: path, series: entry.name, value: tensor.weight.exponent,
                            low: tensor.weight.low, high: tensor.weight.high,
                            parts: result.recipes.count == 1
                                ? tensor.weight.bySeed.compactMap(\.self) : [])
                    }
                }
            }, band: -result.band...result.band, guides: [0]
        ).drawn(
            caption:
                "The exponent p with which the RMS grows as the p-th power of the horizon, at the "
                + "end of each branch, at the recipe's own learning rate; bars are \(percent)% intervals "
                + "over \(seeds). The band is what passes: a matrix whose whole bar lies within it is "
                + "invariant.")
    }

    /// The norm of each matrix against the horizon, over that at the shortest.
    var weights: DrawnFigure {
        var points: [LinePlot.Point] = []
        for path in matrices {
            for entry in result.recipes {
                guard let values = tensor(path, entry)?.weight.values, let first = values.first,
                    let start = first, start > 0
                else { continue }
                for (horizon, value) in zip(result.horizons, values) {
                    guard let value else { continue }
                    points.append(
                        LinePlot.Point(
                            panel: path, series: entry.name, x: Double(horizon), y: value / start))
                }
            }
        }
        let shown = matrices.sorted { steepness($0) > steepness($1) }.prefix(Self.mostPanels)
        let first = Double(result.horizons.first ?? 1)
        return LinePlot(
            name: "horizon-weights", title: "Norms against the horizon",
            xAxis: "horizon (steps before the cooldown)",
            yAxis: "RMS over that at the shortest", seriesTitle: "recipe",
            points: points.filter { shown.contains($0.panel) }, hasLogarithmicY: true,
            band: result.horizons.map { horizon in
                let factor = pow(Double(horizon) / first, result.band)
                return (Double(horizon), 1 / factor, factor)
            }
        ).drawn(
            caption:
                "The root mean square of each matrix at the end of the branch that leaves the trunk "
                + "after so many steps, over that of the shortest, both on logarithmic axes; means over "
                + "\(seeds). The wedge shows exponents within the band."
                + (matrices.count > shown.count
                    ? " Drawn are the \(shown.count) of \(matrices.count) matrices that move most; the "
                        + "CSV holds all." : ""),
            all: points)
    }

    private func steepness(_ path: String) -> Double {
        result.recipes.compactMap { tensor(path, $0)?.weight.exponent?.magnitude }.max() ?? 0
    }

    /// Loss, gradient norm and logits against the horizon.
    var signals: DrawnFigure {
        var points: [LinePlot.Point] = []
        for entry in result.recipes {
            for signal in entry.signals {
                for (place, growth) in [
                    ("at the end", signal.cooled), ("in the trunk", signal.trunk),
                ] {
                    for (index, horizon) in result.horizons.enumerated() {
                        guard let value = growth.values[index] else { continue }
                        points.append(
                            LinePlot.Point(
                                panel: "\(HorizonResult.signal(signal.name)) \(place)",
                                series: entry.name, x: Double(horizon), y: value,
                                low: growth.lowest?[index], high: growth.highest?[index]))
                    }
                }
            }
        }
        let order = points.map(\.panel).enumerated().reduce(into: [String: Int]()) {
            if $0[$1.element] == nil { $0[$1.element] = $1.offset }
        }
        return LinePlot(
            name: "horizon-signals",
            title: "Loss, gradients and logits against the horizon",
            xAxis: "horizon (steps before the cooldown)", yAxis: "", seriesTitle: "recipe",
            points: points.enumerated().sorted { a, b in
                let (i, j) = (order[a.element.panel] ?? 0, order[b.element.panel] ?? 0)
                return i == j ? a.offset < b.offset : i < j
            }.map(\.element), sharesHeight: false, columns: 2
        ).drawn(
            caption:
                "Means over \(seeds), with bars from the lowest to the highest, in the trunk where the branch leaves it and at the end of the "
                + "branch; each panel has its own vertical axis. Losses and log Z are in nats, logits and "
                + "norms have no unit.")
    }

    /// What interventions change about the recipe's drift; empty without interventions.
    var differences: [DrawnFigure] {
        func plot(_ name: String, _ title: String, _ axis: String, isOptimum: Bool) -> DrawnFigure?
        {
            let rows = result.recipes.dropFirst().flatMap { entry in
                entry.drifts.filter { ($0.group == "optimum") == isOptimum }
                    .compactMap { drift -> ForestPlot.Row? in
                        guard let difference = drift.difference, let finding = drift.finding else {
                            return nil
                        }
                        let group = drift.group == "all" ? "all matrices" : drift.group
                        return ForestPlot.Row(
                            isOptimum ? entry.name : "\(entry.name): \(group)", difference,
                            low: drift.differenceLow, high: drift.differenceHigh,
                            outcome: Badge(finding))
                    }
            }
            guard !rows.isEmpty else { return nil }
            return ForestPlot(name: name, title: title, axis: axis, rows: rows).drawn(
                caption:
                    "The drift with the intervention minus that of the recipe, over paired seeds, with "
                    + "\(percent)% intervals; to the left of zero the drift is smaller.")
        }
        return [
            plot(
                "horizon-differences", "Effect of interventions on the drift of norms",
                "difference in mean |exponent|", isOptimum: false),
            plot(
                "horizon-optimum-differences",
                "Effect of interventions on the drift of the optimal learning rate",
                "difference in octaves per doubling of the horizon", isOptimum: true),
        ].compactMap(\.self)
    }

    /// The loss against the learning rate with the optimum of each horizon, and how the optimum moves;
    /// empty where one learning rate was trained.
    var optimum: [DrawnFigure] {
        guard result.recipes.contains(where: \.optimum.isAsked) else { return [] }
        let curves = TransferLossCurves(
            result.transfer, name: "horizon-loss-against-learning-rate",
            title: "Where the loss is lowest, by horizon")
        let drift = TransferDrift(
            result.transfer, name: "horizon-optimum",
            title: "The optimal learning rate against the horizon")
        return [curves.drawn, drift.drawn]
    }
}
