import Formats
import Foundation
package import Runs

/// A job array that was submitted, or was about to be: which cells each task trains.
///
/// ```
/// OUT/slurm/NAME/cells.json    this record
///                job.sh        what sbatch was given
///                0.log ...     what each task printed
/// ```
package struct Submission: Sendable, Hashable, Codable {
    /// The version of this file.
    package var format = 1
    /// The name by which the array is found in the queue, and of its folder.
    package var name: String
    /// The array's number; nil where the command ended before Slurm answered, or Slurm refused.
    package var job: Int?
    /// `BALLAST_ISA` of every task.
    package var instructionSet: String
    /// Cells that a task trains at a time.
    package var jobs: Int
    /// The folders of the cells of each task, from the folder that holds `slurm/`.
    package var tasks: [[String]]

    /// Describes a submission.
    package init(
        name: String, job: Int? = nil, instructionSet: String, jobs: Int, tasks: [[String]]
    ) {
        self.name = name
        self.job = job
        self.instructionSet = instructionSet
        self.jobs = jobs
        self.tasks = tasks
    }

    /// A name that no other array has: `ballast-STUDY-RANDOM`.
    package static func name(of study: String) -> String {
        let plain = study.prefix(40).map { character in
            character.isASCII && (character.isLetter || character.isNumber || character == "_")
                ? character : "-"
        }
        let tag = String(UInt64.random(in: 0..<(1 << 40)), radix: 36)
        return "ballast-\(String(plain))-\(tag)"
    }

    /// Reads a record.
    ///
    /// - Parameter path: The path of `cells.json`.
    /// - Throws: ``Runs/RunError/damaged(file:reason:)`` for what does not parse,
    ///   ``Runs/RunError/newerFormat(file:found:known:)``.
    package init(path: String) throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        let record: Submission
        do {
            record = try SnakeCaseJSON.read(Submission.self, of: data)
        } catch {
            throw RunError.damaged(file: path, reason: "is no list of a job array's cells")
        }
        guard record.format <= 1 else {
            throw RunError.newerFormat(file: path, found: record.format, known: 1)
        }
        self = record
    }
}

/// The submissions of a folder: `slurm/` beside `cells/`.
package struct SubmissionFolder: Sendable {
    /// The folder that holds `cells/` and `slurm/`.
    package let root: String
    /// Where the submissions stand.
    package var path: String { root + "/slurm" }

    /// Names the folder beside the cells of a sweep.
    ///
    /// - Parameter root: The folder that holds `cells/`.
    package init(root: String) { self.root = root }

    /// Names the folder beside the cells of a plan.
    ///
    /// - Parameters:
    ///   - sweep: The sweep's own folder.
    ///   - plan: What is swept.
    package init(of sweep: String, _ plan: SweepFolder.Plan) {
        let isBeside = plan.cells.first?.folder?.hasPrefix("../") ?? false
        guard isBeside else {
            self.init(root: sweep)
            return
        }
        self.init(root: SweepFolder.parent(of: sweep))
    }

    /// A cell's folder from ``root``.
    package func place(_ cell: RunFolder) -> String {
        cell.path.hasPrefix(root + "/") ? String(cell.path.dropFirst(root.count + 1)) : cell.path
    }

    /// The record of a submission.
    package func record(_ name: String) -> String { "\(path)/\(name)/cells.json" }
    /// The script of a submission.
    package func script(_ name: String) -> String { "\(path)/\(name)/job.sh" }

    /// Every submission that stands there.
    ///
    /// - Throws: What ``Submission/init(path:)`` throws, and what the file system refuses.
    package func submissions() throws -> [Submission] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: path).sorted()
            .filter { FileManager.default.fileExists(atPath: record($0)) }
            .map { try Submission(path: record($0)) }
    }

    /// Submits an array: script and record stand before Slurm is asked, and go again where it refuses.
    ///
    /// A command that ends between leaves a record without a number, whose array is found by its name.
    ///
    /// - Parameters:
    ///   - submission: The record.
    ///   - script: The text of the script.
    ///   - client: Slurm.
    /// - Returns: The record with the array's number.
    /// - Throws: ``SlurmError``, and what the file system refuses.
    package func submit(
        _ submission: Submission, script: String, to client: SlurmClient
    ) throws -> Submission {
        var submission = submission
        let file = self.script(submission.name)
        try Directory.create("\(path)/\(submission.name)")
        do {
            try SnakeCaseJSON.write(submission, to: record(submission.name))
            try AtomicFile.write(script, to: file)
            submission.job = try client.submit(file)
        } catch {
            try? FileManager.default.removeItem(atPath: "\(path)/\(submission.name)")
            throw error
        }
        try SnakeCaseJSON.write(submission, to: record(submission.name))
        return submission
    }

    /// The tasks in the queue, by the folders of their cells.
    ///
    /// - Parameters:
    ///   - submissions: Those that stand there.
    ///   - queue: What is in the queue.
    /// - Returns: For each cell of a task that has not ended the task; the one that runs where there are two.
    package static func live(
        _ submissions: [Submission], _ queue: Queue
    ) -> [String: Queue.Task] {
        let records = Dictionary(submissions.map { ($0.name, $0) }) { first, _ in first }
        var live: [String: Queue.Task] = [:]
        for task in queue.tasks {
            guard let record = records[task.name], record.tasks.indices.contains(task.index)
            else { continue }
            for cell in record.tasks[task.index] where !(live[cell]?.isOnNode ?? false) {
                live[cell] = task
            }
        }
        return live
    }
}
