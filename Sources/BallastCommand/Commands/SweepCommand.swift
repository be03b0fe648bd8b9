import ArgumentParser
import Ballast
import Foundation

/// `ballast sweep`.
struct SweepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep", abstract: "Train a grid of runs, or show its status.",
        subcommands: [
            RunCommand.self, SweepStatusCommand.self, SweepTaskCommand.self,
            SweepLanesCommand.self,
        ],
        defaultSubcommand: RunCommand.self)

    /// `ballast sweep run`.
    struct RunCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "run", abstract: "Train the missing cells of a study.",
            discussion: """
                Each cell is a separate process with one thread by default; with --engine xla cells of one program \
                are trained together, compiled once. Interrupt it at any time: the same command resumes and trains \
                only what is missing. With a changed grid it keeps the runs that are still part of it and trains \
                the others; runs of another configuration, data or engine are refused, and runs of an earlier grid \
                are left in place.

                With --slurm the missing cells are submitted as a job array and the command returns; run it again \
                to submit what is still missing and, once every cell has a result, to write the report. --jobs is \
                then the number of cells that a task trains at a time, 1 by default.
                """)

        @Argument(help: "A study in YAML: base, grid, seeds.")
        var study: String

        @Option(help: "The sweep's folder.")
        var out: String

        @Option(help: "Cells to train at a time; one per core by default, 1 on an accelerator.")
        var jobs: Int?

        @Option(name: .customLong("set"), help: "Override a key in every cell: steps=100.")
        var overrides: [String] = []

        @Flag(
            help:
                "Print what the missing cells cost, and train nothing; with --slurm print the script."
        )
        var dryRun = false

        @OptionGroup var engine: EngineOptions
        @OptionGroup var lanes: LaneOptions
        @OptionGroup var identity: IdentityOptions
        @OptionGroup var slurm: SlurmOptions
        @OptionGroup var layout: TextOptions

        @Flag(help: "Print the summary as JSON and nothing else.")
        var json = false

        func validate() throws {
            try requireOption(jobs, "--jobs", in: 1...1_024)
            try lanes.require(engine)
        }

        func run() throws {
            let path = study
            let study = try Study(path: path, overrides: overrides)
            try study.requireFolderNames(source: path)
            // One text for all cells: a mistake in it shows before the first process, once.
            try study.cells.map(\.configuration).prepareTexts()
            _ = try EngineChoice.instructionSet()
            if dryRun { return try announce(study) }
            if slurm.slurm { return try submit(study) }
            let jobs = try StudyRunner.jobs(jobs, engine, devices: lanes.devices)
            Signals.listen()
            if engine.engine == .cpu { try study.requireResources(jobs: jobs, at: out) }
            let executor = try SweepExecutor(
                study, in: SweepFolder(out), jobs: jobs,
                command: [try Executable.url.path, "train", "--quiet", "--no-report"]
                    + engine.arguments
                    + identity.arguments,
                environment: Signals.environmentOfChildren,
                engine: engine.identity(), accepting: identity.accepting,
                lanes: lanes.executor(engine, identity, jobs: jobs))
            let folder = executor.folder
            if !json, !executor.others.isEmpty {
                Terminal.printError(Self.note(executor.others, in: folder))
            }
            let display = SweepDisplay(study, jobs: jobs, isSilent: json)
            let page = SweepPage(of: folder)
            let states = executor.run(
                isCancelled: { Signals.stop != nil },
                display: {
                    display.show($0)
                    page.refresh()
                })
            display.end()
            try StudyRunner.leaveIfStopped()
            try finish(page)
            try StudyRunner.leaveIfFailed(states, executor, in: folder)
            try StudyRunner.leaveIfUnfinished(states)
        }

        /// Says what the missing cells take.
        private func announce(_ study: Study) throws {
            let trainer = try ToolTrainer(
                engine, lanes: lanes, identity: identity, slurm: slurm, jobs: jobs, isSilent: true)
            let cost = try StudyCost(
                study, in: SweepFolder(out, plan: study.plan), by: trainer)
            Terminal.line(
                json
                    ? try SnakeCaseJSON.text(cost, isPretty: false)
                    : Lines.indented(cost.text, by: 0, to: max(Terminal.columns, 20)))
            if !json, let text = try trainer.preview(study, in: out) { Terminal.write(text) }
        }

        /// Hands the missing cells to Slurm; reports where none is missing.
        private func submit(_ study: Study) throws {
            let submission = try GridSubmission(
                study, in: out, engine: engine, lanes: lanes, identity: identity, options: slurm,
                jobs: jobs)
            let outcome = try submission.submit()
            guard outcome.isComplete else { return try submission.show(outcome, isJSON: json) }
            try finish(SweepPage(of: SweepFolder(out, plan: SweepFolder(out).readPlan())))
        }

        /// Writes and prints what the sweep came to.
        private func finish(_ page: SweepPage) throws {
            let report = try page.finish()
            if json {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                print(String(decoding: try encoder.encode(report.summary()), as: UTF8.self))
            } else {
                layout.show { report.text(columns: $0, usesColour: Terminal.usesColour) }
                Terminal.line("report in \(out)/report.html")
            }
        }

        /// Names the runs of earlier grids.
        private static func note(_ names: [String], in folder: SweepFolder) -> String {
            let shown = names.prefix(5).joined(separator: ", ")
            let rest = names.count > 5 ? ", and \(names.count - 5) more" : ""
            return "note: \(folder.path)/cells holds "
                + (names.count == 1 ? "a run" : "\(names.count) runs")
                + " of an earlier grid that this one leaves as they are: \(shown)\(rest)"
        }
    }
}
