import ArgumentParser
import Ballast
import Foundation

/// `ballast verify permutation`.
struct VerifyPermutationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "permutation",
        abstract: "Say how much of a final loss is the order of the data.",
        discussion: """
            Trains on the same sequences in several orders, under several seeds of the weights, and \
            takes the spread of the final losses apart: order, seed, and what an order does under one \
            seed alone. PASS (exit code 0) where the spread over orders lies within the bound with its \
            whole interval, FAIL (2) where it lies beyond, INCONCLUSIVE (3) otherwise, with what would \
            settle it. Each --control is a recipe of its own, whose spread is compared with the first.
            Interrupt it at any time: the same command goes on. Runs stand in OUT/cells under the digest \
            of their configuration, results in OUT/permutation-DIGEST-QUESTION: report.html, \
            permutation.json and figures. Another question about the same configuration (orders, seeds, \
            controls, bound) has a folder of its own and shares the runs.
            """)

    @Argument(help: "A configuration in YAML.")
    var config: String
    @Option(help: "Orders of the data.")
    var orders = 4
    @Option(help: "Seeds of the weights.")
    var seeds = 3
    @Option(
        help: """
            A variant to put beside the recipe: KEY.PATH=VALUE, several with blanks between. May be \
            given several times.
            """)
    var control: [String] = []
    @Option(help: "The largest spread over orders, in nats, that passes.")
    var bound = 0.01
    @Option(help: "Validation batches on which predictions are compared.")
    var predictionBatches = 2
    @OptionGroup var options: StudyOptions

    func validate() throws {
        if predictionBatches < 1 {
            throw ValidationError("--prediction-batches \(predictionBatches): at least 1 is needed")
        }
    }

    func run() throws {
        let study = try PermutationStudy(
            Recipe.read(config, overrides: options.overrides, controls: control), orders: orders,
            seeds: seeds, bound: bound, predictionBatches: predictionBatches)
        let runner = try StudyRunner(
            study.study, in: options.out.map { "\($0)/\(study.study.name)" }, options)
        try runner.prepareText()
        if !options.json { Terminal.line(try announcement(study, runner)) }
        guard !options.dryRun, let folder = runner.folder else { return }
        let record = try runner.train()
        if !options.json { Terminal.printError("comparing the ends of the runs") }
        let result = try analyse(study, folder, record)
        try VerdictFile.write(result, to: folder.path + "/permutation.json")
        let (bundle, python) = ReportCommand.drawingTools
        _ = try PermutationReport(result).write(
            to: folder.path, vegaBundle: bundle, python: python,
            origin: .ofThisCommand(study.recipes))
        print(
            options.json
                ? try VerdictFile.text(result, isPretty: false)
                : Self.text(result) + "\nresults in \(folder.path)/permutation.json, "
                    + "report in \(folder.path)/report.html")
        try result.verdict.exit()
    }

    private func announcement(_ study: PermutationStudy, _ runner: StudyRunner) throws -> String {
        func factors(_ range: ClosedRange<Double>) -> String {
            String(format: "%.2f to %.2f", range.lowerBound, range.upperBound)
        }
        let reach = study.reach
        var lines = [
            "does the order of the data matter? \(study.recipes.count) \(study.recipes.count == 1 ? "recipe" : "recipes"), "
                + "\(study.orders.count) orders, \(study.seeds.count) seeds",
            "  sees a spread over orders to \(factors(reach.best)) times itself where each seed has "
                + "orders of its own, to \(factors(reach.worst)) where all seeds agree on them",
        ]
        if study.orders.count == 2 {
            lines.append("  too wide to conclude where seeds agree: give more --orders")
        }
        return (lines + [try runner.costLine()]).joined(separator: "\n")
    }

    /// Evaluates the ends of all runs, here and one after another.
    private func analyse(
        _ study: PermutationStudy, _ folder: SweepFolder, _ record: SweepRecord
    ) throws -> PermutationResult {
        let results = Dictionary(record.cells.map { ($0.name, $0.result) }) { first, _ in first }
        var losses: [[[Double?]]] = []
        var ends: [[EndPoint]] = []
        var groups: [OrderedDictionary<String, String>] = []
        let engine = try options.engine.make()
        for recipe in study.recipes {
            let configuration = recipe.configuration
            let cache = try TokenCache(
                TextSource(configuration.data.text), vocabulary: configuration.model.vocabulary)
            let evaluator = try Evaluator(
                configuration, batches: configuration.batches(of: cache), engine: engine)
            var table: [[Double?]] = []
            var points: [EndPoint] = []
            for (order, row) in study.cells(of: recipe).enumerated() {
                var line: [Double?] = []
                for (seed, cell) in row.enumerated() {
                    let result = results[cell.name] ?? nil
                    line.append(result?.finalLoss)
                    guard result?.finalLoss != nil else { continue }
                    let run = folder.cell(cell.name)
                    let step = run.checkpointSteps.last ?? 0
                    let tensors = try Checkpoint(path: run.checkpoint(step)).tensors
                    points.append(
                        EndPoint(
                            order: order, seed: seed, parameters: tensors,
                            losses: try evaluator.losses(tensors),
                            predictions: try evaluator.logProbabilities(
                                tensors, batches: predictionBatches)))
                }
                table.append(line)
            }
            losses.append(table)
            ends.append(points)
            var roles: OrderedDictionary<String, String> = [:]
            for parameter in try TrainingProgram(configuration).parameters {
                roles["parameter/" + parameter.path] = parameter.role.rawValue
            }
            groups.append(roles)
        }
        return study.result(losses: losses, ends: ends, groups: groups)
    }

    /// Tables for people.
    static func text(_ result: PermutationResult) -> String {
        let (nats, spread) = (PermutationWords.nats, PermutationWords.spread)
        let words = PermutationWords(result)
        var rows = [
            [
                "recipe", "mean loss", "order", "seed", "interaction", "over orders", "over seeds",
                "eval noise", "paired", "verdict",
            ]
        ]
        for entry in result.recipes {
            rows.append([
                entry.name, nats(entry.mean), spread(entry.order), spread(entry.seed),
                spread(entry.interaction), spread(entry.overOrders), spread(entry.overSeeds),
                nats(entry.evaluationNoise), nats(entry.pairedEvaluationNoise),
                entry.verdict.rawValue,
            ])
        }
        let kinds = OrderedSet(result.recipes.flatMap { $0.distances.flatMap { $0.weights.keys } })
        let names = kinds.sorted()
        var ends = [["runs that differ in", "recipe"] + names + ["predictions"]]
        for entry in result.recipes {
            for distance in entry.distances {
                ends.append(
                    [PermutationWords.words(distance.differ)]
                        + [entry.name]
                        + names.map {
                            distance.weights[$0].map { String(format: "%.3f", $0) } ?? "-"
                        }
                        + [nats(distance.predictions)])
            }
        }
        var lines = [
            "standard deviations of the final loss in nats, with "
                + "\(Int((result.confidence * 100).rounded()))% intervals",
            PlainTable.text(rows), "",
            "mean distances of end points: weights relative to their norms (root of two for "
                + "unrelated ones), predictions in nats",
            PlainTable.text(ends, leading: 2), "",
        ]
        lines += [words.clamped].compactMap(\.self)
        lines += result.recipes.compactMap(words.comparison)
        lines += result.recipes.map { "\($0.verdict.rawValue)  \(words.sentence($0))" }
        return lines.joined(separator: "\n")
    }
}
