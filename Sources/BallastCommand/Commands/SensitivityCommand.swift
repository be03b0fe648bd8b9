import ArgumentParser
import Ballast
import Foundation

/// `ballast sensitivity`.
struct SensitivityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sensitivity",
        abstract: "Say how much a wrong learning rate costs, at several sizes, with and without "
            + "interventions.",
        discussion: """
            Trains learning rates x sizes x variants x seeds and computes the learning-rate sensitivity \
            S of arXiv 2309.14322, its growth with the number of parameters, and the difference of each \
            variant from the baseline over paired seeds. PASS (exit code 0) where what the study claims \
            of each variant holds, or, without claims, where each difference is decided; FAIL (2) where \
            a claim does not hold; INCONCLUSIVE (3) otherwise, with what would settle it.
            Interrupt it at any time: the same command trains exactly what is missing. Runs stand in \
            OUT/cells under a digest of configuration and data, so that studies in one OUT share them; \
            results stand in OUT/NAME: sensitivity.json, report.html, figures/; --json prints a line for each \
            study. Studies/sensitivity holds a study for each experiment of the paper.
            """)

    @Argument(
        help: """
            Studies in YAML (base, grid, sizes, variants, seeds, sensitivity), or folders of runs, as ballast \
            import makes them.
            """)
    var studies: [String]
    @OptionGroup var seeds: SeedOptions
    @OptionGroup var options: StudyOptions

    func run() throws {
        // All are read before the first is trained.
        var all: [SensitivityStudy] = []
        var verdicts: [Verdict] = []
        for path in studies {
            if let runs = try options.runs(at: path) {
                let study = try SensitivityStudy(runs, source: path)
                let folder = try options.findings(about: path)
                if let verdict = try finish(study, folder, runs) { verdicts.append(verdict) }
            } else {
                all.append(
                    try SensitivityStudy(
                        path: path, overrides: options.overrides, seeds: seeds.seeds))
            }
        }
        for study in all {
            let name = String(study.study.name.map { $0 == "/" ? "_" : $0 })
            let runner = try StudyRunner(
                study.study, in: options.out.map { $0 + "/" + name }, options)
            try runner.prepareText()
            if !options.json { Terminal.line(try announcement(study, runner)) }
            guard !options.dryRun, let folder = runner.folder else { continue }
            runner.noteReplacement()
            if let verdict = try finish(study, folder, try runner.train()) {
                verdicts.append(verdict)
            }
        }
        if options.dryRun {
            try showTotal(all)
        } else if !verdicts.isEmpty {
            try Verdict(verdicts).exit()
        }
    }

    private func announcement(_ study: SensitivityStudy, _ runner: StudyRunner) throws -> String {
        let rates = study.learningRates.map { Terminal.number($0) }
        let sizes = OrderedSet(study.lines.map(\.size))
        var lines = [
            "\(study.study.name): what does a wrong learning rate cost?",
            "  sizes \(sizes.joined(separator: ", ")); \(rates.count) learning rates from "
                + "\(rates.first ?? "") to \(rates.last ?? ""); \(study.seeds.count) seeds",
        ]
        if study.variants.count > 1 {
            lines.append(
                "  against \(study.baseline): "
                    + study.variants.filter { $0 != study.baseline }.joined(separator: "; "))
            if let sight = study.detectable {
                lines.append(
                    "  power: detects a difference in S of \(Terminal.number(sight.value)) nats (80%); "
                        + "95% CI ±\(Terminal.number(sight.halfWidth)) if the seeds' SD is "
                        + "\(Terminal.number(study.settings.spread)) (assumed: sensitivity.spread)")
            }
        }
        for variant in study.variants where variant != study.baseline {
            if let caveat = study.caveat(on: variant) {
                lines.append(
                    "  caveat (i): \(caveat.text)"
                        + (caveat.isFatal ? "; S of \(variant) will not be compared" : ""))
            }
        }
        lines += study.scaling.map { "  \($0)" }
        return (lines + [try runner.costLine()]).joined(separator: "\n")
    }

    /// What the studies take together, what they share counted once.
    private func showTotal(_ all: [SensitivityStudy]) throws {
        var seen: Set<String> = []
        var total = (cells: 0, tokens: 0, operations: 0.0)
        for cell in all.flatMap(\.study.cells)
        where seen.insert(cell.digest).inserted {
            total.cells += 1
            total.tokens += cell.configuration.trainingTokens
            total.operations +=
                cell.configuration.flopsPerStep * Double(cell.configuration.steps)
        }
        if options.json {
            let data = try JSONSerialization.data(
                withJSONObject: [
                    "studies": all.map(\.study.name), "cells": total.cells,
                    "tokens": total.tokens, "operations": total.operations,
                ] as [String: Any], options: [.sortedKeys, .withoutEscapingSlashes])
            print(String(decoding: data, as: UTF8.self))
        } else if all.count > 1 {
            print(
                "\(all.count) studies: \(total.cells) different runs, "
                    + "\(Terminal.number(Double(total.tokens) / 1e6))M tokens, "
                    + "\(Terminal.number(total.operations / 1e12)) TFLOP")
        }
    }

    /// Judges, writes and prints.
    private func finish(
        _ study: SensitivityStudy, _ folder: SweepFolder, _ table: RunTable
    ) throws -> Verdict? {
        let result = study.result(table)
        try SnakeCaseJSON.write(result, to: folder.path + "/sensitivity.json")
        let (bundle, python) = ReportCommand.drawingTools
        _ = try SweepReport(table, sensitivity: result).write(
            to: folder.path, vegaBundle: bundle, python: python,
            origin: .ofThisCommand())
        if options.json {
            print(try SnakeCaseJSON.text(result, isPretty: false))
        } else {
            options.layout.show { SensitivityText(result).text(columns: $0) }
            print("report in \(folder.path)/report.html")
        }
        return result.verdict
    }
}

