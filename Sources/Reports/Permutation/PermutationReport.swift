public import Documents
import Foundation
import Statistics
public import Sweeps

/// A permutation study as a page.
public struct PermutationReport {
    private let result: PermutationResult
    private let words: PermutationWords

    /// Describes a result.
    public init(_ result: PermutationResult) {
        self.result = result
        words = PermutationWords(result)
    }

    /// Writes `report.html` and `figures/`: losses by order and seed, spreads, distances of end points.
    ///
    /// - Parameters:
    ///   - folder: Where the files go; made if it is not there.
    ///   - vegaBundle: A classic script that sets `window.vegaEmbed`.
    ///   - python: A Python interpreter that has the package `vl-convert-python`.
    ///   - origin: How it was made.
    /// - Returns: The path of each file, then a note, beginning with `note:`, for each thing left out.
    /// - Throws: What the file system refused.
    public func write(
        to folder: String, vegaBundle: String?, python: String?, origin: ReportOrigin
    ) throws -> [String] {
        try page(origin).write(to: folder, vegaBundle: vegaBundle, python: python)
    }

    private var percent: String { NumberText.setting((result.confidence * 1000).rounded() / 10) }

    private func page(_ origin: ReportOrigin) -> Document {
        let figures = PermutationFigures(result: result)
        var page = Document(
            kind: "permutation", title: "Does the order of the data matter?",
            badge: Badge(result.verdict), lead: result.recipes.prefix(1).map(words.sentence),
            tiles: tiles, files: ["permutation.json"],
            conventions:
                "Losses and spreads are in nats per token on the fixed validation set; spreads are "
                + "standard deviations.", origin: origin)
        let comparisons = result.recipes.compactMap(words.comparison)
        page.sections = [
            .init(
                "How much of a final loss is the order",
                [.markup(spreads)] + [words.clamped].compactMap(\.self).map(Document.Piece.note)
                    + [.markup(HTML.list(comparisons)), .figure(figures.spreads)]),
            .init("Final losses", [.figure(figures.losses)]),
            .init(
                "How far runs end from one another",
                [.markup(distances), .figure(figures.distances)]
            ),
        ]
        return page
    }

    private var tiles: [(number: String, label: String)] {
        let recipe = result.recipes.first
        return [
            (
                "\(result.orders.count) x \(result.seeds.count)",
                "orders of the same sequences by seeds of the weights"
            ),
            (
                PermutationWords.nats(recipe?.overOrders?.deviation),
                "nats: spread over orders, which the verdict is about"
            ),
            (PermutationWords.nats(recipe?.overSeeds?.deviation), "nats: spread over seeds"),
            (
                PermutationWords.nats(result.bound),
                "nats: the largest spread over orders that passes"
            ),
        ]
    }

    /// The spreads of each recipe.
    private var spreads: String {
        HTML.table(
            head: [
                "recipe", "verdict", "mean loss", "over orders", "over seeds", "order", "seed",
                "both",
            ],
            rows: result.recipes.map { entry in
                func cell(_ spread: PermutationResult.Spread?) -> String {
                    guard let spread else { return "-" }
                    let nats = PermutationWords.nats
                    return "\(nats(spread.deviation))\(spread.isClamped ? "*" : "")"
                        + "<small>\(nats(spread.low)) to \(nats(spread.high))</small>"
                }
                return [
                    HTML.escaped(entry.name), Badge(entry.verdict).markup,
                    PermutationWords.nats(entry.mean), cell(entry.overOrders),
                    cell(entry.overSeeds), cell(entry.order), cell(entry.seed),
                    cell(entry.interaction),
                ]
            }, labels: 2, attributes: "class=\"prose\"")
            + "<p class=\"muted\">Standard deviations of the final loss in nats, below each its "
            + "\(percent)% interval. Over orders is what an order adds under one seed: order and "
            + "both together.</p>\n" + noise
    }

    /// What the choice of validation batches adds.
    private var noise: String {
        HTML.table(
            head: ["recipe", "noise of evaluation, nats", "of a difference between two runs"],
            rows: result.recipes.map { entry in
                [
                    HTML.escaped(entry.name), PermutationWords.nats(entry.evaluationNoise),
                    PermutationWords.nats(entry.pairedEvaluationNoise),
                ]
            }, labels: 1)
    }

