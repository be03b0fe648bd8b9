public import Documents
import Foundation
public import Statistics
public import Sweeps
import TransferStudies

extension PermutationResult: StudyResult {
    /// `permutation`.
    public static let name = "permutation"
    /// That of the recipe itself.
    public var overall: Verdict? { verdict }

    /// Spreads of the final loss by what moves it, and how far runs end from one another.
    public var document: Document {
        let figures = PermutationFigures(result: self)
        var page = Document(
            kind: Self.name, title: "Does the order of the data matter?", badge: Badge(verdict),
            lead: recipes.map(sentence), tiles: tiles, files: [Self.file],
            conventions:
                "Losses and spreads are in nats per token on the fixed validation set; spreads are "
                + "standard deviations.")
        page.sections = [
            .init(
                "Share of the data order in the final loss",
                [
                    .table(spreads), .list(recipes.compactMap(comparison)),
                    .figure(figures.spreads),
                ] + (figures.ratios.map { [.figure($0)] } ?? [])),
            .init("Evaluation noise", [.table(noise)]),
            .init("Final losses", [.figure(figures.losses)]),
            .init(
                "Distances between final weights",
                [.table(distances), .figure(figures.distances)]),
        ]
        return page
    }

    fileprivate var percent: String { NumberText.setting((confidence * 1000).rounded() / 10) }

    /// Nats to four decimals; a dash where there are none.
    private func nats(_ value: Double?) -> String {
        value.map { String(format: "%.4f", $0) } ?? "-"
    }

    /// What the runs of a pair differ in.
    fileprivate static func words(_ kind: EndPointDistances.Kind) -> String {
        kind == .both ? "order and seed" : kind.rawValue
    }

    /// The verdict of a recipe with why, without the verdict's own word.
    private func sentence(_ entry: Entry) -> String {
        let spread = entry.overOrders.map {
            "\(nats($0.deviation)) (\(nats($0.low)) to \(nats($0.high)))"
        }
        return "\(entry.name): spread over orders \(spread ?? "-"), bound \(nats(bound))"
            + (entry.reason.map { "; \($0)" } ?? "")
    }

    /// What a variant makes of the recipe's spread over orders; nil for the recipe itself.
    private func comparison(_ entry: Entry) -> String? {
        entry.overRecipe.map { ratio in
            let word =
                ratio.high < 1 ? "lowers" : ratio.low > 1 ? "raises" : "is not shown to change"
            return "\(entry.name) \(word) the spread over orders: "
                + String(format: "%.2fx (%.2fx to %.2fx)", ratio.value, ratio.low, ratio.high)
        }
    }

    private var tiles: [(number: String, label: String)] {
        let recipe = recipes.first
        return [
            (
                "\(orders.count) x \(seeds.count)",
                "orders of the same sequences by seeds of the weights"
            ),
            (
                nats(recipe?.overOrders?.deviation),
                "nats: spread over orders, which the verdict is about"
            ),
            (nats(recipe?.overSeeds?.deviation), "nats: spread over seeds"),
            (nats(bound), "nats: the largest spread over orders that passes"),
        ]
    }

    /// The spreads of each recipe.
    private var spreads: Table {
        func cell(_ spread: Spread?) -> Table.Cell {
            guard let spread else { return "-" }
            return Table.Cell(
                nats(spread.deviation) + (spread.isClamped ? "*" : ""),
                detail: "\(nats(spread.low)) to \(nats(spread.high))")
        }
        let isClamped = recipes.contains { entry in
            [entry.order, entry.seed].contains { $0?.isClamped ?? false }
        }
        return Table(
            [
                .word("recipe"), .word("verdict"), .number("mean loss"), .number("over orders"),
                .number("over seeds", priority: 1), .number("order", priority: 2),
                .number("seed", priority: 3), .number("both", priority: 4),
            ],
            recipes.map { entry in
                [
                    Table.Cell(entry.name), Table.Cell(Badge(entry.verdict)),
                    Table.Cell(nats(entry.mean)), cell(entry.overOrders), cell(entry.overSeeds),
                    cell(entry.order), cell(entry.seed), cell(entry.interaction),
                ]
            },
            note:
                "Standard deviations of the final loss in nats, below each its \(percent)% interval. "
                + "Over orders: order alone plus the interaction with the seed."
                + (isClamped ? " *: the estimated variance is negative, shown as zero." : ""))
    }

