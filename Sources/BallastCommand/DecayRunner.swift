import ArgumentParser
import Ballast
import Foundation

/// Trains the runs of a decay study for a command: each is a file `runs/NAME.json` of its folder, and one
/// on its way `runs/NAME.safetensors`, so that the same command goes on from there.
struct DecayRunner {
    let study: DecayStudy
    /// Nil for a command that only asks what a study takes.
    let folder: String?
    /// The runs that stand in the folder, by name.
    private(set) var records: [String: DecayRecord] = [:]
    /// Where runs that are not done go on, by name.
    private var checkpoints: [String: DecayCheckpoint] = [:]

    /// Reads what stands in a folder.
    ///
    /// - Parameters:
    ///   - study: The runs.
    ///   - folder: Their folder, which need not exist.
    /// - Throws: `RunError` for a run that is damaged or of another configuration.
    init(_ study: DecayStudy, in folder: String?) throws {
        self.study = study
        self.folder = folder
        for run in study.runs {
            let digest = study.digest(of: run.configuration)
            guard let folder else { continue }
            if let record = try Self.read(
                run.name, digest, steps: run.configuration.steps, in: folder)
            {
                records[run.name] = record
            } else {
                checkpoints[run.name] = try Self.checkpoint(run.name, digest, in: folder)
            }
        }
    }

    /// Steps that runs have taken, by name.
    private var taken: [String: Int] {
        study.runs.reduce(into: [:]) {
            $0[$1.name] =
                records[$1.name] == nil
                ? checkpoints[$1.name]?.step ?? 0 : $1.configuration.steps
        }
    }

    /// Steps that runs still take.
    var openSteps: Int {
        study.runs.reduce(0) { $0 + $1.configuration.steps - (taken[$1.name] ?? 0) }
    }

    /// About how long they take.
    func seconds(on engine: any Engine) throws -> Double {
        try study.seconds(on: engine, taken: taken)
    }

    /// Bytes of memory of the largest run.
    private var memory: Double {
        study.runs.compactMap { run in
            let text = run.configuration.textSource.roughSize
            return try? ResourceEstimate(run.configuration, text: text).memory
        }.max() ?? ResourceEstimate.process
    }

    /// `digits: 9 runs, 0 done; the others take 36000 steps, about 0:15, up to 61 MB of memory`.
    func costLine(seconds: Double) -> String {
        "\(study.name): \(study.runs.count) runs, \(records.count) done; the others take "
            + "\(openSteps) steps, about \(Terminal.time(seconds)), "
            + "up to \(ResourceEstimate.text(memory)) of memory"
    }

    /// Trains what is missing.
    ///
    /// - Parameters:
    ///   - engine: What computes.
    ///   - isSilent: Whether to show no progress.
    /// - Throws: `ExitCode` where a signal stopped it, after saying so.
    mutating func train(on engine: any Engine, isSilent: Bool) throws {
        guard let folder else {
            preconditionFailure("DecayRunner: nothing is trained without a folder")
        }
        try FileManager.default.createDirectory(
            atPath: folder + "/runs", withIntermediateDirectories: true)
        try AtomicFile.sweep(folder + "/runs")
        for name in records.keys {
            try? FileManager.default.removeItem(atPath: Self.checkpointPath(name, in: folder))
        }
        Signals.listen()
        let clock = ContinuousClock()
        var said = clock.now
        for run in study.runs where records[run.name] == nil {
            let file = Self.checkpointPath(run.name, in: folder)
            let record = try study.train(
                run.configuration, on: engine, from: checkpoints[run.name],
                isCancelled: { Signals.stop != nil }
            ) { checkpoint in
                try checkpoint.write(to: file)
                guard !isSilent, said.duration(to: clock.now) > .seconds(10) else { return }
                said = clock.now
                Terminal.printError(
                    "  \(run.name)  step \(checkpoint.step)/\(run.configuration.steps)  loss "
                        + Terminal.number(checkpoint.record.loss.last ?? .nan))
            }
            guard let record else {
                Terminal.printError("ballast: stopped; the same command goes on from there")
                throw ExitCode(Signals.stop.map(Signals.exitCode) ?? 1)
            }
            try RunFolder(folder).write(record, to: Self.path(run.name, in: folder))
            try? FileManager.default.removeItem(atPath: file)
            records[run.name] = record
            if !isSilent { Terminal.printError("trained \(run.name)") }
        }
    }

    private static func path(_ name: String, in folder: String) -> String {
        folder + "/runs/" + name + ".json"
    }

    private static func checkpointPath(_ name: String, in folder: String) -> String {
        folder + "/runs/" + name + ".safetensors"
    }

    /// Where a run of this configuration goes on; nil where it begins.
    private static func checkpoint(
        _ name: String, _ digest: String, in folder: String
    ) throws -> DecayCheckpoint? {
        let file = checkpointPath(name, in: folder)
        guard FileManager.default.fileExists(atPath: file) else { return nil }
        let checkpoint = try DecayCheckpoint(path: file)
        guard checkpoint.record.digest == digest else {
            throw RunError.otherConfiguration(
                folder: folder, difference: "\(file) is of another configuration")
        }
        return checkpoint
    }

    /// A run that stands there and is of this configuration.
    private static func read(
        _ name: String, _ digest: String, steps: Int, in folder: String
    ) throws -> DecayRecord? {
        let file = path(name, in: folder)
        guard let bytes = try WholeFile.read(file) else { return nil }
        let data = Data(bytes)
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
        if let problem = record.problem(ofRunOver: steps) {
            throw RunError.damaged(
                file: file, reason: "\(problem); remove it, and it is trained anew")
        }
        return record
    }
}