    /// The distances of end points.
    private var distances: String {
        let kinds = result.recipes.flatMap { $0.distances.flatMap(\.weights.keys) }
        let names = Set(kinds).sorted()
        return HTML.table(
            head: ["recipe", "runs that differ in", "pairs"] + names + ["predictions, nats"],
            rows: result.recipes.flatMap { entry in
                entry.distances.map { distance in
                    [
                        HTML.escaped(entry.name), PermutationWords.words(distance.differ),
                        NumberText.count(distance.pairs),
                    ]
                        + names.map {
                            distance.weights[$0].map { String(format: "%.3f", $0) } ?? "-"
                        } + [PermutationWords.nats(distance.predictions)]
                }
            }, labels: 2)
    }
}

/// The figures of a permutation study.
struct PermutationFigures {
    let result: PermutationResult

    private var percent: String { NumberText.setting((result.confidence * 1000).rounded() / 10) }

    /// The spreads of each recipe beside the bound.
    var spreads: DrawnFigure {
        let kinds: [(String, (PermutationResult.Entry) -> PermutationResult.Spread?)] = [
            ("over orders", \.overOrders), ("over seeds", \.overSeeds), ("order alone", \.order),
            ("seed alone", \.seed), ("order and seed", \.interaction),
        ]
        let noises: [(String, (PermutationResult.Entry) -> Double?)] = [
            ("evaluation", \.evaluationNoise), ("evaluation, paired", \.pairedEvaluationNoise),
        ]
        let entries =
            kinds.flatMap { label, spread in
                result.recipes.map { entry in
                    let own = spread(entry)
                    return IntervalPlot.Entry(
                        label: label, series: entry.name, value: own?.deviation, low: own?.low,
                        high: own?.high)
                }
            }
            + noises.flatMap { label, noise in
                result.recipes.map { entry in
                    IntervalPlot.Entry(label: label, series: entry.name, value: noise(entry))
                }
            }
        return IntervalPlot(
            name: "permutation-spreads", title: "What moves a final loss",
            axis: "standard deviation of the final loss (nats per token)", seriesTitle: "recipe",
            entries: entries, band: 0...result.bound
        ).drawn(
            caption:
                "Standard deviations by variance components with their \(percent)% intervals; the "
                + "band is what passes. Over orders holds order alone and what an order does under one "
                + "seed and not another; noise of evaluation has no interval.")
    }

    /// The final losses by order, a line a seed.
    var losses: DrawnFigure {
        LinePlot(
            name: "permutation-losses", title: "Final loss by order and seed",
            xAxis: "order of the data (data.order-seed)",
            yAxis: "final validation loss (nats per token)",
            seriesTitle: "seed of the weights",
            points: result.recipes.flatMap { entry in
                result.seeds.enumerated().flatMap { column, seed in
                    result.orders.enumerated().compactMap { row, order -> LinePlot.Point? in
                        guard row < entry.losses.count, column < entry.losses[row].count,
                            let loss = entry.losses[row][column]
                        else { return nil }
                        return LinePlot.Point(
                            panel: entry.name, series: "\(seed)", x: Double(order), y: loss)
                    }
                }
            }, hasLogarithmicX: false, columns: 3
        ).drawn(
            caption:
                "Each point is a run's validation loss after the last step. Orders are of the same "
                + "sequences, each seen as often; lines join the runs of one seed and have no other "
                + "meaning, since orders have no order. Diverged runs are left out here and counted in "
                + "the verdict.")
    }

    /// How far runs end from one another.
    var distances: DrawnFigure {
        let groups = ["embedding", "hidden", "head", "gain"]
        let kinds = Set(result.recipes.flatMap { $0.distances.flatMap(\.weights.keys) })
        let names = groups.filter(kinds.contains) + kinds.subtracting(groups).sorted()
        let entries = result.recipes.flatMap { entry in
            names.flatMap { name in
                entry.distances.compactMap { distance in
                    distance.weights[name].map {
                        IntervalPlot.Entry(
                            label: result.recipes.count > 1 ? "\(entry.name): \(name)" : name,
                            series: PermutationWords.words(distance.differ), value: $0)
                    }
                }
            }
        }
        return IntervalPlot(
            name: "permutation-distances", title: "Distances of end points",
            axis: "distance over the root mean square of both norms", seriesTitle: "runs differ in",
            entries: entries, guides: [Double(2).squareRoot()]
        ).drawn(
            caption:
                "Means over all pairs of runs that differ in the same things: 0 for equal weights, "
                + "√2 (the dashed line) for weights at right angles, as unrelated ones are.")
    }
}
