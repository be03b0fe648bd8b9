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
            OUT/cells under the digest of their configuration, so studies in one OUT share them, and \
            a grid may be extended. Results stand in OUT/NAME: transfer.json, transfer.csv, \
            report.html, figures/.
            """)

    @Argument(help: "A study in YAML: base, grid, seeds, transfer.")
    var study: String

    @Option(help: "The folder of runs and results.")
    var out: String?

    @Option(help: "Runs in training at a time; one per core by default, 1 on an accelerator.")
    var jobs: Int?

    @Option(help: "Seeds 0, 1, ... in place of the study's.")
    var seeds: Int?

    @Option(help: "The largest total drift that passes, as a factor in either direction.")
    var bound: Double?

    @Option(name: .customLong("set"), help: "Override a key in every run: steps=128.")
    var overrides: [String] = []

    @Flag(help: "Say what the study takes and can see, and train nothing.")
    var dryRun = false

    @OptionGroup var engine: EngineOptions

    @Flag(help: "Print the result as JSON and nothing else.")
    var json = false

    func validate() throws {
        if let jobs, jobs < 1 { throw ValidationError("--jobs \(jobs): at least 1 is needed") }
        if let seeds, seeds < 1 { throw ValidationError("--seeds \(seeds): at least 2 are needed") }
        if let bound, !(bound > 1 && bound.isFinite) {
            throw ValidationError("--bound \(bound): a factor above 1 is needed")
        }
        if out == nil, !dryRun { throw ValidationError("--out FOLDER is needed, or --dry-run") }
    }

    func run() throws {
        let transfer = try TransferStudy(
            path: study, overrides: overrides, seeds: seeds, bound: bound)
        let name = transfer.study.name.map { $0 == "/" ? "_" : $0 }
        let folder = out.map { SweepFolder($0 + "/" + String(name), plan: transfer.study.plan) }
        var states: [String: CellState] = [:]
        if let folder {
            for cell in transfer.study.cells { states[cell.name] = try folder.state(of: cell.name) }
        }
        let cost = transfer.cost(states)
        try prepareText(transfer)
        let sharesCores = try engine.engine != .xla || !engine.isForAccelerator()
        let jobs = jobs ?? (sharesCores ? ProcessInfo.processInfo.activeProcessorCount : 1)
        let announcement = TransferAnnouncement(
            transfer, cost, seconds: try seconds(transfer, states, jobs: jobs), jobs: jobs)
        if dryRun {
            print(json ? try announcement.json() : announcement.text)
            return
        }
        guard let folder else { return }
        if !json { Terminal.line(announcement.text) }
        try train(transfer, in: folder, jobs: jobs)
        try finish(transfer, folder)
    }

    /// Reads each text once, so that a mistake in it shows before the first process.
    private func prepareText(_ transfer: TransferStudy) throws {
        var prepared: Set<[String]> = []
        for cell in transfer.study.cells
        where prepared.insert(cell.configuration.data.text).inserted {
            _ = try TokenCache(
                TextSource(cell.configuration.data.text),
                vocabulary: cell.configuration.model.vocabulary)
        }
    }

    /// About how long the open runs take, by the speed of a few steps of the cheapest and the dearest.
    private func seconds(
        _ transfer: TransferStudy, _ states: [String: CellState], jobs: Int
    ) throws -> Double? {
        let open = transfer.study.cells.map(\.configuration).enumerated().filter {
            ![.finished, .diverged].contains(
                states[transfer.study.cells[$0.offset].name] ?? .missing)
        }.map(\.element)
        let sorted = open.sorted { $0.flopsPerStep < $1.flopsPerStep }
        guard let cheapest = sorted.first, let dearest = sorted.last else { return nil }
        let engine = try engine.make()
        let timings = try [cheapest, dearest].map { configuration in
            try StepBenchmark.measure(configuration, on: engine, steps: 3, warmup: 1)
        }
        // The quickest: what else runs here slows single steps down.
        let ends = timings.map { $0.stepSeconds.min() ?? 0 }
        // Beside its steps a run starts a process, compiles, and evaluates twice.
        let start = 0.1 + timings[1].firstStepSeconds
        // What a step takes beside its operations, in a line between both ends.
        let span = dearest.flopsPerStep - cheapest.flopsPerStep
        let slope = span > 0 ? max((ends[1] - ends[0]) / span, 0) : 0
        let total = open.reduce(0) { sum, configuration in
            let step = ends[0] + slope * (configuration.flopsPerStep - cheapest.flopsPerStep)
            let evaluations = Double(2 * configuration.evaluation.batches) / 3
            return sum + start + step * (Double(configuration.steps) + evaluations)
        }
        let cores = ProcessInfo.processInfo.activeProcessorCount
        return total / Double(min(jobs, max(cores / self.engine.threads, 1)))
    }

    /// Trains what is missing, and waits for what other processes train.
    private func train(_ transfer: TransferStudy, in folder: SweepFolder, jobs: Int) throws {
        _ = try EngineChoice.instructionSet()
        Signals.listen()
        let display = SweepDisplay(transfer.study, jobs: jobs, isSilent: json)
        var states: [String: CellState] = [:]
        repeat {
            let executor = try SweepExecutor(
                transfer.study, in: folder, jobs: jobs,
                command: [try Executable.url.path, "train", "--quiet"] + engine.arguments)
            // Runs may be short: look at them more often than a sweep does.
            states = try executor.run(
                interval: 0.05, isCancelled: { Signals.stop != nil }, display: display.show)
            display.end()
            if let number = Signals.stop {
                Terminal.printError("ballast: stopped; the same command goes on from there")
                throw ExitCode(Signals.exitCode(number))
            }
            // Those that another process holds, as the children of one that was killed.
            if states.values.contains(.running) { Thread.sleep(forTimeInterval: 0.5) }
        } while states.values.contains { [.running, .interrupted].contains($0) }
        let failed = states.filter { $0.value == .failed }.keys.sorted()
        guard failed.isEmpty else {
            for name in failed {
                Terminal.printError("failed: \(name); see \(folder.failure(name))")
            }
            throw ExitCode.failure
        }
    }

    /// Judges, writes and prints.
    private func finish(_ transfer: TransferStudy, _ folder: SweepFolder) throws {
        let record = try folder.read()
        let result = transfer.result(record, coordinateCheck: Self.check(in: folder))
        let json = String(decoding: try result.json(), as: UTF8.self) + "\n"
        try AtomicFile.write(json, to: folder.path + "/transfer.json")
        try AtomicFile.write(TransferTable(result).text, to: folder.path + "/transfer.csv")
        let (bundle, python) = ReportCommand.drawingTools
        _ = try SweepReport(record, transfer: result).write(
            to: folder.path, vegaBundle: bundle, python: python)
        if self.json {
            print(String(decoding: try result.json(isPretty: false), as: UTF8.self))
        } else {
            print(TransferText(result).text, terminator: "")
            print("report in \(folder.path)/report.html")
        }
        switch result.verdict {
        case .pass: break
        case .fail: throw ExitCode(2)
        case .inconclusive: throw ExitCode(3)
        }
    }

    /// A coordinate check that `ballast coordcheck --out` left in the folder.
    private static func check(in folder: SweepFolder) -> CoordinateCheck.Result? {
        let url = URL(fileURLWithPath: folder.path + "/coordcheck.json")
        guard let data = try? Data(contentsOf: url) else { return nil }
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try? decoder.decode(CoordinateCheck.Result.self, from: data)
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
                    "    sees a total drift of \(factor(sight.detectable)) or more, its interval "
                        + "within \(factor(sight.halfWidth)) of it, if seeds move an optimum by "
                        + "\(transfer.settings.spread) octaves (assumed: transfer.spread)")
                if sight.halfWidth >= log2(bound) {
                    lines.append(
                        "    too wide for a PASS at a bound of \(bound)x: give more seeds")
                }
            }
        }
        let time = seconds.map { ", about \(Terminal.time($0)) with \(jobs) side by side" } ?? ""
        lines.append(
            "\(cost.cells) runs, \(cost.done) done; the others take "
                + "\(Terminal.number(Double(cost.tokens) / 1e6))M tokens, "
                + "\(Terminal.number(cost.operations / 1e12)) TFLOP\(time)")
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
