import Datasets
import Documents
import Engines
import Formats
import Foundation
import Modules
import Runs
package import Sweeps
import Training

/// The runs of a decay study in its folder: each is a file `runs/NAME.json`, and one on its way
/// `runs/NAME.safetensors`, from which the same command resumes.
public struct DecayRuns {
    let study: DecayStudy
    private let folder: String?
    /// The runs that are done, by name.
    public private(set) var records: [String: DecayRecord] = [:]
    /// Where runs that are not done go on, by name.
    private var checkpoints: [String: DecayCheckpoint] = [:]

    /// Reads what stands in a folder.
    ///
    /// - Parameters:
    ///   - study: The runs.
    ///   - folder: Their folder, which need not exist; nil where none was given.
    /// - Throws: `RunError` for a run that is damaged or of another configuration.
    public init(_ study: DecayStudy, in folder: String?) throws {
        self.study = study
        self.folder = folder
        guard let folder else { return }
        for run in study.runs {
            let digest = study.digest(of: run.configuration)
            let place = Place(run.name, in: folder)
            if let record = try place.record(digest, steps: run.configuration.steps) {
                records[run.name] = record
            } else {
                checkpoints[run.name] = try place.checkpoint(digest)
            }
        }
    }

    /// What the other runs take.
    package func cost(by trainer: any StudyTrainer) throws -> StudyCost {
        let taken = study.runs.reduce(into: [String: Int]()) {
            $0[$1.name] =
                records[$1.name] == nil
                ? checkpoints[$1.name]?.step ?? 0 : $1.configuration.steps
        }
        let tokens = study.runs.reduce(0) { sum, run in
            let data = run.configuration.data.batch
            let each = study.images == nil ? data * run.configuration.model.context : data
            return sum + each * (run.configuration.steps - (taken[run.name] ?? 0))
        }
        var cost = StudyCost(
            runs: study.runs.count, done: records.count, tokens: tokens,
            seconds: try study.seconds(on: trainer.engine(), taken: taken))
        cost.memoryBytes = study.runs.compactMap { run in
            let text = run.configuration.textSource.roughSize
            return try? ResourceEstimate(run.configuration, text: text).memory
        }.max()
        return cost
    }

    /// Trains what is missing.
    ///
    /// - Parameter work: The folder, what trains, and whom to tell.
    /// - Throws: What the engine or the file system refuses, and where a signal asked to stop.
    package mutating func train(_ work: StudyWork) throws {
        try Directory.create(work.folder + "/runs")
        try AtomicFile.sweep(work.folder + "/runs")
        let engine = try work.trainer.engine()
        for name in records.keys { Place(name, in: work.folder).removeCheckpoint() }
        let clock = ContinuousClock()
        var said = clock.now
        for run in study.runs where records[run.name] == nil {
            let place = Place(run.name, in: work.folder)
            var stop: (any Error)?
            func isStopped() -> Bool {
                do {
                    if stop == nil { try work.trainer.leaveIfStopped() }
                } catch {
                    stop = error
                }
                return stop != nil
            }
            let record = try study.train(
                run.configuration, on: engine, from: checkpoints[run.name],
                isCancelled: isStopped
            ) { checkpoint in
                try checkpoint.write(to: place.saved)
                guard said.duration(to: clock.now) > .seconds(10) else { return }
                said = clock.now
                work.note(
                    "  \(run.name)  step \(checkpoint.step)/\(run.configuration.steps)  loss "
                        + NumberText.digits(checkpoint.record.loss.last ?? .nan))
            }
            if let stop { throw stop }
            guard let record else { preconditionFailure("DecayRuns: \(run.name) ended unasked") }
            try RunFolder(work.folder).write(record, to: place.file)
            place.removeCheckpoint()
            records[run.name] = record
            work.note("trained \(run.name)")
        }
    }
}

/// Where a run of a decay study stands.
private struct Place {
    let folder: String
    /// What it came to.
    let file: String
    /// Where it goes on.
    let saved: String

    init(_ name: String, in folder: String) {
        self.folder = folder
        file = folder + "/runs/" + name + ".json"
        saved = folder + "/runs/" + name + ".safetensors"
    }

    func removeCheckpoint() { try? FileManager.default.removeItem(atPath: saved) }

    private func require(_ found: String, _ digest: String, _ file: String) throws(RunError) {
        guard found != digest else { return }
        throw .otherConfiguration(
            folder: folder, difference: "\(file) is of another configuration")
    }

    /// Where a run of this configuration goes on; nil where it begins.
    func checkpoint(_ digest: String) throws -> DecayCheckpoint? {
        guard FileManager.default.fileExists(atPath: saved) else { return nil }
        let checkpoint = try DecayCheckpoint(path: saved)
        try require(checkpoint.record.digest, digest, saved)
        return checkpoint
    }

    /// A run that stands there and is of this configuration.
    func record(_ digest: String, steps: Int) throws -> DecayRecord? {
        guard let bytes = try WholeFile.read(file) else { return nil }
        let record: DecayRecord
        do {
            record = try JSONDecoder().decode(DecayRecord.self, from: Data(bytes))
        } catch {
            throw RunError.damaged(
                file: file, reason: "does not parse (\(error))")
        }
        try require(record.digest, digest, file)
        if let problem = record.problem(ofRunOver: steps) {
            throw RunError.damaged(
                file: file, reason: problem)
        }
        return record
    }
}