    /// What the choice of validation batches adds.
    private var noise: Table {
        Table(
            [.word("recipe"), .number("of a loss, nats"), .number("of a difference of two runs")],
            recipes.map { entry in
                [
                    Table.Cell(entry.name), Table.Cell(nats(entry.evaluationNoise)),
                    Table.Cell(nats(entry.pairedEvaluationNoise)),
                ]
            })
    }

    /// The distances of end points.
    private var distances: Table {
        let names = Set(recipes.flatMap { $0.distances.flatMap(\.weights.keys) }).sorted()
        return Table(
            [.word("recipe"), .word("runs that differ in"), .number("pairs", priority: 1)]
                + names.map { .number($0) } + [.number("predictions, nats")],
            recipes.flatMap { entry in
                entry.distances.map { distance in
                    let weights = names.map { name -> Table.Cell in
                        let weight = distance.weights[name]
                        return Table.Cell(weight.map { String(format: "%.3f", $0) } ?? "-")
                    }
                    return [
                        Table.Cell(entry.name), Table.Cell(Self.words(distance.differ)),
                        Table.Cell(NumberText.count(distance.pairs)),
                    ] + weights + [Table.Cell(nats(distance.predictions))]
                }
            }, note: "Distances of weights are over their norms: root of two for unrelated ones.")
    }
}

/// The figures of a permutation study.
struct PermutationFigures {
    let result: PermutationResult

    private var percent: String { result.percent }

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
            name: "permutation-spreads", title: "What the final loss varies with",
            axis: "standard deviation of the final loss (nats per token)", seriesTitle: "recipe",
            entries: entries, band: 0...result.bound
        ).drawn(
            caption:
                "Standard deviations by variance components with their \(percent)% intervals; the "
                + "band is what passes. Over orders is order alone plus its interaction with the "
                + "seed; evaluation noise has no interval.")
    }

    /// Each variant's spread over orders over the recipe's; nil where nothing is compared.
    var ratios: DrawnFigure? {
        let rows = result.recipes.compactMap { entry in
            entry.overRecipe.map { ratio in
                ForestPlot.Row(
                    entry.name, ratio.value, low: ratio.low, high: ratio.high,
                    outcome: ratio.high < 1
                        ? Badge("lowers", .good)
                        : ratio.low > 1 ? Badge("raises", .bad) : Badge("undecided", .open))
            }
        }
        guard !rows.isEmpty else { return nil }
        return ForestPlot(
            name: "permutation-ratios", title: "Effect of variants on the spread over orders",
            axis: "spread over orders, over that of the recipe", rows: rows, reference: 1,
            isLogarithmic: true, number: { String(format: "%.2fx", $0) }
        ).drawn(
            caption:
                "Ratios of standard deviations over orders with their \(percent)% intervals; to the left "
                + "of 1 the order matters less than in the recipe.")
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
                + "meaning. Diverged runs are left out here and counted in "
                + "the verdict.")
    }

    /// Distances between final weights.
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
                            series: PermutationResult.words(distance.differ), value: $0)
                    }
                }
            }
        }
        return IntervalPlot(
            name: "permutation-distances", title: "Distances between final weights",
            axis: "distance over the root mean square of both norms", seriesTitle: "runs differ in",
            entries: entries, guides: [Double(2).squareRoot()]
        ).drawn(
            caption:
                "Means over all pairs of runs that differ in the same things: 0 for equal weights, "
                + "√2 (the dashed line) for weights at right angles, as unrelated ones are.")
    }
}
