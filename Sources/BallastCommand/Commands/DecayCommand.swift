import ArgumentParser
import Ballast
import Foundation

/// `ballast decay`.
struct DecayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decay",
        abstract: "Compare gradients of normalised layers with the law of their decay.",
        discussion: """
            Trains each recipe of a study, as Studies/corrected-decay/digits-sgd.yaml, under several \
            seeds, and prints ||g||/||x|| of every matrix through the schedule beside the value that \
            learning rate, decay and the form of the momentum give a layer at rest (arXiv 2506.02285), \
            the rise of the gradient's norm at the end, losses and norms. PASS (exit code 0) where \
            scale-invariant matrices keep within a factor of the law while the learning rate is at half \
            its peak or more, FAIL (2) where one lies outside, INCONCLUSIVE (3) otherwise: a run whose \
            sum of learning rate times decay is too small never settled, and says so.

            Interrupt it at any time: the same command trains the runs that are missing.
            """)

    @Argument(help: "A study in YAML: base, variants, seeds, images.")
    var study: String

    @Option(help: "The folder of runs and results.")
    var out: String?

    @Option(name: .customLong("set"), help: "Override a key in every run: steps=500.")
    var overrides: [String] = []

    @Flag(help: "Say what the study takes, and train nothing.")
    var dryRun = false

    @OptionGroup var engine: EngineOptions

    @Flag(help: "Print the result as JSON and nothing else.")
    var json = false

    func validate() throws {
        if out == nil, !dryRun { throw ValidationError("--out FOLDER is needed, or --dry-run") }
    }

    func run() throws {
        let decay = try DecayStudy(path: study, overrides: overrides)
        var records: [String: DecayRecord] = [:]
        for run in decay.runs {
            let digest = decay.digest(of: run.configuration)
            records[run.name] = try out.flatMap { try read(run.name, digest, in: $0) }
        }
        let engine = try engine.make()
        if !json || dryRun { try announce(decay, records, engine) }
        if dryRun { return }
        guard let out else { return }
        try FileManager.default.createDirectory(
            atPath: out + "/runs", withIntermediateDirectories: true)
        Signals.listen()
        for run in decay.runs where records[run.name] == nil {
            let record = try decay.train(
                run.configuration, on: engine, isCancelled: { Signals.stop != nil })
            guard let record else {
                Terminal.printError("ballast: stopped; the same command goes on from there")
                throw ExitCode(Signals.stop.map(Signals.exitCode) ?? 1)
            }
            try RunFolder(out).write(record, to: path(run.name, in: out))
            records[run.name] = record
            if !json { Terminal.printError("trained \(run.name)") }
        }
        let result = decay.result(records)
        let files = try DecayReport(result).write(
            to: out, python: ReportCommand.drawingTools.python)
        if json {
            print(String(decoding: try result.json(isPretty: false), as: UTF8.self))
        } else {
            for line in files { Terminal.printError(line) }
            print(DecayText(result).text, terminator: "")
        }
        switch result.verdict {
        case .pass: break
        case .fail: throw ExitCode(2)
        case .inconclusive: throw ExitCode(3)
        }
    }

    private func path(_ name: String, in folder: String) -> String {
        folder + "/runs/" + name + ".json"
    }

    /// A run that stands there and is of this configuration.
    private func read(
        _ name: String, _ digest: String, in folder: String
    ) throws -> DecayRecord? {
        let file = path(name, in: folder)
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: file)) else { return nil }
        let record: DecayRecord
        do {
            record = try JSONDecoder().decode(DecayRecord.self, from: data)
        } catch {
            throw RunError.damaged(
                file: file, reason: "does not parse (\(error)); remove it, and it is trained anew")
        }
        guard record.digest == digest else {
            throw RunError.otherConfiguration(
                folder: folder, difference: "\(file) is of another configuration")
        }
        return record
    }

    private func announce(
        _ decay: DecayStudy, _ records: [String: DecayRecord], _ engine: any Engine
    ) throws {
        let open = decay.runs.filter { records[$0.name] == nil }
        let seconds = try decay.seconds(on: engine, done: Set(records.keys))
        let steps = open.reduce(0) { $0 + $1.configuration.steps }
        let fields: [String: Any] = [
            "name": decay.name, "runs": decay.runs.count, "done": records.count, "steps": steps,
            "seconds": seconds,
        ]
        if json {
            let data = try JSONSerialization.data(withJSONObject: fields, options: [.sortedKeys])
            print(String(decoding: data, as: UTF8.self))
        } else {
            Terminal.line(
                "\(decay.name): \(decay.runs.count) runs, \(records.count) done; the others take "
                    + "\(steps) steps, about \(Terminal.time(seconds))")
        }
    }
}
