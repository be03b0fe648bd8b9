import ArgumentParser
import Ballast
import Foundation

/// `ballast transfer`.
struct TransferCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transfer",
        abstract: "Say whether the optimal learning rate stays when a model grows.",
        discussion: """
            Trains a grid of learning rates at several widths, depths or horizons under several seeds, \
            finds the optimum of each curve between the grid's points, and judges how far it moves \
            from the smallest to the largest size. PASS (exit code 0) where the whole interval lies \
            within the bound, FAIL (2) where it lies outside, INCONCLUSIVE (3) otherwise, with the \
            next step. A FAIL names likely causes with their evidence.

            Interrupt it at any time: the same command trains exactly what is missing. Runs stand in \
            OUT/cells under a digest of configuration and data, so studies in one OUT share them, and \
            a grid may be extended. Results stand in OUT/NAME: transfer.json, transfer.csv, \
            report.html, figures/.
            """)

    @Argument(
        help: """
            A study in YAML (base, grid, seeds, transfer), or a folder of runs, as ballast import makes one.
            """)
    var study: String

    @Option(help: "The largest total drift that passes, as a factor in either direction.")
    var bound: Double?
    @OptionGroup var seeds: SeedOptions
    @OptionGroup var options: StudyOptions

    func validate() throws {
        if let bound, !(1.01...100).contains(bound) {
            throw ValidationError("--bound \(bound): a factor from 1.01 to 100 is needed")
        }
    }

    func run() throws {
        if let runs = try options.runs(at: study) {
            var settings = TransferSettings()
            if let bound { settings.bound = bound }
            let transfer = try TransferStudy(runs, settings: settings, source: study)
            return try finish(transfer, options.findings(about: study), runs)
        }
        let transfer = try TransferStudy(
            path: study, overrides: options.overrides, seeds: seeds.seeds, bound: bound)
        let name = transfer.study.name.map { $0 == "/" ? "_" : $0 }
        let runner = try StudyRunner(
            transfer.study, in: options.out.map { $0 + "/" + String(name) }, options)
        let cost = transfer.cost(runner.states())
        try runner.prepareText()
        let announcement = TransferAnnouncement(
            transfer, cost, seconds: try runner.seconds(), jobs: runner.jobs)
        if options.dryRun {
            print(options.json ? try announcement.json() : announcement.text)
            return
        }
        guard let folder = runner.folder else { return }
        if !options.json { Terminal.line(announcement.text) }
        runner.noteReplacement()
        try finish(transfer, folder, try runner.train())
    }

    /// Judges, writes and prints.
    private func finish(
        _ transfer: TransferStudy, _ folder: SweepFolder, _ table: RunTable
    ) throws {
        let result = transfer.result(table, coordinateCheck: Self.check(in: folder))
        let json = String(decoding: try result.json(), as: UTF8.self) + "\n"
        try AtomicFile.write(json, to: folder.path + "/transfer.json")
        try AtomicFile.write(TransferTable(result).text, to: folder.path + "/transfer.csv")
        let (bundle, python) = ReportCommand.drawingTools
        _ = try SweepReport(table, transfer: result).write(
            to: folder.path, vegaBundle: bundle, python: python,
            origin: .ofThisCommand())
        if options.json {
            print(String(decoding: try result.json(isPretty: false), as: UTF8.self))
        } else {
            options.layout.show(TransferText(result).text)
            print("report in \(folder.path)/report.html")
        }
        try result.verdict.exit()
    }

    /// A coordinate check that `ballast coordcheck --out` left in the folder.
    private static func check(in folder: SweepFolder) -> ActivationSlopes? {
        let url = URL(fileURLWithPath: folder.path + "/coordcheck.json")
        guard let data = try? Data(contentsOf: url) else { return nil }
        do {
            return try JSONDecoder().decode(ActivationSlopes.self, from: data)
        } catch {
            Terminal.printError(
                "note: \(url.path) cannot be read as a coordinate check of this version; make it anew"
            )
            return nil
        }
    }
}

/// What a study takes and what it can see, before it starts.
struct TransferAnnouncement {
    private let transfer: TransferStudy
    private let cost: TransferStudy.Cost
    private let seconds: Double?
    private let jobs: Int

    init(_ transfer: TransferStudy, _ cost: TransferStudy.Cost, seconds: Double?, jobs: Int) {
        self.transfer = transfer
        self.cost = cost
        self.seconds = seconds
        self.jobs = jobs
    }

    /// Lines for people.
    var text: String {
        let rates = transfer.ladders.first?.learningRates ?? []
        let ends = [rates.first, rates.last].compactMap { $0.map { Terminal.number($0) } }
        var lines = ["\(transfer.study.name): does the optimal learning rate stay?"]
        for ladder in transfer.ladders {
            let extents = ladder.extents.map(String.init).joined(separator: ", ")
            lines.append(
                "  \(ladder.name): \(extents); \(rates.count) learning rates from "
                    + "\(ends.joined(separator: " to ")); \(ladder.seeds.count) seeds")
            if let sight = transfer.smallestDrift(of: ladder) {
                let bound = transfer.settings.bound
                lines.append(
                    "    power: detects a total drift of \(factor(sight.detectable)) (80%), 95% CI "
                        + "within \(factor(sight.halfWidth)) of it, if the optimum's SD over seeds is "
                        + "\(transfer.settings.spread) octaves (assumed: transfer.spread)")
                if sight.halfWidth >= log2(bound) {
                    lines.append(
                        "    too wide for a PASS at a bound of \(bound)x: give more seeds")
                }
            }
        }
        lines.append(StudyRunner.line(cost, seconds: seconds, jobs: jobs))
        return lines.joined(separator: "\n")
    }

    private func factor(_ octaves: Double) -> String { String(format: "%.2fx", exp2(octaves)) }

    /// One line for programs.
    func json() throws -> String {
        let ladders = transfer.ladders.map { ladder -> [String: Any] in
            let sight = transfer.smallestDrift(of: ladder)
            return [
                "name": ladder.name, "axis": ladder.axis.rawValue, "extents": ladder.extents,
                "learning_rates": ladder.learningRates, "seeds": ladder.seeds.count,
                "detectable": sight.map { exp2($0.detectable) as Any } ?? NSNull(),
                "half_width": sight.map { exp2($0.halfWidth) as Any } ?? NSNull(),
            ]
        }
        let data = try JSONSerialization.data(
            withJSONObject: [
                "name": transfer.study.name, "ladders": ladders, "cells": cost.cells,
                "done": cost.done, "tokens": cost.tokens, "operations": cost.operations,
                "seconds": seconds.map { $0 as Any } ?? NSNull(),
            ], options: [.sortedKeys, .withoutEscapingSlashes])
        return String(decoding: data, as: UTF8.self)
    }
}
