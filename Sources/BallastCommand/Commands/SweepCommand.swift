import ArgumentParser
import Ballast
import Foundation

/// `ballast sweep`.
struct SweepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep", abstract: "Train a grid of runs, or say how it stands.",
        subcommands: [RunCommand.self, StatusCommand.self], defaultSubcommand: RunCommand.self)

    /// `ballast sweep run`.
    struct RunCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "run", abstract: "Train the cells of a study that are missing.",
            discussion: """
                Each cell is a process of its own, with one thread unless said otherwise. Interrupt it at any time: the same \
                command goes on, and trains exactly what is missing.
                """)

        @Argument(help: "A study in YAML: base, grid, seeds.")
        var study: String

        @Option(help: "The sweep's folder.")
        var out: String

        @Option(help: "Cells in training at a time; one per core by default, 1 on an accelerator.")
        var jobs: Int?

        @Option(name: .customLong("set"), help: "Override a key in every cell: steps=100.")
        var overrides: [String] = []

        @OptionGroup var engine: EngineOptions

        @Flag(help: "Print the summary as JSON and nothing else.")
        var json = false

        func validate() throws {
            if let jobs, jobs < 1 {
                throw ValidationError("--jobs \(jobs): at least 1 is needed")
            }
        }

        func run() throws {
            let study = try Study(path: study, overrides: overrides)
            let folder = SweepFolder(out)
            // One text for all cells: a mistake in it shows before the first process, once.
            var prepared: Set<[String]> = []
            for cell in study.cells where prepared.insert(cell.configuration.data.text).inserted {
                _ = try TokenCache(
                    TextSource(cell.configuration.data.text),
                    vocabulary: cell.configuration.model.vocabulary)
            }
            _ = try EngineChoice.instructionSet()
            // Processes would contend for the memory of one accelerator.
            let sharesCores = try engine.engine != .xla || !engine.isForAccelerator()
            Signals.listen()
            let jobs = jobs ?? (sharesCores ? ProcessInfo.processInfo.activeProcessorCount : 1)
            let executor = try SweepExecutor(
                study, in: folder, jobs: jobs,
                command: [try Executable.url.path, "train", "--quiet"] + engine.arguments)
            let display = SweepDisplay(study, jobs: jobs, isSilent: json)
            let states = try executor.run(
                isCancelled: { Signals.stop != nil }, display: display.show)
            display.end()
            if let number = Signals.stop {
                Terminal.printError("ballast: stopped; the same command goes on from there")
                throw ExitCode(Signals.exitCode(number))
            }
            let report = SweepReport(try folder.read())
            if json {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                print(String(decoding: try encoder.encode(report.summary()), as: UTF8.self))
            } else {
                print(report.table())
            }
            let failed = states.filter { $0.value == .failed }.keys.sorted()
            if !failed.isEmpty {
                for name in failed {
                    Terminal.printError("failed: \(name); see \(folder.failure(name))")
                }
                throw ExitCode.failure
            }
        }
    }

    /// `ballast sweep status`.
    struct StatusCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "status", abstract: "Say how a sweep stands, from its folders.")

        @Argument(help: "The sweep's folder.")
        var folder: String

        @Flag(help: "Print one line of JSON.")
        var json = false

        func run() throws {
            let plan = try SweepFolder(folder).readPlan()
            let sweep = SweepFolder(folder, plan: plan)
            let states = try plan.cells.map { (name: $0.name, state: try sweep.state(of: $0.name)) }
            if json {
                let cells = states.map { ["name": $0.name, "state": $0.state.rawValue] }
                let data = try JSONSerialization.data(
                    withJSONObject: ["name": plan.name, "cells": cells] as [String: Any],
                    options: [.sortedKeys, .withoutEscapingSlashes])
                print(String(decoding: data, as: UTF8.self))
                return
            }
            for (name, state) in states {
                print(
                    "\(SweepDisplay.mark(state)) \(state.rawValue.padding(toLength: 12, withPad: " ", startingAt: 0))\(name)"
                )
            }
            let done = states.filter { $0.state == .finished || $0.state == .diverged }.count
            print("\(plan.name): \(done) of \(states.count) done")
        }
    }
}