/// A sensitivity study in words.
struct SensitivityText {
    let result: SensitivityResult

    init(_ result: SensitivityResult) { self.result = result }

    private func nats(_ value: Double?) -> String {
        value.map { String(format: "%.3f", $0) } ?? "-"
    }
    private func rate(_ value: Double?) -> String { value.map { Terminal.number($0, 2) } ?? "-" }

    /// The verdict, the table and sentences.
    func text(columns: Int) -> String {
        var lines = [
            result.verdict.map { "\($0.rawValue)  \(result.name): does an intervention change S?" }
                ?? "\(result.name): measured; without a second variant nothing is compared",
            "", table.text(columns: columns, usesColour: Terminal.usesColour), "",
        ]
        for slope in result.slopes {
            lines.append(
                "\(slope.variant.isEmpty ? "S" : "S of " + slope.variant) ~ "
                    + "N^\(nats(slope.exponent)) (\(nats(slope.low)) to \(nats(slope.high)))")
        }
        lines += result.comparisons.map(sentence)
        lines += result.caveats.map { "caveat " + $0 }
        return lines.joined(separator: "\n") + "\n"
    }

    private var table: Table {
        let rates = result.lines.first?.points.map(\.learningRate) ?? []
        let head: [Table.Column] =
            [.prose("variant"), .word("width x depth"), .number("N", priority: 1)]
            + rates.map { .number(rate($0), priority: 2) }
            + [
                .number("S"), .word("bootstrap interval"), .number("best LR"),
                .number("best loss", priority: 3),
            ]
        let rows = result.lines.map { line -> [String] in
            let losses = line.points.map { point -> String in
                let known = point.losses.compactMap(\.self)
                let lost = point.losses.count - known.count - point.missing
                let mean = known.isEmpty ? "div" : nats(known.reduce(0, +) / Double(known.count))
                return mean + (lost > 0 && !known.isEmpty ? "!\(lost)" : "")
                    + (point.missing > 0 ? "?\(point.missing)" : "")
            }
            let interval = line.low.map { "\(nats($0)) to \(nats(line.high))" } ?? "-"
            return [
                line.variant, line.size, line.parameters.map { NumberText.count($0) } ?? "unknown",
            ] + losses
                + [
                    nats(line.sensitivity), interval, rate(line.bestLearningRate),
                    nats(line.bestLoss),
                ]
        }
        return Table(head, rows.map { row in row.map { Table.Cell($0) } })
    }

    private func sentence(_ comparison: SensitivityResult.Comparison) -> String {
        var text = "\(comparison.verdict.rawValue)  \(comparison.variant) "
        if let found = comparison.sensitivity {
            let word =
                switch found.finding {
                case .lower: "lowers S"
                case .higher: "raises S"
                case .same: "leaves S where it is"
                case .undecided: "is not shown to change S"
                }
            text +=
                "\(word): \(signed(found)) against \(result.baseline), by size "
                + found.bySize.map { String(format: "%+.3f", $0) }.joined(separator: ", ")
            if let detectable = comparison.detectable {
                text += "; this design detects \(nats(detectable)) (80%)"
            }
        } else {
            text += "is not compared by S"
        }
        if let best = comparison.bestLoss { text += "; lowest loss \(signed(best))" }
        if let claim = comparison.claim { text += "; claimed: \(claim.rawValue)" }
        if let reason = comparison.reason { text += "; \(reason)" }
        return text
    }

    private func signed(_ difference: SensitivityResult.Difference) -> String {
        String(
            format: "%+.3f (%+.3f to %+.3f)", difference.mean, difference.low, difference.high)
    }
}
